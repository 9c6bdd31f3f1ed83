//! Rollouts in a simulated world: under load, with broken candidates, and with a process that is
//! killed at any call.

use proptest::prelude::*;

use super::simulation::{Behaviour, Death, GOOD, World, model, pinned};
use super::*;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::event::What;
use crate::domain::record::LoggedEvent;
use crate::domain::rollout::{Limits, Plan, RolloutState, Stage};
use crate::domain::verdict::Verdict;
use crate::ports::registry::Origin;
use crate::steps::rollback::{self, RollbackInput};

pub(super) fn plan() -> Plan {
    Plan {
        mirror: 50,
        steps: vec![10, 50, 100],
        bake_ms: 10_000,
        min_requests: 100,
        step_timeout_ms: 120_000,
        limits: Limits {
            max_error_rate: 0.01,
            max_error_increase: Some(0.01),
            max_latency_ratio: 2.0,
            latency_floor_ms: 5.0,
            max_prediction_shift: 0.3,
        },
    }
}

pub(super) fn input(reference: &str, plan: Plan, resume: bool) -> DeployInput {
    DeployInput {
        reference: reference.parse().unwrap(),
        endpoint: "live".parse().unwrap(),
        plan,
        resume,
        origin: Origin { actor: "ada".to_owned(), ..Origin::default() },
    }
}

fn deploy(world: &World, version: &str, plan: Plan) -> Result<DeployOutcome> {
    run(&input(&format!("acme@{version}"), plan, false), world, world, world, &|_| {})
}

fn resume(world: &World, version: &str) -> Result<DeployOutcome> {
    run(&input(&format!("acme@{version}"), plan(), true), world, world, world, &|_| {})
}

fn roll_back(world: &World) -> Result<DeployOutcome> {
    let input = RollbackInput {
        endpoint: "live".parse().unwrap(),
        model: Some(model()),
        origin: Origin::default(),
    };
    rollback::run(&input, world, world, world, &|_| {})
}

/// A world in which 1.0.0 serves and 2.0.0 is registered.
fn world(seed: u64, candidate: Behaviour) -> World {
    let world = World::new(seed);
    world.add("1.0.0", GOOD);
    assert_eq!(deploy(&world, "1.0.0", plan()).unwrap().state, RolloutState::Finished);
    world.add("2.0.0", candidate);
    world
}

fn ends(events: &[LoggedEvent]) -> usize {
    let end = |e: &&LoggedEvent| {
        matches!(e.event.what, What::RolloutFinished(_) | What::RolloutRolledBack(_))
    };
    events.iter().filter(end).count()
}

fn told(events: &[LoggedEvent]) -> Vec<String> {
    let tell = |e: &LoggedEvent| match &e.event.what {
        What::RolloutStep(s) => match &s.analysis {
            None => format!("{}?", s.stage),
            Some(a) => format!("{} {}", s.stage, a.verdict),
        },
        what => what.type_name().to_owned(),
    };
    events.iter().map(tell).collect()
}

fn serves_only(world: &World, version: &str) {
    let traffic = world.traffic();
    assert_eq!(traffic.weights, [(version.to_owned(), 100)].into());
    assert_eq!(traffic.mirror, None);
}

#[test]
fn the_first_version_is_proven_and_serves_everything() {
    let world = World::new(1);
    world.add("1.0.0", GOOD);
    let outcome = deploy(&world, "1.0.0", plan()).unwrap();
    assert_eq!(outcome.state, RolloutState::Finished);
    assert_eq!(outcome.live, Some(pinned("1.0.0")));
    let story =
        ["rollout-started", "prove?", "prove pass", "100 %?", "100 % pass", "rollout-finished"];
    assert_eq!(told(&world.events()[2..]), story);
    serves_only(&world, "1.0.0");
}

#[test]
fn a_good_candidate_takes_over_step_by_step() {
    let world = world(2, GOOD);
    let before = world.events().len();
    let outcome = deploy(&world, "2.0.0", plan()).unwrap();
    assert_eq!(outcome.state, RolloutState::Finished, "{}", outcome.reason);
    let events = world.events();
    let story = [
        "rollout-started",
        "prove?",
        "prove pass",
        "mirror?",
        "mirror pass",
        "10 %?",
        "10 % pass",
        "50 %?",
        "50 % pass",
        "100 %?",
        "100 % pass",
        "rollout-finished",
    ];
    assert_eq!(told(&events[before..]), story);
    let started = &events[before];
    assert_eq!(started.event.cause, Some(events[before - 1].id), "caused by the promotion");
    assert!(events[before + 1..].iter().all(|e| e.event.cause == Some(started.id)));
    assert_eq!(outcome.rollout, Some(started.id));
    assert!(outcome.analyses[1..].iter().all(|j| j.analysis.requests >= 100));
    serves_only(&world, "2.0.0");
    assert_eq!(world.loaded(), ["1.0.0", "2.0.0"], "the old version stays to go back to");

    world.add("3.0.0", GOOD);
    assert_eq!(deploy(&world, "3.0.0", plan()).unwrap().state, RolloutState::Finished);
    assert_eq!(world.loaded(), ["2.0.0", "3.0.0"], "older ones go");
}

#[test]
fn without_mirror_the_first_weight_comes_first() {
    let world = world(3, GOOD);
    deploy(&world, "2.0.0", Plan { mirror: 0, ..plan() }).unwrap();
    assert!(world.shares().iter().all(|t| t.mirror.is_none()));
    assert!(!told(&world.events()).contains(&"mirror?".to_owned()));
}

#[test]
fn broken_candidates_go_back_and_say_why() {
    let table = [
        ("error-rate-too-high", Behaviour { error_rate: 0.3, ..GOOD }),
        ("error-rate-too-high", Behaviour { error_rate: 1.0, ..GOOD }),
        ("latency-too-high", Behaviour { median_ms: 90.0, ..GOOD }),
        ("prediction-shift-too-large", Behaviour { mean: 3.0, ..GOOD }),
    ];
    for (code, behaviour) in table {
        for mirror in [50, 0] {
            let world = world(4, behaviour);
            let outcome = deploy(&world, "2.0.0", Plan { mirror, ..plan() }).unwrap();
            assert_eq!(outcome.state, RolloutState::RolledBack, "{code}");
            assert!(outcome.reason.contains(code), "{code}: {}", outcome.reason);
            assert_eq!(outcome.live, Some(pinned("1.0.0")));
            serves_only(&world, "1.0.0");
            assert_eq!(world.loaded(), ["1.0.0"]);
            if mirror > 0 {
                assert!(world.shares().iter().all(|t| !t.weights.contains_key("2.0.0")), "{code}");
            }
        }
    }
}

#[test]
fn a_candidate_that_fails_everything_costs_few_requests() {
    let world = world(5, Behaviour { error_rate: 1.0, ..GOOD });
    let before = world.failed();
    deploy(&world, "2.0.0", Plan { mirror: 0, bake_ms: 60_000, ..plan() }).unwrap();
    assert!(world.failed() - before < 15, "{} failed", world.failed() - before);
}

#[test]
fn a_candidate_that_does_not_load_gets_no_request() {
    let world = world(6, Behaviour { loads: false, ..GOOD });
    let shares = world.shares();
    let outcome = deploy(&world, "2.0.0", plan()).unwrap();
    assert_eq!(outcome.state, RolloutState::RolledBack);
    assert!(outcome.reason.contains("the model file is damaged"), "{}", outcome.reason);
    assert_eq!(world.shares(), shares);
    assert_eq!(told(&world.events()).last().map(String::as_str), Some("rollout-rolled-back"));
}

#[test]
fn a_candidate_that_dies_goes_back() {
    let world = world(7, GOOD);
    world.during_wait(30, |world| world.set_slot_health("2.0.0", false));
    let outcome = deploy(&world, "2.0.0", plan()).unwrap();
    assert_eq!(outcome.state, RolloutState::RolledBack);
    assert!(outcome.reason.contains("does not answer"), "{}", outcome.reason);
    serves_only(&world, "1.0.0");
}

#[test]
fn what_is_live_is_not_deployed_again() {
    let world = world(8, GOOD);
    let finished = deploy(&world, "2.0.0", plan()).unwrap();
    let events = world.events().len();
    let again = deploy(&world, "2.0.0", plan()).unwrap();
    assert_eq!((again.state, again.rollout), (RolloutState::Finished, finished.rollout));
    assert_eq!(resume(&world, "2.0.0").unwrap().state, RolloutState::Finished);
    assert_eq!(world.events().len(), events);
}

#[test]
fn too_few_requests_pause_and_a_resume_carries_on() {
    let world = world(9, GOOD);
    world.requests_per_second(0.5);
    let paused = deploy(&world, "2.0.0", plan()).unwrap();
    assert_eq!(paused.state, RolloutState::Paused);
    assert!(paused.reason.contains("too-few-requests"), "{}", paused.reason);
    let error = deploy(&world, "2.0.0", plan()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.hint_text().unwrap().contains("--resume"));
    world.add("3.0.0", GOOD);
    let other = resume(&world, "3.0.0").unwrap_err();
    assert_eq!(other.kind(), ErrorKind::Conflict);
    world.requests_per_second(50.0);
    let finished = resume(&world, "2.0.0").unwrap();
    assert_eq!(finished.state, RolloutState::Finished);
    assert_eq!(finished.rollout, paused.rollout);
    assert_eq!(ends(&world.events()), 2);
}

#[test]
fn a_server_that_starts_again_does_not_disturb() {
    let world = world(10, GOOD);
    world.during_wait(15, World::restart_server);
    assert_eq!(deploy(&world, "2.0.0", plan()).unwrap().state, RolloutState::Finished);
}

#[test]
fn archived_versions_and_unknown_rollouts_are_refused() {
    let world = world(11, GOOD);
    world.archive("2.0.0");
    assert_eq!(deploy(&world, "2.0.0", plan()).unwrap_err().kind(), ErrorKind::Usage);
    let empty = World::new(1);
    empty.add("1.0.0", GOOD);
    assert_eq!(resume(&empty, "1.0.0").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(roll_back(&empty).unwrap_err().kind(), ErrorKind::NotFound);
}

/// 1.0.0 has served and cannot be loaded any more, for a reason of this kind.
fn world_without_stable(kind: ErrorKind) -> World {
    let world = world(16, GOOD);
    world.behave("1.0.0", Behaviour { loads: false, ..GOOD });
    world.loading_fails_with(kind);
    world.lose_slot("1.0.0");
    world
}

#[test]
fn a_stable_version_that_could_not_be_secured_stops_the_deploy() {
    let passing = [
        ErrorKind::Timeout,
        ErrorKind::Unavailable,
        ErrorKind::Io,
        ErrorKind::Permission,
        ErrorKind::Conflict,
        ErrorKind::Internal,
    ];
    for kind in passing {
        let world = world_without_stable(kind);
        let events = world.events().len();
        let error = deploy(&world, "2.0.0", plan()).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.to_string().contains("stable version 1.0.0"), "{error}");
        assert_eq!(world.events().len(), events, "{kind:?}: nothing began");
        assert!(world.shares().is_empty(), "{kind:?}: the candidate got traffic");
    }
}

#[test]
fn a_stable_version_that_is_proven_not_to_load_is_nothing_to_go_back_to() {
    for kind in [ErrorKind::Input, ErrorKind::Integrity, ErrorKind::NotFound] {
        let world = world_without_stable(kind);
        let outcome = deploy(&world, "2.0.0", plan()).unwrap();
        assert_eq!(outcome.state, RolloutState::Finished);
        serves_only(&world, "2.0.0");
    }
}

#[test]
fn rollback_goes_to_the_version_before_and_stays_there() {
    let world = world(12, GOOD);
    assert_eq!(roll_back(&world).unwrap_err().kind(), ErrorKind::NotFound, "nothing before 1.0.0");
    deploy(&world, "2.0.0", plan()).unwrap();
    let back = roll_back(&world).unwrap();
    assert_eq!((back.state, back.live), (RolloutState::RolledBack, Some(pinned("1.0.0"))));
    serves_only(&world, "1.0.0");
    let events = world.events().len();
    assert_eq!(roll_back(&world).unwrap().live, Some(pinned("1.0.0")));
    assert_eq!(world.events().len(), events, "asked twice, nothing more happens");
    assert_eq!(deploy(&world, "2.0.0", plan()).unwrap().state, RolloutState::Finished);
}

#[test]
fn rollback_needs_a_version_that_loads() {
    let world = world(13, GOOD);
    deploy(&world, "2.0.0", plan()).unwrap();
    world.behave("1.0.0", Behaviour { loads: false, ..GOOD });
    world.set_slot_health("1.0.0", false);
    let events = world.events().len();
    assert!(roll_back(&world).unwrap_err().to_string().contains("1.0.0"));
    assert_eq!(world.events().len(), events);
    serves_only(&world, "2.0.0");
}

#[test]
fn a_rollback_ends_a_rollout_that_another_process_drives() {
    let world = world(14, GOOD);
    world.during_wait(25, |world| {
        roll_back(world).unwrap();
    });
    let outcome = deploy(&world, "2.0.0", plan()).unwrap();
    assert_eq!(outcome.state, RolloutState::RolledBack);
    assert!(outcome.reason.contains("on request"), "{}", outcome.reason);
    serves_only(&world, "1.0.0");
    assert_eq!(ends(&world.events()), 2);
}

#[test]
fn two_processes_do_not_drive_one_rollout() {
    let world = world(15, GOOD);
    world.during_wait(25, |world| {
        assert_eq!(resume(world, "2.0.0").unwrap().state, RolloutState::Finished);
    });
    let first = deploy(&world, "2.0.0", plan()).unwrap();
    assert_eq!(first.state, RolloutState::Finished, "it sees that the other finished");
    assert_eq!(ends(&world.events()), 2);
    serves_only(&world, "2.0.0");
}

/// Runs to the end, as an operator would: resume, and begin again if nothing had begun.
fn operate(world: &World, version: &str, plan: &Plan) -> DeployOutcome {
    world.revive();
    match resume(world, version) {
        Ok(outcome) if outcome.live == Some(pinned(version)) => outcome,
        Ok(outcome) if led_by(world, &outcome, version) => outcome,
        Ok(_) => deploy(world, version, plan.clone()).unwrap(),
        Err(e) if e.kind() == ErrorKind::NotFound => deploy(world, version, plan.clone()).unwrap(),
        Err(e) => panic!("{e}"),
    }
}

fn led_by(world: &World, outcome: &DeployOutcome, version: &str) -> bool {
    world.events().iter().any(|e| {
        outcome.rollout == Some(e.id)
            && matches!(&e.event.what, What::RolloutStarted(s) if s.candidate == pinned(version))
    })
}

fn check_end(world: &World, good: bool, ends_before: usize) {
    serves_only(world, if good { "2.0.0" } else { "1.0.0" });
    assert_eq!(ends(&world.events()) - ends_before, 1, "{:?}", told(&world.events()));
}

#[test]
fn killed_at_every_call_it_still_ends_well() {
    let short = Plan { bake_ms: 2_000, min_requests: 30, ..plan() };
    let candidates = [
        (GOOD, true),
        (Behaviour { error_rate: 0.5, ..GOOD }, false),
        (Behaviour { loads: false, ..GOOD }, false),
    ];
    let mut kills = 0;
    for (behaviour, good) in candidates {
        let whole = world(20, behaviour);
        let begun = whole.calls();
        deploy(&whole, "2.0.0", short.clone()).unwrap();
        let calls = whole.calls() - begun;
        for call in 1..=calls {
            for death in [Death::Before, Death::After] {
                let world = world(20, behaviour);
                let before = ends(&world.events());
                world.die_at(call, death);
                let killed = deploy(&world, "2.0.0", short.clone());
                assert!(killed.is_err() || call == calls, "call {call} of {calls}: {killed:?}");
                operate(&world, "2.0.0", &short);
                check_end(&world, good, before);
                kills += 1;
            }
        }
    }
    assert!(kills > 200, "{kills}");
}

#[test]
fn a_first_deploy_killed_at_every_call_still_ends_well() {
    for call in 1..=30 {
        for death in [Death::Before, Death::After] {
            let world = World::new(21);
            world.add("2.0.0", GOOD);
            world.die_at(call, death);
            let _ = deploy(&world, "2.0.0", plan());
            operate(&world, "2.0.0", &plan());
            check_end(&world, true, 0);
        }
    }
}

#[test]
fn a_rollback_killed_at_every_call_still_ends_well() {
    for call in 1..=12 {
        for death in [Death::Before, Death::After] {
            let world = world(22, GOOD);
            deploy(&world, "2.0.0", plan()).unwrap();
            world.die_at(call, death);
            let _ = roll_back(&world);
            world.revive();
            assert_eq!(roll_back(&world).unwrap().live, Some(pinned("1.0.0")));
            serves_only(&world, "1.0.0");
        }
    }
}

#[test]
fn a_model_like_the_stable_one_never_goes_back() {
    let (mut possible, mut finished) = (0, 0);
    for seed in 0..200 {
        let world = world(1000 + seed, GOOD);
        let rate = [10.0, 30.0, 100.0, 300.0][(seed % 4) as usize];
        world.requests_per_second(rate);
        let min_requests = [1, 20, 100, 400][(seed / 4 % 4) as usize];
        let outcome = deploy(&world, "2.0.0", Plan { min_requests, ..plan() }).unwrap();
        assert_ne!(outcome.state, RolloutState::RolledBack, "seed {seed}: {}", outcome.reason);
        let failed = |j: &Judged| j.analysis.verdict == Verdict::Fail;
        assert!(!outcome.analyses.iter().any(failed));
        let in_time = rate * 0.1 * 120.0 > 1.5 * min_requests as f64;
        possible += usize::from(in_time);
        finished += usize::from(in_time && outcome.state == RolloutState::Finished);
    }
    // Two failures among the first hundred requests are bad luck, and wait for more.
    assert!(finished * 100 >= possible * 97, "{finished} of {possible} finished without a pause");
}

fn plans() -> impl Strategy<Value = Plan> {
    let steps = prop::collection::btree_set(1..100u8, 0..4);
    (0..=100u8, steps, 0..5_000u64, 0..200u64).prop_map(|(mirror, steps, bake_ms, min_requests)| {
        let steps = steps.into_iter().chain([100]).collect();
        Plan { mirror, steps, bake_ms, min_requests, step_timeout_ms: 60_000, ..plan() }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_plan_killed_again_and_again_ends_in_a_healthy_state(
        plan in plans(),
        seed in 0..1000u64,
        broken in any::<bool>(),
        kills in prop::collection::vec((1..60u64, any::<bool>()), 0..6),
    ) {
        let behaviour = Behaviour { error_rate: if broken { 1.0 } else { 0.001 }, ..GOOD };
        let world = world(seed, behaviour);
        let before = ends(&world.events());
        let mut first = true;
        for (call, after) in kills {
            world.revive();
            world.die_at(call, if after { Death::After } else { Death::Before });
            let _: Result<DeployOutcome, Error> =
                if first { deploy(&world, "2.0.0", plan.clone()) } else { resume(&world, "2.0.0") };
            first = false;
        }
        let mut outcome = operate(&world, "2.0.0", &plan);
        for _ in 0..20 {
            if outcome.state != RolloutState::Paused {
                break;
            }
            outcome = resume(&world, "2.0.0").unwrap();
        }
        let ended = ends(&world.events()) - before;
        match outcome.state {
            RolloutState::Finished => serves_only(&world, "2.0.0"),
            RolloutState::RolledBack => serves_only(&world, "1.0.0"),
            // A stable version with a share of 1 % may take longer than that to be compared with.
            state => prop_assert_eq!((state, ended), (RolloutState::Paused, 0)),
        }
        prop_assert!(ended <= 1);
        let compared = plan.mirror > 0 || plan.min_requests > 0;
        prop_assert!(!(broken && compared && outcome.state == RolloutState::Finished), "{:?}", outcome);
    }
}

#[test]
fn stages_of_a_plan() {
    let started = traffic::stages(&plan(), Some(&pinned("1.0.0")));
    let weight = |percent| Stage::Weight { percent };
    assert_eq!(started, [Stage::Mirror, weight(10), weight(50), weight(100)]);
    assert_eq!(traffic::stages(&plan(), None), [weight(100)]);
}

#[test]
fn clones_of_a_repository_carry_on_what_another_began() {
    use crate::adapters::registry::git::fixture::{clone, open, package, remote};
    use crate::ports::registry::{Expected, Promotion, Registry as _};

    let (_kept, bare) = remote();
    let one = open(&clone(&bare, "one", &[]));
    let two = open(&clone(&bare, "two", &["--depth=1"]));
    let world = World::new(30);
    let short = Plan { bake_ms: 500, min_requests: 20, ..plan() };
    for (content, version) in [("a", "1.0.0"), ("b", "1.1.0")] {
        world.behave(version, GOOD);
        let record = one.register(&package(content)).unwrap().record;
        assert_eq!(record.version.to_string(), version);
        let promotion = Promotion {
            model: model(),
            alias: "champion".parse().unwrap(),
            version: record.version,
            expected: Expected::Current,
            origin: Origin::default(),
        };
        one.promote(&promotion).unwrap();
    }
    let begin = |reference| input(reference, short.clone(), false);
    run(&begin("acme@1.0.0"), &one, &world, &world, &|_| {}).unwrap();

    world.die_at(12, Death::After);
    run(&begin("acme@champion"), &one, &world, &world, &|_| {}).unwrap_err();
    world.revive();
    let refused = run(&begin("acme@champion"), &two, &world, &world, &|_| {}).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    let carried =
        run(&input("acme@champion", plan(), true), &two, &world, &world, &|_| {}).unwrap();
    assert_eq!(carried.state, RolloutState::Finished);
    serves_only(&world, "1.1.0");

    let back =
        RollbackInput { endpoint: "live".parse().unwrap(), model: None, origin: Origin::default() };
    rollback::run(&back, &one, &world, &world, &|_| {}).unwrap();
    serves_only(&world, "1.0.0");
    let history = two.history(&model()).unwrap();
    assert_eq!(ends(&history), 3);
    let verification = two.verify().unwrap();
    assert!(verification.verified, "{:?}", verification.problems);
}
