use outerloop_core::ports::forge::{Change, Check, CheckState, Forge};
use outerloop_tests::azure_devops::{AzureDevOpsFake, BUILD};

use crate::setting::{at_every_call, forge, pull_request, run};

fn check(state: CheckState, title: &str) -> Check {
    Check {
        name: "outerloop/churn".to_owned(),
        commit: "unused".to_owned(),
        pull_request: Some(pull_request(false)),
        state,
        title: title.to_owned(),
        markdown: String::new(),
        annotations: Vec::new(),
        url: Some("https://acme.example/run/7".to_owned()),
    }
}

#[test]
fn a_status_is_set_once_for_each_state_of_the_pull_request() {
    let fake = AzureDevOpsFake::start();
    let forge = forge(&fake);
    let failed = check(CheckState::Failure, "AUC is lower");
    assert_eq!(forge.check(&failed).unwrap().change, Change::Created);
    assert_eq!(forge.check(&failed).unwrap().change, Change::Unchanged);
    let passed = check(CheckState::Success, "AUC is higher");
    assert_eq!(forge.check(&passed).unwrap().change, Change::Updated);
    // The branch is pushed to: the same verdict counts anew.
    fake.state().pull_requests.get_mut(&1).unwrap().pushes.push("c0ffee".to_owned());
    assert_eq!(forge.check(&passed).unwrap().change, Change::Created);
    let state = fake.state();
    let sent: Vec<_> = state.pull_requests[&1].statuses.iter().map(|s| &s.body).collect();
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[0]["state"], "failed");
    assert_eq!(sent[0]["context"]["genre"], "outerloop");
    assert_eq!(sent[0]["context"]["name"], "churn");
    assert_eq!(sent[0]["targetUrl"], "https://acme.example/run/7");
    assert_eq!((&sent[1]["iterationId"], &sent[2]["iterationId"]), (&1.into(), &2.into()));
    drop(state);
    fake.assert_no_violations();
}

#[test]
fn what_was_pushed_while_the_gate_ran_gets_no_verdict() {
    let fake = AzureDevOpsFake::start();
    let judged = fake.state().pull_requests[&1].pushes[0].clone();
    fake.state().pull_requests.get_mut(&1).unwrap().pushes.push("c0ffee".to_owned());
    let check = Check { commit: judged, ..check(CheckState::Success, "AUC is higher") };
    forge(&fake).check(&check).unwrap();
    assert_eq!(fake.state().pull_requests[&1].statuses[0].body["iterationId"], 1);
}

#[test]
fn an_older_verdict_comes_back_when_it_is_given_again() {
    let fake = AzureDevOpsFake::start();
    let forge = forge(&fake);
    for state in [CheckState::Failure, CheckState::Success, CheckState::Failure] {
        forge.check(&check(state, "x")).unwrap();
    }
    let state = fake.state();
    let states = state.pull_requests[&1].statuses.iter().map(|s| s.body["state"].as_str().unwrap());
    assert_eq!(states.collect::<Vec<_>>(), ["failed", "succeeded", "failed"]);
}

#[test]
fn without_a_pull_request_the_commit_gets_the_status() {
    let fake = AzureDevOpsFake::start();
    let commit = fake.state().branches["refs/heads/main"].commit.clone();
    let check =
        Check { pull_request: None, commit: commit.clone(), ..check(CheckState::Neutral, "few") };
    assert_eq!(forge(&fake).check(&check).unwrap().change, Change::Created);
    assert_eq!(forge(&fake).check(&check).unwrap().change, Change::Unchanged);
    let state = fake.state();
    assert_eq!(state.commit_statuses[&commit][0].body["state"], "notApplicable");
    drop(state);
    fake.assert_no_violations();
}

#[test]
fn every_fault_at_every_call_leaves_the_wanted_status_as_the_newest() {
    at_every_call(
        |fake| drop(forge(fake).check(&check(CheckState::Success, "before")).unwrap()),
        |fake| forge(fake).check(&check(CheckState::Failure, "after")),
        |world, posted, what| {
            let newest = world.pull_requests[&1].statuses.last().unwrap();
            assert_eq!(newest.body["state"], "failed", "{what}");
            assert_eq!(world.pull_requests[&1].statuses.len(), 2, "{what}");
            assert_eq!(posted.change, Change::Updated, "{what}");
        },
    );
}

#[test]
fn a_long_title_is_cut_and_a_hostile_name_stays_one_name() {
    let fake = AzureDevOpsFake::start();
    let mut check = check(CheckState::Error, &"é\n".repeat(3_000));
    check.name = "outerloop/a/b\"}##vso[x]".to_owned();
    forge(&fake).check(&check).unwrap();
    assert_eq!(forge(&fake).check(&check).unwrap().change, Change::Unchanged);
    let state = fake.state();
    let sent = &state.pull_requests[&1].statuses[0].body;
    assert_eq!(sent["context"]["name"], "a/b\"}##vso[x]");
    assert!(sent["description"].as_str().unwrap().chars().count() <= 200);
}

#[test]
fn a_property_of_the_run_is_set_once() {
    let fake = AzureDevOpsFake::start();
    let forge = forge(&fake);
    let set = |value| forge.property("outerloop.verdict", value).unwrap();
    assert_eq!(
        [set("fail"), set("fail"), set("pass")],
        [Change::Created, Change::Unchanged, Change::Updated]
    );
    assert_eq!(fake.state().builds[&BUILD].properties["outerloop.verdict"], "pass");
    assert!(forge.property("a/b", "x").is_err());
    fake.assert_no_violations();
    at_every_call(
        |_| {},
        |fake| crate::setting::forge(fake).property("outerloop.verdict", "pass"),
        |world, _, what| {
            assert_eq!(world.builds[&BUILD].properties["outerloop.verdict"], "pass", "{what}");
        },
    );
}

#[test]
fn outside_of_a_run_there_is_no_property_to_set() {
    let fake = AzureDevOpsFake::start();
    let run = run(&fake, &[("BUILD_BUILDID", "")]);
    let forge = outerloop_core::adapters::forge::azure_devops::AzureDevOps::new(
        run,
        crate::setting::Patient::new(),
    );
    let change = forge.unwrap().property("outerloop.verdict", "pass").unwrap();
    assert_eq!((change, fake.take_calls().len()), (Change::Unchanged, 0));
}
