//! Deployments that are listed beside rollouts in a simulated world.

use super::deployments::{Deployments, Rolling};
use super::simulation::{Behaviour, GOOD, World, model};
use super::tests::{input, plan};
use super::*;
use crate::domain::error::{ErrorKind, Result};
use crate::domain::event::{Registered, What};
use crate::domain::rollout::RolloutState;
use crate::ports::forge::DeploymentState;
use crate::ports::host::{HostKind, Level};
use crate::ports::registry::Origin;
use crate::steps::rollback::{self, RollbackInput};
use crate::steps::simulated_forge::SimulatedForge;
use crate::steps::simulated_host::SimulatedHost;

struct Scene {
    world: World,
    host: SimulatedHost,
    forge: SimulatedForge,
}

impl Scene {
    fn new(forge: SimulatedForge) -> Self {
        let world = World::new(7);
        world.add("1.0.0", GOOD);
        Self { world, host: SimulatedHost::new(HostKind::GitHub), forge }
    }

    fn around(
        &self,
        rolling: Rolling,
        work: impl FnOnce(&dyn Fn(&Update)) -> Result<DeployOutcome>,
    ) -> Result<DeployOutcome> {
        let deployments = Deployments {
            forge: Some(&self.forge),
            host: &self.host,
            registry: &self.world,
            model: model(),
            environment: "production".to_owned(),
            commit: Some("c0ffee".to_owned()),
        };
        deployments.around(rolling, &|_| {}, work)
    }

    fn deploy(&self, version: &str, resume: bool) -> Result<DeployOutcome> {
        let input = input(&format!("acme@{version}"), plan(), resume);
        let world = &self.world;
        self.around(Rolling::Deploy, |tell| run(&input, world, world, world, tell))
    }

    fn roll_back(&self) -> Result<DeployOutcome> {
        let endpoint = "live".parse()?;
        let input = RollbackInput { endpoint, model: Some(model()), origin: Origin::default() };
        let world = &self.world;
        self.around(Rolling::Rollback, |tell| rollback::run(&input, world, world, world, tell))
    }

    /// What was listed: version, state and key.
    fn listed(&self) -> Vec<(String, DeploymentState, String)> {
        let written = self.forge.written();
        let short = |key: &str| key.trim_start_matches("sha256:").to_owned();
        written.deployments.iter().map(|d| (d.what.clone(), d.state, short(&d.key))).collect()
    }
}

fn told(outcome: &DeployOutcome) -> String {
    outcome.rollout.unwrap().to_string().trim_start_matches("sha256:").to_owned()
}

#[test]
fn a_rollout_is_listed_when_it_begins_and_when_it_ends() {
    let scene = Scene::new(SimulatedForge::new("GitHub"));
    let outcome = scene.deploy("1.0.0", false).unwrap();
    let (what, key) = ("acme@1.0.0".to_owned(), told(&outcome));
    let expected = [
        (what.clone(), DeploymentState::InProgress, key.clone()),
        (what, DeploymentState::Success, key),
    ];
    assert_eq!(scene.listed(), expected);
    let written = scene.forge.written();
    let last = written.deployments.last().unwrap();
    assert_eq!((&*last.environment, &*last.commit), ("production", "c0ffee"));
    assert_eq!(last.environment_url.as_deref(), Some(&*outcome.url));
    assert_eq!(last.log_url.as_deref(), Some("https://forge.example/runs/7"));
}

#[test]
fn the_commit_is_the_one_that_the_version_was_trained_from() {
    let scene = Scene::new(SimulatedForge::new("GitHub"));
    scene.world.add("2.0.0", GOOD);
    let events = scene.world.events();
    let What::Registered(first) = &events[0].event.what else { panic!("is a registration") };
    let trained = Registered { commit: Some("abc".to_owned()), ..first.clone() };
    scene.world.note(What::Registered(trained), &Origin::default());
    scene.deploy("1.0.0", false).unwrap();
    scene.deploy("2.0.0", false).unwrap();
    let written = scene.forge.written();
    let commits: Vec<&str> = written.deployments.iter().map(|d| d.commit.as_str()).collect();
    assert_eq!(commits, ["abc", "abc", "c0ffee", "c0ffee"]);
}

#[test]
fn a_candidate_that_goes_back_is_a_failure() {
    let scene = Scene::new(SimulatedForge::new("GitHub"));
    scene.deploy("1.0.0", false).unwrap();
    scene.world.add("2.0.0", Behaviour { loads: false, ..GOOD });
    let outcome = scene.deploy("2.0.0", false).unwrap();
    assert_eq!(outcome.state, RolloutState::RolledBack);
    let last = scene.listed().pop().unwrap();
    assert_eq!(last, ("acme@2.0.0".to_owned(), DeploymentState::Failure, told(&outcome)));
}

#[test]
fn a_rollback_lists_the_version_that_serves_again() {
    let scene = Scene::new(SimulatedForge::new("GitHub"));
    scene.deploy("1.0.0", false).unwrap();
    scene.world.add("2.0.0", GOOD);
    let replaced = told(&scene.deploy("2.0.0", false).unwrap());
    scene.roll_back().unwrap();
    let expected = [
        ("acme@2.0.0".to_owned(), DeploymentState::Failure, replaced.clone()),
        ("acme@1.0.0".to_owned(), DeploymentState::Success, format!("{replaced}-rollback")),
    ];
    assert_eq!(scene.listed()[4..], expected);
}

#[test]
fn a_rollout_that_is_carried_on_stays_the_same_deployment() {
    let scene = Scene::new(SimulatedForge::new("GitHub"));
    scene.deploy("1.0.0", false).unwrap();
    scene.world.add("2.0.0", GOOD);
    scene.world.requests_per_second(0.0);
    let paused = scene.deploy("2.0.0", false).unwrap();
    assert_eq!(paused.state, RolloutState::Paused);
    scene.world.requests_per_second(50.0);
    let outcome = scene.deploy("2.0.0", true).unwrap();
    assert_eq!(outcome.state, RolloutState::Finished);
    let listed = scene.listed();
    assert!(listed[2..].iter().all(|(_, _, key)| *key == told(&outcome)), "{listed:?}");
    let states: Vec<_> = listed[2..].iter().map(|(_, state, _)| *state).collect();
    use DeploymentState::{InProgress, Success};
    assert_eq!(states, [InProgress, InProgress, InProgress, Success]);
}

#[test]
fn a_server_that_refuses_or_is_down_changes_nothing() {
    for (kind, level, times) in
        [(ErrorKind::Permission, Level::Notice, 1), (ErrorKind::Unavailable, Level::Warning, 2)]
    {
        let scene = Scene::new(SimulatedForge::new("GitHub").failing("deployment", kind));
        let outcome = scene.deploy("1.0.0", false).unwrap();
        assert_eq!(outcome.state, RolloutState::Finished);
        let annotations = scene.host.annotations.lock().unwrap();
        assert_eq!((annotations.len(), annotations[0].level), (times, level));
        assert!(annotations[0].message.contains("is refused"), "{:?}", annotations[0]);
    }
}

#[test]
fn an_error_of_the_rollout_stays_the_error() {
    let scene = Scene::new(SimulatedForge::new("GitHub").failing("all", ErrorKind::Unavailable));
    let error = scene.deploy("9.9.9", false).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
