//! Proposals: one commit on the base and one pull request.

use outerloop_core::domain::error::ErrorKind;
use outerloop_core::ports::forge::{Change, Forge, Proposal};
use serde_json::json;

use crate::setting::{fake, forge, proposal};

#[test]
fn a_proposal_is_one_commit_on_the_base_and_one_pull_request() {
    let fake = fake();
    fake.state().push("main", &[("models/outerloop-pins.yaml", "churn:\n  champion: 1.0.0\n")]);
    fake.state().push("main", &[("train.py", "pass")]);
    let forge = forge(&fake);
    let first = forge.propose(&proposal("Promote churn@1.1.0")).unwrap();
    assert_eq!((first.number, first.change), (Some(2), Change::Created));
    {
        let site = fake.state();
        let branch = "outerloop/promote/churn";
        let file = site.file(branch, "models/outerloop-pins.yaml");
        assert_eq!(file.as_deref(), Some("churn:\n  champion: 1.1.0\n"));
        assert_eq!(site.file(branch, "train.py").as_deref(), Some("pass"));
        assert_eq!(site.commits[&site.branches[branch]]["message"], "Promote churn@1.1.0");
    }
    fake.take_calls();
    assert_eq!(forge.propose(&proposal("Promote churn@1.1.0")).unwrap().change, Change::Unchanged);
    let written = fake.take_calls().into_iter().filter(|c| c.method != "GET");
    assert_eq!(
        written.map(|c| c.line()).collect::<Vec<_>>(),
        ["POST /repos/acme/models/git/trees"]
    );
    fake.assert_no_violations();
}

#[test]
fn a_proposal_follows_its_base_and_its_words() {
    let fake = fake();
    let forge = forge(&fake);
    let first = forge.propose(&proposal("Promote churn@1.1.0")).unwrap();
    let base = fake.state().push("main", &[("train.py", "pass")]);
    let second = forge.propose(&proposal("Promote churn@1.1.0")).unwrap();
    assert_eq!((second.change, second.number), (Change::Updated, first.number));
    {
        let site = fake.state();
        let commit = &site.commits[&site.branches["outerloop/promote/churn"]];
        assert_eq!(commit["parents"], json!([{ "sha": base }]));
    }
    let third = forge.propose(&proposal("Promote churn@1.2.0")).unwrap();
    assert_eq!(third.change, Change::Updated);
    assert_eq!(fake.state().pulls[1]["title"], "Promote churn@1.2.0");
}

#[test]
fn nothing_is_proposed_once_it_is_merged() {
    let fake = fake();
    let forge = forge(&fake);
    let number = forge.propose(&proposal("Promote churn@1.1.0")).unwrap().number.unwrap();
    fake.state().merge(number);
    let again = forge.propose(&proposal("Promote churn@1.1.0")).unwrap();
    assert_eq!((again.number, again.change), (None, Change::Unchanged));
}

#[test]
fn a_branch_is_never_merged_into_itself_and_a_base_must_exist() {
    let fake = fake();
    let forge = forge(&fake);
    let itself = Proposal { branch: "main".to_owned(), ..proposal("x") };
    assert_eq!(forge.propose(&itself).unwrap_err().kind(), ErrorKind::Config);
    let nowhere = Proposal { base: Some("gone".to_owned()), ..proposal("x") };
    let error = forge.propose(&nowhere).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("`gone`"));
    assert_eq!(fake.state().branches.len(), 2);
}
