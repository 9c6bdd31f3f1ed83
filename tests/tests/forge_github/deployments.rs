//! Deployments and their states.

use outerloop_core::ports::forge::{Change, Deployment, DeploymentState, Forge};

use crate::setting::{deployment, fake, forge, main_commit};

#[test]
fn a_deployment_is_recorded_once_with_each_of_its_states() {
    let fake = fake();
    let commit = main_commit(&fake);
    let forge = forge(&fake);
    let tell = |state| forge.deployment(&deployment(&commit, state)).unwrap().unwrap();
    assert_eq!(tell(DeploymentState::InProgress).change, Change::Created);
    assert_eq!(tell(DeploymentState::InProgress).change, Change::Unchanged);
    assert_eq!(tell(DeploymentState::Success).change, Change::Updated);
    let other =
        Deployment { key: "rollout-2".to_owned(), ..deployment(&commit, DeploymentState::Failure) };
    assert_eq!(forge.deployment(&other).unwrap().unwrap().change, Change::Created);
    let site = fake.state();
    let states = |n: usize| -> Vec<&str> {
        let all = site.deployments[n]["statuses"].as_array().unwrap();
        all.iter().map(|s| s["state"].as_str().unwrap()).collect()
    };
    assert_eq!(states(0), ["in_progress", "success"]);
    assert_eq!(states(1), ["failure"]);
    assert_eq!(site.deployments[0]["payload"]["what"], "churn@1.1.0");
    assert!(site.violations.is_empty(), "{:#?}", site.violations);
}

#[test]
fn a_deployment_of_a_commit_that_was_not_pushed_says_so() {
    let fake = fake();
    let missing = deployment("0ff1ce", DeploymentState::Success);
    let error = forge(&fake).deployment(&missing).unwrap_err();
    assert!(error.hint_text().unwrap().contains("push it"), "{:?}", error.hint_text());
}

#[test]
fn a_local_address_that_is_not_of_the_web_is_left_out() {
    let fake = fake();
    let commit = main_commit(&fake);
    let local = Deployment {
        environment_url: Some("unix:/run/churn".to_owned()),
        ..deployment(&commit, DeploymentState::Success)
    };
    let forge = forge(&fake);
    assert_eq!(forge.deployment(&local).unwrap().unwrap().change, Change::Created);
    assert_eq!(forge.deployment(&local).unwrap().unwrap().change, Change::Unchanged);
    fake.assert_no_violations();
}
