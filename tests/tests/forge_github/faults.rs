//! Whatever goes wrong, and whoever runs at the same time, there is one of each.

use std::sync::Arc;
use std::time::Duration;

use outerloop_core::adapters::forge::github::GitHubForge;
use outerloop_core::adapters::github::Login;
use outerloop_core::domain::error::ErrorKind;
use outerloop_core::ports::forge::{DeploymentState, Forge};
use outerloop_tests::fake::{Fault, Reply, Rule};
use outerloop_tests::github::GitHubFake;
use serde_json::{Value, json};

use crate::operations::{OPERATIONS, Operation};
use crate::setting::{
    TestClock, comment, deployment, fake, forge, forge_with, login, main_commit, proposal, ticket,
};

#[test]
fn two_runs_at_once_leave_one_comment_one_issue_one_deployment_and_one_pull_request() {
    for _ in 0..5 {
        let fake = fake();
        let commit = main_commit(&fake);
        std::thread::scope(|scope| {
            for n in 0..4 {
                let (fake, commit) = (&fake, &commit);
                scope.spawn(move || {
                    let forge = forge(fake);
                    forge.comment(&comment(&format!("run {n}"))).unwrap();
                    forge.open_ticket(&ticket(&format!("run {n}"))).unwrap();
                    forge.deployment(&deployment(commit, DeploymentState::Success)).unwrap();
                    forge.propose(&proposal("Promote churn@1.1.0")).unwrap();
                });
            }
        });
        let site = fake.state();
        assert_eq!(site.comments.len(), 1, "{:#?}", site.comments);
        let open = |i: &&Value| i["state"] == "open";
        assert_eq!(site.issues.iter().filter(open).count(), 1, "{:#?}", site.issues);
        assert_eq!(site.deployments.len(), 1, "{:#?}", site.deployments);
        assert_eq!(site.pulls.len(), 2, "{:#?}", site.pulls);
        assert!(site.violations.is_empty(), "{:#?}", site.violations);
    }
}

fn secondary() -> Reply {
    let text = "You have exceeded a secondary rate limit. Please wait a few minutes.";
    Reply::json(403, &json!({ "message": text }))
}

fn faults() -> Vec<(&'static str, Fault, usize)> {
    let error = |status| Reply::json(status, &json!({ "message": "Server Error" }));
    let busy = Reply::json(429, &json!({ "message": "busy" })).header("retry-after", "5");
    vec![
        ("429", Fault::Instead(busy), 2),
        ("secondary limit", Fault::Instead(secondary()), 1),
        ("500 before", Fault::Instead(error(500)), 1),
        ("502 after", Fault::AndThen(error(502)), 1),
        ("cut before", Fault::CutBefore, 1),
        ("cut after", Fault::CutAfter, 1),
        ("cut after, twice", Fault::CutAfter, 2),
        ("slow", Fault::Slow(Duration::from_millis(600)), 1),
    ]
}

#[test]
fn whatever_goes_wrong_at_whichever_call_there_is_one_of_each() {
    std::thread::scope(|scope| {
        for operation in &OPERATIONS {
            scope.spawn(move || survive_faults(operation));
        }
    });
}

fn survive_faults(operation: &Operation) {
    let calls = {
        let fake = fake();
        let commit = main_commit(&fake);
        (operation.run)(&forge(&fake), &commit).unwrap();
        fake.take_calls().len()
    };
    for (fault_name, fault, times) in faults() {
        for at in 0..calls {
            let fake = fake();
            let commit = main_commit(&fake);
            fake.inject(Rule::next(fault.clone()).after(at).times(times));
            let impatient = Some(Duration::from_millis(400));
            let login = login(&fake, Some("ghs_fake"), Arc::default());
            let forge = GitHubForge::new(Login { timeout: impatient, ..login }).expect("a forge");
            let what = format!("{}, {fault_name} at call {at}", operation.name);
            if let Err(error) = (operation.run)(&forge, &commit) {
                panic!("{what}: {error}");
            }
            assert_eq!((operation.count)(&fake), 1, "{what}: {:#}", fake.state().dump());
            // Again, as another run would.
            (operation.run)(&forge, &commit).unwrap();
            let expected = if operation.name == "open and close ticket" { 2 } else { 1 };
            assert_eq!((operation.count)(&fake), expected, "{what}, again");
            fake.assert_no_violations();
        }
    }
}

#[test]
fn a_server_that_stays_broken_is_an_error_that_says_so_and_leaves_at_most_one() {
    for operation in &OPERATIONS {
        let fake = fake();
        let commit = main_commit(&fake);
        fake.inject(Rule::at("POST", "", Fault::CutAfter).times(100));
        let first = (operation.run)(&forge(&fake), &commit);
        fake.heal();
        assert!((operation.count)(&fake) <= 1, "{}: {:#}", operation.name, fake.state().dump());
        if let Err(error) = first {
            assert!(error.is_retryable(), "{}: {error}", operation.name);
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{}: {error}", operation.name);
        }
        let down = GitHubFake::start();
        down.inject(Rule::next(Fault::CutBefore).times(1_000));
        let error = (operation.run)(&forge(&down), &commit).unwrap_err();
        assert!(error.is_retryable(), "{}: {error}", operation.name);
    }
}

#[test]
fn limits_are_waited_for_as_long_as_the_server_says() {
    let fake = fake();
    let clock = Arc::new(TestClock::default());
    let busy = Reply::json(429, &json!({})).header("retry-after", "37");
    fake.inject(Rule::at("POST", "comments", Fault::Instead(busy)));
    forge_with(&fake, Some("ghs_fake"), Arc::clone(&clock)).comment(&comment("yes")).unwrap();
    let slept = clock.0.lock().unwrap().as_secs();
    assert!((37..60).contains(&slept), "{slept} s");

    let hour = Reply::json(429, &json!({})).header("retry-after", "3600");
    fake.inject(Rule::at("PATCH", "comments", Fault::Instead(hour)));
    let error = forge(&fake).comment(&comment("no")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.is_retryable() && error.hint_text().unwrap().contains("3600 s"));
}
