//! The policy, rule by rule, and requests that are made once.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

use super::{Requested, RetrainInput, RetrainOutcome, Training, run};
use crate::config::valid::{self, Budget, DriftRule, PerformanceRule, RetrainConfig};
use crate::domain::digest::Digest;
use crate::domain::drift::{DriftStatus, Performance};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::event::{Monitored, Registered, What};
use crate::domain::package::Format;
use crate::domain::record::LoggedEvent;
use crate::ports::clock::Clock;
use crate::ports::registry::Origin;
use crate::ports::trigger::{RunState, Started, TrainingRequest, Trigger};
use crate::steps::deploy::simulation::{Death, GOOD, World};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

#[derive(Default)]
struct Recorder {
    started: Mutex<Vec<Digest>>,
    broken: bool,
}

impl Trigger for Recorder {
    fn name(&self) -> &'static str {
        "command"
    }

    fn describe(&self) -> String {
        "train".to_owned()
    }

    fn start(&self, request: &TrainingRequest) -> Result<Started> {
        self.started.lock().unwrap().push(request.event);
        if self.broken {
            return Err(Error::unavailable("no GPU is free").hint("wait for one"));
        }
        Ok(Started { run: "train 1".to_owned(), id: None, event: request.event })
    }

    fn state(&self, _: &Started) -> Result<RunState> {
        Ok(RunState::Ended { success: true, conclusion: "success".to_owned(), url: None })
    }
}

struct Stage {
    world: World,
    trigger: Recorder,
    windows: AtomicU64,
    told: Mutex<Vec<String>>,
}

impl Stage {
    fn new() -> Self {
        let world = World::new(1);
        world.requests_per_second(0.0);
        world.add("1.0.0", GOOD);
        Self {
            world,
            trigger: Recorder::default(),
            windows: AtomicU64::new(0),
            told: Mutex::default(),
        }
    }

    fn monitored(&self, change: impl FnOnce(&mut Monitored)) -> LoggedEvent {
        let number = self.windows.fetch_add(1, Ordering::Relaxed);
        let mut found = Monitored {
            version: "1.0.0".parse().unwrap(),
            status: DriftStatus::Ok,
            rows: 1000,
            window: Digest::of(&number.to_le_bytes()),
            drifted: Vec::new(),
            summary: Vec::new(),
            performance: Vec::new(),
            signals: Vec::new(),
            alerts: Vec::new(),
            span: None,
            chunks: Vec::new(),
            labels: None,
        };
        change(&mut found);
        self.world.note(What::Monitored(found), &Origin::default())
    }

    fn drift(&self) -> LoggedEvent {
        self.monitored(|m| {
            m.status = DriftStatus::Drift;
            m.drifted = vec!["age".to_owned()];
        })
    }

    fn ok(&self) -> LoggedEvent {
        self.monitored(|_| {})
    }

    fn auc(&self, low: f64, high: f64) -> LoggedEvent {
        let metric = "roc-auc".to_owned();
        let value = f64::midpoint(low, high);
        self.monitored(|m| {
            m.performance =
                vec![Performance { metric, value, low, high, rows: 900, baseline: None }];
        })
    }

    fn registered(&self, version: &str, cause: Digest) {
        let registered = Registered {
            version: version.parse().unwrap(),
            digest: Digest::of(version.as_bytes()),
            uri: String::new(),
            format: Format::Onnx,
            bytes: 1,
            commit: None,
        };
        let origin = Origin { cause: Some(cause), ..Origin::default() };
        self.world.note(What::Registered(registered), &origin);
    }

    fn ask(
        &self,
        config: &RetrainConfig,
        change: impl FnOnce(&mut RetrainInput<'_>),
    ) -> Result<RetrainOutcome> {
        let mut input = RetrainInput {
            reference: "acme@1.0.0".parse()?,
            config,
            dry_run: false,
            again: false,
            origin: Origin::default(),
        };
        change(&mut input);
        let tell = |requested: &Requested<'_>| {
            self.told.lock().unwrap().push(match requested.training {
                Training::Ahead => "ahead".to_owned(),
                Training::Started(started) => format!("started: {}", started.run),
                Training::Failed(error) => format!("failed: {error}"),
            });
        };
        run(&input, &self.world, &self.trigger, &self.world, &tell)
    }

    fn retrain(&self, config: &RetrainConfig) -> RetrainOutcome {
        self.ask(config, |_| {}).unwrap()
    }

    fn requests(&self) -> Vec<LoggedEvent> {
        let is = |e: &LoggedEvent| matches!(e.event.what, What::RetrainRequested(_));
        self.world.events().into_iter().filter(is).collect()
    }
}

fn policy() -> RetrainConfig {
    RetrainConfig {
        drift: None,
        performance: None,
        age: None,
        new_rows: None,
        cooldown: Duration::ZERO,
        budget: None,
        training: valid::Training::Command(vec!["train".to_owned()]),
        timeout: HOUR,
        ticket: None,
    }
}

fn on_drift(breaches: u32) -> RetrainConfig {
    RetrainConfig {
        drift: Some(DriftRule { breaches, columns: Vec::new(), signals: Vec::new() }),
        ..policy()
    }
}

fn on_metric(metric: &str) -> RetrainConfig {
    let (min, max) = (Some(0.8), None);
    let rule = PerformanceRule { metric: metric.to_owned(), min, max, breaches: 1 };
    RetrainConfig { performance: Some(rule), ..policy() }
}

fn on_auc(min: Option<f64>, max: Option<f64>) -> RetrainConfig {
    let rule = PerformanceRule { metric: "roc-auc".to_owned(), min, max, breaches: 1 };
    RetrainConfig { performance: Some(rule), ..policy() }
}

type Story = fn(&Stage);

#[test]
fn each_rule_is_met_by_what_it_says() {
    let columns = |name: &str| RetrainConfig {
        drift: Some(DriftRule { breaches: 1, columns: vec![name.to_owned()], signals: Vec::new() }),
        ..policy()
    };
    let again: Story = |s| {
        let first = s.drift();
        let What::Monitored(found) = first.event.what else { unreachable!() };
        s.world.note(What::Monitored(found), &Origin::default());
    };
    let table: Vec<(&str, RetrainConfig, Story, Option<&str>)> = vec![
        ("nothing monitored", on_drift(1), |_| {}, None),
        ("no drift", on_drift(1), |s| drop(s.ok()), None),
        ("drift", on_drift(1), |s| drop(s.drift()), Some("drift")),
        ("one of two", on_drift(2), |s| drop(s.drift()), None),
        ("two of two", on_drift(2), |s| drop((s.drift(), s.drift())), Some("drift")),
        ("not in a row", on_drift(2), |s| drop((s.drift(), s.ok(), s.drift())), None),
        ("over now", on_drift(1), |s| drop((s.drift(), s.ok())), None),
        ("same window twice", on_drift(2), again, None),
        (
            "an inconclusive window neither counts nor interrupts",
            on_drift(2),
            |s| {
                s.drift();
                s.monitored(|m| m.status = DriftStatus::Inconclusive);
                s.drift();
            },
            Some("drift"),
        ),
        (
            "another version's window",
            on_drift(1),
            |s| {
                drop(s.monitored(|m| {
                    m.status = DriftStatus::Drift;
                    m.version = "0.9.0".parse().unwrap();
                }))
            },
            None,
        ),
        ("a column that counts", columns("age"), |s| drop(s.drift()), Some("drift")),
        ("a column that does not", columns("wage"), |s| drop(s.drift()), None),
        ("auc too low", on_auc(Some(0.8), None), |s| drop(s.auc(0.79, 0.85)), Some("performance")),
        ("by another name", on_metric("AUC"), |s| drop(s.auc(0.79, 0.85)), Some("performance")),
        ("auc high enough", on_auc(Some(0.8), None), |s| drop(s.auc(0.8, 0.85)), None),
        ("too high", on_auc(None, Some(0.8)), |s| drop(s.auc(0.7, 0.81)), Some("performance")),
        ("not measured", on_auc(Some(0.8), None), |s| drop(s.drift()), None),
        ("young", RetrainConfig { age: Some(DAY), ..policy() }, |s| s.world.sleep(HOUR), None),
        ("old", RetrainConfig { age: Some(DAY), ..policy() }, |s| s.world.sleep(DAY), Some("age")),
        (
            "enough rows",
            RetrainConfig { new_rows: Some(2000), ..policy() },
            |s| drop((s.ok(), s.ok())),
            Some("new-data"),
        ),
        (
            "too few rows",
            RetrainConfig { new_rows: Some(2001), ..policy() },
            |s| drop((s.ok(), s.ok())),
            None,
        ),
    ];
    for (name, config, story, code) in table {
        let stage = Stage::new();
        story(&stage);
        let outcome = stage.retrain(&config);
        let codes: Vec<_> = outcome.reasons.iter().map(|r| r.code.as_str()).collect();
        assert_eq!(codes, code.into_iter().collect::<Vec<_>>(), "{name}: {outcome:?}");
        assert_eq!(outcome.triggered, code.is_some(), "{name}");
        assert_eq!(stage.requests().len(), usize::from(code.is_some()), "{name}");
        assert_eq!(stage.trigger.started.lock().unwrap().len(), usize::from(code.is_some()));
    }
}

#[test]
fn a_request_is_caused_by_the_newest_evidence_and_recorded_first() {
    let stage = Stage::new();
    stage.drift();
    let newest = stage.drift();
    let outcome = stage.retrain(&on_drift(2));
    let request = &stage.requests()[0];
    assert_eq!(request.event.cause, Some(newest.id));
    assert_eq!(outcome.event, Some(request.id));
    assert_eq!(*stage.trigger.started.lock().unwrap(), [request.id]);
    assert_eq!(*stage.told.lock().unwrap(), ["ahead", "started: train 1"]);
    assert_eq!(outcome.started.map(|s| s.run).as_deref(), Some("train 1"));
}

#[test]
fn the_same_evidence_is_requested_once() {
    let stage = Stage::new();
    let drifted = stage.drift();
    let first = stage.retrain(&on_drift(1));
    let second = stage.retrain(&on_drift(1));
    assert!(!second.triggered);
    assert_eq!(second.event, first.event);
    assert!(second.explanation.iter().any(|l| l.contains("already requested")), "{second:?}");

    stage.registered("1.1.0", first.event.unwrap());
    let What::Monitored(found) = drifted.event.what else { unreachable!() };
    stage.world.note(What::Monitored(found), &Origin::default());
    assert!(!stage.retrain(&on_drift(1)).triggered, "the same window monitored again");
    stage.drift();
    assert!(stage.retrain(&on_drift(1)).triggered, "a new window is new evidence");
}

#[test]
fn one_retraining_at_a_time_until_it_registers_or_times_out() {
    let stage = Stage::new();
    stage.drift();
    let first = stage.retrain(&on_drift(1)).event.unwrap();
    stage.drift();
    let held = stage.retrain(&on_drift(1));
    assert!(
        !held.triggered && held.explanation.iter().any(|l| l.contains("held back")),
        "{held:?}"
    );
    stage.registered("1.1.0", Digest::of(b"something else"));
    assert!(!stage.retrain(&on_drift(1)).triggered);
    stage.registered("1.2.0", first);
    assert!(stage.retrain(&on_drift(1)).triggered);
    stage.drift();
    assert!(!stage.retrain(&on_drift(1)).triggered);
    stage.world.sleep(HOUR);
    assert!(stage.retrain(&on_drift(1)).triggered, "the request before took too long");
}

#[test]
fn cooldown_and_budget_hold_back() {
    let stage = Stage::new();
    let budget = Some(Budget { max: 2, per: DAY });
    let config = RetrainConfig { cooldown: 3 * HOUR, budget, ..on_drift(1) };
    let mut triggered = Vec::new();
    for _ in 0..30 {
        stage.drift();
        triggered.push(stage.retrain(&config).triggered);
        stage.world.sleep(HOUR);
    }
    let hours: Vec<usize> = (0..30).filter(|h| triggered[*h]).collect();
    assert_eq!(hours, [0, 3, 24, 27]);
}

#[test]
fn only_data_since_the_promotion_counts() {
    let stage = Stage::new();
    stage.drift();
    let promoted = crate::domain::event::Promoted {
        alias: "champion".parse().unwrap(),
        version: "1.0.0".parse().unwrap(),
        previous: None,
    };
    stage.world.note(What::Promoted(promoted), &Origin::default());
    assert!(!stage.retrain(&on_drift(1)).triggered);
    let other = stage.ask(&on_drift(1), |i| i.reference = "acme@staging".parse().unwrap());
    assert!(other.unwrap().triggered, "another alias moved");
}

#[test]
fn a_dry_run_explains_and_writes_nothing() {
    let stage = Stage::new();
    stage.drift();
    let events = stage.world.events().len();
    let config = RetrainConfig { age: Some(DAY), ..on_drift(1) };
    let outcome = stage.ask(&config, |i| i.dry_run = true).unwrap();
    assert!(outcome.due && !outcome.triggered && outcome.event.is_none());
    assert_eq!(stage.world.events().len(), events);
    assert!(stage.trigger.started.lock().unwrap().is_empty());
    let text = outcome.explanation.join("\n");
    for part in [
        "drift: yes: drift in the last 1 windows in a row, 1 asked for",
        "age: no: the version is 0s old, 1day allowed",
        "yes: no retraining is under way",
        "yes: there was no request yet, cooldown 0s",
        "without --dry-run: train",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn a_training_that_fails_stays_recorded_and_can_be_started_again() {
    let mut stage = Stage::new();
    stage.trigger.broken = true;
    stage.drift();
    let error = stage.ask(&on_drift(1), |_| {}).unwrap_err();
    assert_eq!(*stage.told.lock().unwrap(), ["ahead", "failed: no GPU is free"]);
    let event = stage.requests()[0].id;
    assert!(error.to_string().contains(&event.to_string()), "{error}");
    assert!(error.hint_text().unwrap().contains(&format!("OUTERLOOP_EVENT={event}")));
    stage.trigger.broken = false;
    assert!(!stage.retrain(&on_drift(1)).triggered);
    let again = stage.ask(&on_drift(1), |i| i.again = true).unwrap();
    assert_eq!((again.triggered, again.event), (true, Some(event)));
    assert_eq!(stage.requests().len(), 1);
    stage.registered("1.1.0", event);
    assert!(!stage.ask(&on_drift(1), |i| i.again = true).unwrap().triggered);
}

/// A clock that lets somebody else be first between the decision and the record.
struct Interrupting<'a> {
    stage: &'a Stage,
    rival: Mutex<Option<RetrainConfig>>,
}

impl Clock for Interrupting<'_> {
    fn now(&self) -> Timestamp {
        if let Some(config) = self.rival.lock().unwrap().take() {
            assert!(self.stage.retrain(&config).triggered);
        }
        self.stage.world.now()
    }

    fn sleep(&self, duration: Duration) {
        self.stage.world.sleep(duration);
    }
}

#[test]
fn of_two_at_once_one_triggers() {
    let stage = Stage::new();
    stage.drift();
    let config = on_drift(1);
    let clock = Interrupting { stage: &stage, rival: Mutex::new(Some(config.clone())) };
    let input = RetrainInput {
        reference: "acme@1.0.0".parse().unwrap(),
        config: &config,
        dry_run: false,
        again: false,
        origin: Origin::default(),
    };
    let outcome = run(&input, &stage.world, &stage.trigger, &clock, &|_| {}).unwrap();
    assert!(!outcome.triggered);
    assert_eq!(outcome.event, Some(stage.requests()[0].id));
    assert_eq!(stage.trigger.started.lock().unwrap().len(), 1);
}

#[test]
fn killed_at_every_call_it_requests_once() {
    for call in 1..=3 {
        for death in [Death::Before, Death::After] {
            let stage = Stage::new();
            stage.drift();
            stage.world.die_at(call, death);
            let killed = stage.ask(&on_drift(1), |_| {}).unwrap_err();
            assert_eq!(killed.kind(), ErrorKind::Internal);
            stage.world.revive();
            stage.ask(&on_drift(1), |i| i.again = true).unwrap();
            assert_eq!(stage.requests().len(), 1);
            assert_eq!(stage.trigger.started.lock().unwrap().len(), 1);
        }
    }
}
