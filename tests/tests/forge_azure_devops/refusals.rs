use outerloop_core::adapters::forge::azure_devops::AzureDevOps;
use outerloop_core::domain::error::{Error, ErrorKind};
use outerloop_core::ports::forge::{Check, CheckState, Comment, Forge, Proposal, Ticket};
use outerloop_core::ports::trigger::Trigger;
use outerloop_tests::azure_devops::{AzureDevOpsFake, Permission, TOKEN, sign_in_page};
use outerloop_tests::fake::{Fault, Reply, Rule};
use serde_json::json;

use crate::setting::{Patient, forge, pull_request, run, trigger};
use crate::trigger::request;

fn comment(forge: &dyn Forge, from_fork: bool) -> Error {
    let pull_request = pull_request(from_fork);
    let (marker, markdown) = ("validate:churn".to_owned(), "x".to_owned());
    forge.comment(&Comment { pull_request, marker, markdown, open: true }).unwrap_err()
}

fn check(forge: &dyn Forge) -> Error {
    forge
        .check(&Check {
            name: "outerloop/churn".to_owned(),
            commit: String::new(),
            pull_request: Some(pull_request(false)),
            state: CheckState::Success,
            title: String::new(),
            markdown: String::new(),
            annotations: Vec::new(),
            url: None,
        })
        .unwrap_err()
}

fn propose(forge: &dyn Forge) -> Error {
    let edit = |_: Option<&str>| Ok("x".to_owned());
    forge
        .propose(&Proposal {
            branch: "outerloop/x".to_owned(),
            base: None,
            path: "x".to_owned(),
            edit: &edit,
            title: "x".to_owned(),
            body: String::new(),
        })
        .unwrap_err()
}

fn ticket(forge: &dyn Forge) -> Error {
    let ticket = Ticket {
        key: "x".to_owned(),
        title: "x".to_owned(),
        markdown: String::new(),
        labels: Vec::new(),
        kind: "Issue".to_owned(),
    };
    forge.open_ticket(&ticket).unwrap_err()
}

#[test]
fn each_missing_permission_is_named_with_who_lacks_it_and_where_to_give_it() {
    use Permission::{Code, Contribute, PullRequests, QueueBuilds, ViewBuilds, WorkItems};
    let of = |left: &[Permission], act: &dyn Fn(&AzureDevOpsFake) -> Error| {
        let fake = AzureDevOpsFake::start();
        fake.allow(left);
        act(&fake)
    };
    let prs = "Contribute to pull requests";
    let all_but_prs = [Code, Contribute, ViewBuilds, WorkItems];
    let start = |fake: &AzureDevOpsFake| trigger(fake).start(&request()).unwrap_err();
    let property = |fake: &AzureDevOpsFake| forge(fake).property("x.y", "z").unwrap_err();
    let refused = [
        (of(&all_but_prs, &|fake| comment(&forge(fake), false)), prs),
        (of(&all_but_prs, &|fake| check(&forge(fake))), prs),
        (of(&all_but_prs, &|fake| propose(&forge(fake))), prs),
        (of(&[Code, PullRequests], &|fake| propose(&forge(fake))), "Contribute, Create branch"),
        (of(&[PullRequests], &|fake| propose(&forge(fake))), "`Read`"),
        (of(&[ViewBuilds], &property), "Update build information"),
        (of(&[Code], &|fake| ticket(&forge(fake))), "Edit work items in this node"),
        (of(&[ViewBuilds], &start), "Queue builds"),
        (of(&[QueueBuilds], &start), "View builds"),
    ];
    for (error, permission) in refused {
        let hint = error.hint_text().unwrap_or_default();
        assert_eq!(error.kind(), ErrorKind::Permission, "{error}");
        assert!(hint.contains(permission), "{error}: {hint}");
        assert!(hint.contains("credit risk Build Service (acme)"), "{hint}");
        assert!(!format!("{error}{hint}{error:?}").contains(TOKEN));
    }
}

#[test]
fn a_page_to_sign_in_is_a_login_that_is_not_accepted() {
    let elsewhere = Reply::empty(302).header("location", "https://login.acme.example/_signin");
    let refusals = [sign_in_page(203), sign_in_page(200), elsewhere, Reply::empty(401)];
    for reply in refusals {
        let fake = AzureDevOpsFake::start();
        fake.inject(Rule::next(Fault::Instead(reply.clone())).times(9));
        let error = comment(&forge(&fake), false);
        assert_eq!(error.kind(), ErrorKind::Permission, "{} {error}", reply.status);
        assert!(error.to_string().contains("does not accept the token"), "{error}");
        assert!(error.hint_text().unwrap().contains("SYSTEM_ACCESSTOKEN"));
        assert_eq!(fake.take_calls().len(), 1, "a refused login is not tried again");
    }
}

#[test]
fn a_wrong_token_is_refused_and_not_shown() {
    let fake = AzureDevOpsFake::start();
    let run = run(&fake, &[("SYSTEM_ACCESSTOKEN", "wr0ng.t0ken.s1gned")]);
    let forge = AzureDevOps::new(run, Patient::new()).unwrap();
    let error = comment(&forge, false);
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert!(!format!("{error} {:?}", error.hint_text()).contains("t0ken"), "{error}");
}

#[test]
fn in_a_forks_pull_request_the_token_may_only_read() {
    let fake = AzureDevOpsFake::start();
    fake.allow(&[Permission::Code]);
    let hint = comment(&forge(&fake), true).hint_text().unwrap().to_owned();
    assert!(hint.contains("fork"), "{hint}");
    assert_eq!(fake.state().threads(1).len(), 0);
}

#[test]
fn a_server_that_is_too_old_is_told_by_its_version() {
    let fake = AzureDevOpsFake::start();
    let said = "The requested REST API version of 7.1 is out of range for this server. The latest \
                REST API version this server supports is 6.0.";
    let reply = Reply::json(400, &json!({"message": said}));
    fake.inject(Rule::next(Fault::Instead(reply)));
    let error = comment(&forge(&fake), false);
    assert!(error.hint_text().unwrap().contains("2022.1"), "{error}");
}

#[test]
fn a_repository_on_another_server_cannot_be_written_to_but_boards_can() {
    let fake = AzureDevOpsFake::start();
    let run = run(&fake, &[("BUILD_REPOSITORY_PROVIDER", "GitHub")]);
    let forge = AzureDevOps::new(run, Patient::new()).unwrap();
    let error = comment(&forge, false);
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("GitHub"), "{error}");
    forge.property("outerloop.verdict", "pass").unwrap();
}

#[test]
fn a_server_that_stays_down_is_given_up_after_a_bounded_time() {
    let fake = AzureDevOpsFake::start();
    fake.inject(Rule::next(Fault::Instead(Reply::empty(500))).times(1_000));
    let error = comment(&forge(&fake), false);
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.is_retryable());
    assert!(fake.take_calls().len() <= 5);
    assert_eq!(fake.state().threads(1).len(), 0);
}
