use outerloop_core::adapters::azure::devops::DevOps;
use outerloop_core::adapters::trigger::azure_pipelines::{AzurePipelinesTrigger, Pipeline};
use outerloop_core::domain::digest::Digest;
use outerloop_core::domain::error::ErrorKind;
use outerloop_core::ports::trigger::{RunState, Started, TrainingRequest, Trigger};
use outerloop_tests::azure_devops::{AzureDevOpsFake, Build, PIPELINE, World};
use outerloop_tests::fake::{Fault, Rule};

use crate::setting::{Patient, at_every_call, run, trigger};

pub fn request() -> TrainingRequest {
    TrainingRequest {
        model: "churn".parse().unwrap(),
        event: Digest::of(b"event"),
        reasons: Vec::new(),
    }
}

fn the_one(world: &World) -> (u64, &Build) {
    let runs = world.runs_of(PIPELINE);
    assert_eq!(runs.len(), 1, "{runs:#?}");
    runs[0]
}

fn pipeline(fake: &AzureDevOpsFake, pipeline: Pipeline) -> AzurePipelinesTrigger {
    let devops = DevOps::new(run(fake, &[]), Patient::new()).unwrap();
    AzurePipelinesTrigger::new(devops, pipeline).unwrap()
}

#[test]
fn a_run_is_started_with_the_event_and_followed_to_its_end() {
    let fake = AzureDevOpsFake::start();
    fake.state().declared.insert("epochs".to_owned());
    let trigger = pipeline(
        &fake,
        Pipeline {
            id: PIPELINE,
            project: Some("credit risk".to_owned()),
            reference: Some("feature".to_owned()),
            parameters: [("epochs".to_owned(), "3".to_owned())].into(),
        },
    );
    let started = trigger.start(&request()).unwrap();
    let number = {
        let state = fake.state();
        let (number, build) = the_one(&state);
        assert_eq!(build.reference, "refs/heads/feature");
        assert_eq!(build.parameters["event"], Digest::of(b"event").to_string());
        assert_eq!(
            (build.parameters["model"].as_str(), build.parameters["epochs"].as_str()),
            ("churn", "3")
        );
        number
    };
    assert_eq!(started.id, Some(number.to_string()));
    assert!(started.run.ends_with(&format!("_build/results?buildId={number}")), "{}", started.run);
    let running = trigger.state(&started).unwrap();
    assert!(matches!(running, RunState::Running { ref status, .. } if status == "inProgress"));
    let mut ends = Vec::new();
    for result in ["succeeded", "failed", "canceled"] {
        let mut state = fake.state();
        let build = state.builds.get_mut(&number).unwrap();
        (build.status, build.result) = ("completed".to_owned(), Some(result.to_owned()));
        drop(state);
        let by_address = Started { id: None, ..started.clone() };
        match trigger.state(&by_address).unwrap() {
            RunState::Ended { success, conclusion, url: Some(_) } => {
                ends.push((success, conclusion))
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(ends.iter().map(|e| e.0).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!(ends[2].1, "canceled");
    fake.assert_no_violations();
}

#[test]
fn every_fault_at_every_call_starts_exactly_one_run() {
    let start = |fake: &AzureDevOpsFake| trigger(fake).start(&request());
    let one = |world: &World, started: &Started, what: &str| {
        assert_eq!(started.id, Some(the_one(world).0.to_string()), "{what}");
    };
    at_every_call(|_| {}, start, one);
    at_every_call(|fake| fake.state().lists_parameters = false, start, one);
}

#[test]
fn a_process_that_was_killed_after_it_asked_is_not_followed_by_a_second_run() {
    let fake = AzureDevOpsFake::start();
    let first = trigger(&fake).start(&request()).unwrap();
    assert_eq!(trigger(&fake).start(&request()).unwrap(), first);
    let other = TrainingRequest { event: Digest::of(b"other"), ..request() };
    trigger(&fake).start(&other).unwrap();
    assert_eq!(fake.state().runs_of(PIPELINE).len(), 2);
    // A run that failed may be followed by another one: that is what `retrain --again` is for.
    for build in fake.state().builds.values_mut() {
        (build.status, build.result) = ("completed".to_owned(), Some("failed".to_owned()));
    }
    assert_ne!(trigger(&fake).start(&request()).unwrap(), first);
    fake.assert_no_violations();
}

#[test]
fn where_the_server_does_not_tell_what_runs_were_given_nothing_is_sent_twice() {
    let fake = AzureDevOpsFake::start();
    {
        let mut state = fake.state();
        (state.lists_parameters, state.tells_parameters) = (false, false);
    }
    fake.inject(Rule::at("POST", "runs", Fault::CutAfter));
    let error = trigger(&fake).start(&request()).unwrap_err();
    assert!(error.hint_text().unwrap().contains("look at the pipeline's runs"), "{error}");
    the_one(&fake.state());
}

#[test]
fn the_preview_asks_the_server_and_starts_nothing() {
    let fake = AzureDevOpsFake::start();
    let said = trigger(&fake).preview(&request()).unwrap();
    assert!(said.contains("`retrain`") && said.contains("3 lines"), "{said}");
    assert_eq!(fake.state().runs_of(PIPELINE).len(), 0);
    fake.state().declared.clear();
    let error = trigger(&fake).preview(&request()).unwrap_err();
    assert!(error.to_string().contains("Unexpected parameter 'event'"), "{error}");
    assert!(error.hint_text().unwrap().contains("name: event"));
    let started = trigger(&fake).start(&request()).unwrap_err();
    assert!(started.hint_text().unwrap().contains("name: event"));
    assert_eq!(fake.state().runs_of(PIPELINE).len(), 0);
    fake.assert_no_violations();
}

#[test]
fn an_unknown_pipeline_branch_or_run_is_a_clear_error() {
    let fake = AzureDevOpsFake::start();
    let unknown = pipeline(&fake, Pipeline { id: 99, ..Pipeline::default() });
    let error = unknown.start(&request()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.hint_text().unwrap().contains("definitionId="));
    let branch = Some("gone".to_owned());
    let gone = pipeline(&fake, Pipeline { id: PIPELINE, reference: branch, ..Pipeline::default() });
    assert!(gone.start(&request()).unwrap_err().to_string().contains("refs/heads/gone"));
    let no_run = Started { run: "x".to_owned(), id: None, event: Digest::of(b"event") };
    assert_eq!(trigger(&fake).state(&no_run).unwrap_err().kind(), ErrorKind::Usage);
    let devops = DevOps::new(run(&fake, &[]), Patient::new()).unwrap();
    let parameters = [("event".to_owned(), "x".to_owned())].into();
    let taken = Pipeline { id: PIPELINE, parameters, ..Pipeline::default() };
    assert!(AzurePipelinesTrigger::new(devops, taken).is_err());
}
