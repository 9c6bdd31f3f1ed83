//! Trainings on GitHub Actions, against a strict fake: what is dispatched, that it is dispatched
//! once whatever goes wrong, and what is said when it cannot be.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use outerloop_core::adapters::github::Login;
use outerloop_core::adapters::trigger::github::{DispatchTrigger, Workflow, WorkflowTrigger};
use outerloop_core::domain::digest::Digest;
use outerloop_core::domain::error::{Error, ErrorKind, Result};
use outerloop_core::domain::retrain::Reason;
use outerloop_core::domain::secret::Secret;
use outerloop_core::ports::clock::Clock;
use outerloop_core::ports::trigger::{RunState, TrainingRequest, Trigger};
use outerloop_tests::fake::{Fault, Reply, Rule};
use outerloop_tests::github::{self, GitHubFake, Permissions};
use serde_json::json;

#[derive(Default)]
struct TestClock(Mutex<Duration>);

impl Clock for TestClock {
    fn now(&self) -> jiff::Timestamp {
        let begin: jiff::Timestamp = "2026-11-22T08:00:00Z".parse().expect("a time");
        begin + *self.0.lock().expect("a clock")
    }

    fn sleep(&self, duration: Duration) {
        *self.0.lock().expect("a clock") += duration;
    }
}

fn login(fake: &GitHubFake) -> Login {
    Login {
        api: fake.url.clone(),
        web: "https://github.com".to_owned(),
        repository: "acme/models".to_owned(),
        token: Some(Secret::new("ghs_fake")),
        clock: Arc::new(TestClock::default()),
        timeout: None,
    }
}

fn impatient(fake: &GitHubFake) -> Login {
    Login { timeout: Some(Duration::from_millis(400)), ..login(fake) }
}

fn settings() -> Workflow {
    Workflow {
        file: "retrain.yml".to_owned(),
        reference: None,
        inputs: BTreeMap::new(),
        elsewhere: false,
    }
}

fn workflow(fake: &GitHubFake) -> WorkflowTrigger {
    WorkflowTrigger::new(login(fake), settings()).expect("a trigger")
}

fn dispatch(fake: &GitHubFake) -> DispatchTrigger {
    DispatchTrigger::new(login(fake), "outerloop-retrain").expect("a trigger")
}

fn fake() -> GitHubFake {
    let fake = GitHubFake::start();
    fake.state().add_workflow(github::Workflow::new("retrain.yml"));
    fake
}

fn request() -> TrainingRequest {
    let reason = |code: &str| Reason { code: code.to_owned(), message: format!("{code}\n::x::") };
    TrainingRequest {
        model: "churn".parse().expect("a name"),
        event: Digest::of(b"event"),
        reasons: vec![reason("drift"), reason("age")],
    }
}

fn dispatches(fake: &GitHubFake) -> usize {
    fake.state().dispatches.len()
}

#[test]
fn a_workflow_is_dispatched_with_its_event_and_its_run_is_followed() {
    let fake = fake();
    let mut inputs = BTreeMap::new();
    inputs.insert("epochs".to_owned(), "3".to_owned());
    fake.state().workflows[0].inputs.as_mut().unwrap().push("epochs".to_owned());
    let trigger = WorkflowTrigger::new(login(&fake), Workflow { inputs, ..settings() }).unwrap();
    let started = trigger.start(&request()).unwrap();
    let id: u64 = started.id.clone().unwrap().parse().unwrap();
    assert_eq!(started.run, format!("https://github.com/acme/models/actions/runs/{id}"));
    let event = Digest::of(b"event").to_string();
    assert_eq!(
        fake.state().dispatches[0],
        json!({
            "ref": "main",
            "inputs": { "epochs": "3", "event": event, "model": "churn" },
            "return_run_details": true,
        })
    );
    let running = trigger.state(&started).unwrap();
    assert!(matches!(running, RunState::Running { ref status, .. } if status == "queued"));
    fake.state().finish_run(id, "failure");
    let ended = trigger.state(&started).unwrap();
    assert!(matches!(ended, RunState::Ended { success: false, .. }), "{ended:?}");
    fake.assert_no_violations();
}

#[test]
fn a_server_that_does_not_give_the_run_is_searched_for_it() {
    let fake = fake();
    fake.state().knows_run_details = false;
    let trigger = workflow(&fake);
    let started = trigger.start(&request()).unwrap();
    let run = fake.state().runs[0]["id"].to_string();
    assert_eq!(started.id, Some(run));
    assert_eq!(dispatches(&fake), 1);
}

#[test]
fn a_run_that_does_not_name_its_event_is_started_all_the_same() {
    let fake = fake();
    fake.state().knows_run_details = false;
    fake.state().workflows[0].names_event = false;
    let trigger = workflow(&fake);
    let started = trigger.start(&request()).unwrap();
    assert_eq!(started.id, None);
    assert_eq!(started.run, "https://github.com/acme/models/actions/workflows/retrain.yml");
    let state = trigger.state(&started).unwrap();
    assert!(matches!(state, RunState::Running { ref status, .. } if status == "requested"));
}

#[test]
fn a_repository_dispatch_carries_the_reasons_and_its_run_is_found() {
    let fake = fake();
    let trigger = dispatch(&fake);
    let started = trigger.start(&request()).unwrap();
    let id: u64 = started.id.clone().unwrap().parse().unwrap();
    {
        let site = fake.state();
        let payload = &site.dispatches[0]["client_payload"];
        assert_eq!(payload["event"], Digest::of(b"event").to_string());
        assert_eq!(payload["model"], "churn");
        assert_eq!(payload["reasons"][1], json!({ "code": "age", "message": "age\n::x::" }));
    }
    fake.state().finish_run(id, "success");
    let ended = trigger.state(&started).unwrap();
    assert!(matches!(ended, RunState::Ended { success: true, .. }), "{ended:?}");
    fake.assert_no_violations();
}

#[test]
fn a_dispatch_that_nobody_listens_to_is_sent_once() {
    let fake = GitHubFake::start();
    let started = dispatch(&fake).start(&request()).unwrap();
    assert_eq!((started.id, dispatches(&fake)), (None, 1));
}

#[test]
fn the_run_of_a_process_that_was_killed_after_dispatching_is_found_again() {
    let fake = fake();
    let first = workflow(&fake).start(&request()).unwrap();
    let again = workflow(&fake).start(&request()).unwrap();
    assert_eq!(again.id, first.id);
    assert_eq!(dispatches(&fake), 1);

    let fake = self::fake();
    let first = dispatch(&fake).start(&request()).unwrap();
    let again = dispatch(&fake).start(&request()).unwrap();
    assert_eq!(again.id, first.id);
    assert_eq!(dispatches(&fake), 1);
}

#[test]
fn a_training_that_failed_can_be_started_again() {
    let fake = fake();
    let trigger = workflow(&fake);
    let first = trigger.start(&request()).unwrap();
    fake.state().finish_run(first.id.clone().unwrap().parse().unwrap(), "failure");
    let again = trigger.start(&request()).unwrap();
    assert_ne!(again.id, first.id);
    assert_eq!(dispatches(&fake), 2);
}

#[test]
fn the_run_of_another_event_is_not_taken_for_ours() {
    let fake = fake();
    let trigger = workflow(&fake);
    let other = TrainingRequest { event: Digest::of(b"other"), ..request() };
    let first = trigger.start(&other).unwrap();
    assert_ne!(trigger.start(&request()).unwrap().id, first.id);
    assert_eq!(dispatches(&fake), 2);
}

fn faults() -> Vec<(&'static str, Fault, usize)> {
    let error = |status| Reply::json(status, &json!({ "message": "Server Error" }));
    let busy = Reply::json(429, &json!({ "message": "busy" })).header("retry-after", "5");
    vec![
        ("429", Fault::Instead(busy), 2),
        ("500 before", Fault::Instead(error(500)), 1),
        ("502 after", Fault::AndThen(error(502)), 1),
        ("cut before", Fault::CutBefore, 1),
        ("cut after", Fault::CutAfter, 1),
        ("slow", Fault::Slow(Duration::from_millis(600)), 1),
    ]
}

#[test]
fn whatever_goes_wrong_at_whichever_call_there_is_one_dispatch() {
    type Made = fn(&GitHubFake) -> Box<dyn Trigger>;
    let triggers: [Made; 3] = [
        |fake| Box::new(WorkflowTrigger::new(impatient(fake), settings()).unwrap()),
        |fake| {
            fake.state().knows_run_details = false;
            Box::new(WorkflowTrigger::new(impatient(fake), settings()).unwrap())
        },
        |fake| Box::new(DispatchTrigger::new(impatient(fake), "outerloop-retrain").unwrap()),
    ];
    for (n, trigger) in triggers.into_iter().enumerate() {
        let calls = {
            let fake = fake();
            trigger(&fake).start(&request()).unwrap();
            fake.take_calls().len()
        };
        for (name, fault, times) in faults() {
            for at in 0..calls {
                let fake = fake();
                fake.inject(Rule::next(fault.clone()).after(at).times(times));
                let what = format!("trigger {n}, {name} at call {at}");
                let started = trigger(&fake).start(&request());
                let started = started.unwrap_or_else(|error| panic!("{what}: {error}"));
                assert_eq!(dispatches(&fake), 1, "{what}");
                assert_eq!(started.id, Some(fake.state().runs[0]["id"].to_string()), "{what}");
                fake.assert_no_violations();
            }
        }
    }
}

#[test]
fn a_lost_answer_is_not_sent_again_when_a_new_run_might_be_it() {
    let fake = fake();
    fake.state().workflows[0].names_event = false;
    fake.inject(Rule::at("POST", "dispatches", Fault::CutAfter));
    let error = workflow(&fake).start(&request()).unwrap_err();
    assert_eq!(dispatches(&fake), 1);
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.hint_text().unwrap().contains("run-name"), "{:?}", error.hint_text());
}

#[test]
fn a_server_that_loses_every_answer_gets_no_second_dispatch() {
    let fake = fake();
    fake.inject(Rule::at("POST", "dispatches", Fault::CutAfter).times(100));
    assert!(workflow(&fake).start(&request()).is_ok());
    assert_eq!(dispatches(&fake), 1);
    let fake = self::fake();
    fake.inject(Rule::at("POST", "dispatches", Fault::CutBefore).times(100));
    let error = workflow(&fake).start(&request()).unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(dispatches(&fake), 0);
}

#[test]
fn an_answer_that_cannot_be_read_is_no_reason_to_dispatch_again() {
    let fake = fake();
    let nonsense = Reply::bytes(200, "text/html", b"<html>".to_vec());
    fake.inject(Rule::at("POST", "dispatches", Fault::AndThen(nonsense)));
    let started = workflow(&fake).start(&request()).unwrap();
    assert_eq!(started.id, Some(fake.state().runs[0]["id"].to_string()));
    assert_eq!(dispatches(&fake), 1);
}

fn failure(fake: &GitHubFake, settings: Workflow) -> Error {
    let trigger = WorkflowTrigger::new(login(fake), settings).unwrap();
    let error = trigger.start(&request()).unwrap_err();
    assert_eq!(dispatches(fake), 0);
    error
}

fn hint(error: &Error) -> &str {
    error.hint_text().unwrap_or_default()
}

#[test]
fn a_workflow_that_cannot_be_dispatched_is_told_with_what_to_write() {
    let fake = fake();
    fake.state().add_workflow(github::Workflow { inputs: None, ..github::Workflow::new("ci.yml") });
    let mut narrow = github::Workflow::new("narrow.yml");
    narrow.inputs = Some(vec!["event".to_owned()]);
    fake.state().add_workflow(narrow);
    let named = |file: &str| Workflow { file: file.to_owned(), ..settings() };

    let error = failure(&fake, named("gone.yml"));
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(hint(&error).contains("retrain.workflow.file"), "{error}: {}", hint(&error));
    let error = failure(&fake, named("ci.yml"));
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(hint(&error).contains("add `workflow_dispatch:`"), "{error}: {}", hint(&error));
    let error = failure(&fake, named("narrow.yml"));
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(hint(&error).contains("declare the inputs"), "{error}: {}", hint(&error));
    let error = failure(&fake, Workflow { reference: Some("gone".to_owned()), ..settings() });
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(hint(&error).contains("retrain.workflow.ref"), "{error}: {}", hint(&error));
}

#[test]
fn a_missing_permission_is_named() {
    let fake = fake();
    fake.state().permissions = Permissions::of(&["actions: read", "contents: read"]);
    let error = failure(&fake, settings());
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert!(hint(&error).contains("`permissions: {actions: write}`"), "{}", hint(&error));
    let error = failure(&fake, Workflow { elsewhere: true, ..settings() });
    assert!(hint(&error).contains("its own repository alone"), "{}", hint(&error));
    let error = dispatch(&fake).start(&request()).unwrap_err();
    assert!(hint(&error).contains("`permissions: {contents: write}`"), "{}", hint(&error));
}

#[test]
fn inputs_that_github_does_not_take_are_refused_before_anything_is_sent() {
    let fake = fake();
    let refused = |inputs: BTreeMap<String, String>| {
        let made = WorkflowTrigger::new(login(&fake), Workflow { inputs, ..settings() });
        made.err().map(|e| e.kind())
    };
    let many = |n: usize| (0..n).map(|n| (format!("input-{n}"), "x".to_owned())).collect();
    assert_eq!(refused(many(23)), None);
    assert_eq!(refused(many(24)), Some(ErrorKind::Config));
    let own = BTreeMap::from([("event".to_owned(), "x".to_owned())]);
    assert_eq!(refused(own), Some(ErrorKind::Config));
    let long = BTreeMap::from([("text".to_owned(), "x".repeat(70_000))]);
    assert_eq!(refused(long), Some(ErrorKind::Config));
    for wrong in ["", &"x".repeat(101)] {
        assert!(DispatchTrigger::new(login(&fake), wrong).is_err());
    }
    assert!(fake.take_calls().is_empty());
}

fn preview(fake: &GitHubFake, file: &str) -> Result<String> {
    let named = Workflow { file: file.to_owned(), ..settings() };
    let answer = WorkflowTrigger::new(login(fake), named)?.preview(&request());
    assert_eq!(dispatches(fake), 0);
    answer
}

#[test]
fn a_preview_asks_the_server_and_starts_nothing() {
    let fake = fake();
    let mut nameless = github::Workflow::new("nameless.yml");
    nameless.names_event = false;
    let mut disabled = github::Workflow::new("disabled.yml");
    disabled.state = "disabled_manually".to_owned();
    let undispatched = github::Workflow { inputs: None, ..github::Workflow::new("ci.yml") };
    for workflow in [nameless, disabled, undispatched] {
        fake.state().add_workflow(workflow);
    }
    let good = preview(&fake, "retrain.yml").unwrap();
    assert!(good.contains("retrain.yml") && good.contains("on main") && !good.contains("run-name"));
    assert!(preview(&fake, "nameless.yml").unwrap().contains("run-name"));
    assert_eq!(preview(&fake, "gone.yml").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(preview(&fake, "disabled.yml").unwrap_err().kind(), ErrorKind::Config);
    assert_eq!(preview(&fake, "ci.yml").unwrap_err().kind(), ErrorKind::Config);
    fake.state().permissions = Permissions::of(&["actions: write"]);
    assert!(preview(&fake, "retrain.yml").unwrap().contains("could not be read"));
    assert!(dispatch(&fake).preview(&request()).unwrap().contains("outerloop-retrain"));
    fake.assert_no_violations();
}
