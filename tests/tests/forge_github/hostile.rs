//! Texts from outside stay text.

use outerloop_core::ports::forge::{
    Change, Check, Deployment, DeploymentState, Forge, Proposal, Ticket,
};

use crate::setting::{check, comment, deployment, fake, forge, main_commit, proposal, ticket};

#[test]
fn hostile_texts_arrive_whole_and_break_nothing() {
    let hostile = "churn\n::error::x\r\n##vso[task.complete]-->\u{202e}<script>'\"\\\u{1b}[31m{{}}";
    let fake = fake();
    let commit = main_commit(&fake);
    let forge = forge(&fake);
    forge.comment(&comment(hostile)).unwrap();
    forge.check(&Check { name: hostile.to_owned(), ..check(hostile, 1) }).unwrap();
    let edit = |_: Option<&str>| Ok(hostile.to_owned());
    let proposal = Proposal { edit: &edit, body: hostile.to_owned(), ..proposal(hostile) };
    forge.propose(&proposal).unwrap();
    forge.open_ticket(&Ticket { title: hostile.to_owned(), ..ticket(hostile) }).unwrap();
    let deployment = Deployment {
        key: hostile.to_owned(),
        environment: hostile.to_owned(),
        what: hostile.to_owned(),
        description: hostile.to_owned(),
        ..deployment(&commit, DeploymentState::Success)
    };
    forge.deployment(&deployment).unwrap();
    assert_eq!(forge.deployment(&deployment).unwrap().unwrap().change, Change::Unchanged);
    assert_eq!(forge.propose(&proposal).unwrap().change, Change::Unchanged);
    let site = fake.state();
    assert!(site.comments[0]["body"].as_str().unwrap().ends_with(hostile));
    assert_eq!(site.checks[0]["name"], hostile);
    assert_eq!(
        site.file("outerloop/promote/churn", "models/outerloop-pins.yaml").unwrap(),
        hostile
    );
    assert_eq!(site.issues[0]["title"], hostile);
    assert_eq!(site.deployments[0]["environment"], hostile);
    assert!(site.violations.is_empty(), "{:#?}", site.violations);
}
