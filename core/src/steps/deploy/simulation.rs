//! A world to roll out in: a registry and an endpoint in memory, requests that come as time
//! passes, and a process that can die after any call to a port.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::domain::digest::Digest;
use crate::domain::endpoint::{
    EndpointStatus, PREDICTION_BINS, SlotCounters, SlotStatus, Traffic, latency_buckets_ms,
    prediction_bin,
};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::event::{Event, Promoted, Registered, What};
use crate::domain::name::ModelName;
use crate::domain::package::Format;
use crate::domain::record::{LoggedEvent, ModelRecord, ModelSummary, VersionRecord};
use crate::domain::reference::{ModelRef, Selector};
use crate::domain::rollout::Pinned;
use crate::domain::version::Version;
use crate::ports::clock::Clock;
use crate::ports::endpoint::{Endpoint, Load};
use crate::ports::registry::{
    Capabilities, Entry, Origin, PromoteOutcome, Promotion, RegisterOutcome, Registration,
    Registry, Verification,
};

/// How a version behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Behaviour {
    pub(crate) loads: bool,
    pub(crate) error_rate: f64,
    /// Median latency; log-normal with σ = 0.4.
    pub(crate) median_ms: f64,
    /// Predictions are the logistic function of a normal variable with this mean.
    pub(crate) mean: f64,
}

pub(crate) const GOOD: Behaviour =
    Behaviour { loads: true, error_rate: 0.001, median_ms: 15.0, mean: -0.5 };

/// Whether the process dies before or after the call does its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    Before,
    After,
}

type Hook = Box<dyn FnOnce(&World) + Send>;

struct State {
    rng: StdRng,
    buckets: Vec<f64>,
    now: Timestamp,
    sleeps: u64,
    requests_per_second: f64,
    owed: f64,
    history: Vec<LoggedEvent>,
    versions: Vec<VersionRecord>,
    behaviours: BTreeMap<String, Behaviour>,
    slots: BTreeMap<String, SlotStatus>,
    counters: BTreeMap<String, SlotCounters>,
    traffic: Traffic,
    shares: Vec<Traffic>,
    failed: u64,
    calls: u64,
    death: Option<(u64, Death)>,
    load_failure: ErrorKind,
    dead: bool,
    hook: Option<(u64, Hook)>,
}

/// The world.
pub(crate) struct World(Mutex<State>);

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new(State {
            rng: StdRng::seed_from_u64(seed),
            buckets: latency_buckets_ms(),
            now: "2026-01-01T00:00:00Z".parse().unwrap(),
            sleeps: 0,
            requests_per_second: 50.0,
            owed: 0.0,
            history: Vec::new(),
            versions: Vec::new(),
            behaviours: BTreeMap::new(),
            slots: BTreeMap::new(),
            counters: BTreeMap::new(),
            traffic: Traffic::default(),
            shares: Vec::new(),
            failed: 0,
            calls: 0,
            death: None,
            load_failure: ErrorKind::Input,
            dead: false,
            hook: None,
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Registers the next version and promotes it to `champion`.
    pub(crate) fn add(&self, version: &str, behaviour: Behaviour) {
        let mut state = self.state();
        let digest = Digest::of(version.as_bytes());
        let registered = Registered {
            version: version.parse().unwrap(),
            digest,
            uri: "memory".to_owned(),
            format: Format::Onnx,
            bytes: 1,
            commit: None,
        };
        let logged = state.append(What::Registered(registered), &Origin::default());
        let record = VersionRecord {
            model: model(),
            version: version.parse().unwrap(),
            digest,
            uri: "memory".to_owned(),
            format: Format::Onnx,
            bytes: 1,
            registered: state.now,
            event: logged.id,
            archived: false,
        };
        state.versions.push(record);
        let promoted = Promoted {
            alias: "champion".parse().unwrap(),
            version: version.parse().unwrap(),
            previous: None,
        };
        state.append(What::Promoted(promoted), &Origin::default());
        state.behaviours.insert(version.to_owned(), behaviour);
    }

    pub(crate) fn note(&self, what: What, origin: &Origin) -> LoggedEvent {
        self.state().append(what, origin)
    }

    pub(crate) fn behave(&self, version: &str, behaviour: Behaviour) {
        self.state().behaviours.insert(version.to_owned(), behaviour);
    }

    /// What kind of error a version that does not load gives.
    pub(crate) fn loading_fails_with(&self, kind: ErrorKind) {
        self.state().load_failure = kind;
    }

    /// A slot is gone, as after a start of the endpoint that could not load it.
    pub(crate) fn lose_slot(&self, slot: &str) {
        let mut state = self.state();
        state.slots.remove(slot);
        state.traffic = Traffic::default();
        state.shares.clear();
    }

    pub(crate) fn archive(&self, version: &str) {
        let mut state = self.state();
        let version: Version = version.parse().unwrap();
        state.versions.iter_mut().filter(|v| v.version == version).for_each(|v| v.archived = true);
    }

    pub(crate) fn requests_per_second(&self, rate: f64) {
        self.state().requests_per_second = rate;
    }

    pub(crate) fn events(&self) -> Vec<LoggedEvent> {
        self.state().history.clone()
    }

    /// Every share-out that was set, in order.
    pub(crate) fn shares(&self) -> Vec<Traffic> {
        self.state().shares.clone()
    }

    pub(crate) fn traffic(&self) -> Traffic {
        self.state().traffic.clone()
    }

    pub(crate) fn set_slot_health(&self, slot: &str, healthy: bool) {
        if let Some(held) = self.state().slots.get_mut(slot) {
            held.healthy = healthy;
            held.problem = (!healthy).then(|| "connection refused".to_owned());
        }
    }

    pub(crate) fn loaded(&self) -> Vec<String> {
        self.state().slots.keys().cloned().collect()
    }

    /// Requests of users that failed.
    pub(crate) fn failed(&self) -> u64 {
        self.state().failed
    }

    pub(crate) fn calls(&self) -> u64 {
        self.state().calls
    }

    /// The process dies at the call with this number from now, and stays dead.
    pub(crate) fn die_at(&self, call: u64, death: Death) {
        let mut state = self.state();
        state.death = Some((state.calls + call, death));
    }

    pub(crate) fn revive(&self) {
        let mut state = self.state();
        state.death = None;
        state.dead = false;
    }

    /// Does something while the n-th wait from now goes on.
    pub(crate) fn during_wait(&self, n: u64, hook: impl FnOnce(&Self) + Send + 'static) {
        let mut state = self.state();
        let at = state.sleeps + n;
        state.hook = Some((at, Box::new(hook)));
    }

    /// The server starts again: what is loaded stays, the counters begin at zero.
    pub(crate) fn restart_server(&self) {
        let mut state = self.state();
        state.counters.values_mut().for_each(|c| *c = SlotCounters::default());
    }

    /// One call to a port, which may be the process's last.
    fn call<T>(&self, act: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        let mut state = self.state();
        state.calls += 1;
        let died = || Error::internal("the process was killed");
        if state.dead {
            return Err(died());
        }
        let fatal = state.death.filter(|(at, _)| state.calls >= *at).map(|(_, death)| death);
        state.dead = fatal.is_some();
        if fatal == Some(Death::Before) {
            return Err(died());
        }
        let answer = act(&mut state);
        state.check();
        if fatal.is_some() { Err(died()) } else { answer }
    }
}

pub(crate) fn model() -> ModelName {
    "acme".parse().unwrap()
}

impl State {
    fn append(&mut self, what: What, origin: &Origin) -> LoggedEvent {
        self.now += Duration::from_millis(1);
        let event = Event {
            model: model(),
            sequence: self.history.len() as u64 + 1,
            previous: self.history.last().map(|e| e.id),
            time: self.now,
            actor: origin.actor.clone(),
            run: origin.run.clone(),
            cause: origin.cause,
            what,
        };
        let logged = LoggedEvent { id: event.id().unwrap(), event };
        self.history.push(logged.clone());
        logged
    }

    /// What must hold at every moment: the shares sum to 100 and go to loaded slots that can
    /// answer, and an endpoint that has served goes on serving.
    fn check(&self) {
        let weights = &self.traffic.weights;
        if !weights.is_empty() || !self.shares.is_empty() {
            assert_eq!(weights.values().map(|w| u32::from(*w)).sum::<u32>(), 100, "{weights:?}");
        }
        let targets = weights.keys().chain(self.traffic.mirror.iter().map(|m| &m.slot));
        for slot in targets {
            assert!(self.slots.contains_key(slot), "{slot} is not loaded: {:?}", self.traffic);
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.owed += time.as_secs_f64() * self.requests_per_second;
        while self.owed >= 1.0 {
            self.owed -= 1.0;
            self.one_request();
        }
    }

    fn one_request(&mut self) {
        let mut ticket = self.rng.random_range(0..100u8);
        let weights = self.traffic.weights.clone();
        for (slot, weight) in &weights {
            if ticket < *weight {
                if self.answer(slot) {
                    self.failed += 1;
                }
                break;
            }
            ticket -= weight;
        }
        if let Some(mirror) = self.traffic.mirror.clone()
            && self.rng.random_range(0..100u8) < mirror.percent
        {
            self.answer(&mirror.slot);
        }
    }

    fn answer(&mut self, slot: &str) -> bool {
        let behaviour = self.behaviours[slot];
        let failed = !self.slots[slot].healthy || self.rng.random_bool(behaviour.error_rate);
        let ms = behaviour.median_ms * (0.4 * self.normal()).exp();
        let logit = behaviour.mean + self.normal();
        let bucket = self.buckets.partition_point(|b| *b < ms);
        let counters = self.counters.entry(slot.to_owned()).or_default();
        counters.latency.resize(49, 0);
        counters.predictions.resize(PREDICTION_BINS, 0);
        counters.requests += 1;
        counters.latency[bucket] += 1;
        if failed {
            counters.errors += 1;
        } else {
            counters.predictions[prediction_bin(1.0 / (1.0 + (-logit).exp()))] += 1;
        }
        failed
    }

    /// Box and Muller's method.
    fn normal(&mut self) -> f64 {
        let (u, v): (f64, f64) = (self.rng.random(), self.rng.random());
        (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        self.state().now
    }

    fn sleep(&self, duration: Duration) {
        let hook = {
            let mut state = self.state();
            state.pass(duration);
            state.sleeps += 1;
            let due = state.hook.as_ref().is_some_and(|(at, _)| state.sleeps >= *at);
            if due { state.hook.take() } else { None }
        };
        if let Some((_, hook)) = hook {
            hook(self);
        }
    }
}

impl Endpoint for World {
    fn status(&self) -> Result<EndpointStatus> {
        self.call(|state| {
            Ok(EndpointStatus {
                url: "http://localhost:1".to_owned(),
                model: (!state.slots.is_empty()).then(|| model().to_string()),
                slots: state.slots.clone(),
                traffic: state.traffic.clone(),
            })
        })
    }

    fn load(&self, load: &Load) -> Result<SlotStatus> {
        self.call(|state| {
            let slot = load.pinned.version.to_string();
            if !state.behaviours[&slot].loads {
                return Err(Error::new(state.load_failure, "the model file is damaged"));
            }
            let pinned = load.pinned.clone();
            let held = SlotStatus { pinned, healthy: true, problem: None, restarts: 0 };
            Ok(state.slots.entry(slot).or_insert(held).clone())
        })
    }

    fn set_traffic(&self, traffic: &Traffic) -> Result<()> {
        self.call(|state| {
            if state.traffic != *traffic {
                state.shares.push(traffic.clone());
            }
            state.traffic = traffic.clone();
            Ok(())
        })
    }

    fn counters(&self) -> Result<BTreeMap<String, SlotCounters>> {
        self.call(|state| Ok(state.counters.clone()))
    }

    fn unload(&self, slot: &str) -> Result<()> {
        self.call(|state| {
            state.slots.remove(slot);
            state.counters.remove(slot);
            Ok(())
        })
    }
}

fn not_simulated<T>() -> Result<T> {
    Err(Error::new(ErrorKind::Unsupported, "not part of the simulation"))
}

impl Registry for World {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            compare_and_swap: true,
            immutable: true,
            verifiable_history: false,
            notes: Vec::new(),
        }
    }

    fn models(&self) -> Result<Vec<ModelSummary>> {
        not_simulated()
    }

    fn model(&self, _: &ModelName) -> Result<ModelRecord> {
        not_simulated()
    }

    fn resolve(&self, reference: &ModelRef) -> Result<VersionRecord> {
        self.call(|state| {
            let found = match &reference.selector {
                Selector::Version(v) => state.versions.iter().find(|r| r.version == *v),
                _ => state.versions.last(),
            };
            found.cloned().ok_or_else(|| Error::not_found(format!("no version `{reference}`")))
        })
    }

    fn register(&self, _: &Registration) -> Result<RegisterOutcome> {
        not_simulated()
    }

    fn promote(&self, _: &Promotion) -> Result<PromoteOutcome> {
        not_simulated()
    }

    fn set_archived(
        &self,
        _: &ModelName,
        _: &Version,
        _: bool,
        _: &Origin,
    ) -> Result<VersionRecord> {
        not_simulated()
    }

    fn record(&self, entry: &Entry) -> Result<LoggedEvent> {
        self.call(|state| {
            if entry.only_after.is_some() && entry.only_after != state.history.last().map(|e| e.id)
            {
                return Err(Error::conflict("the history moved on"));
            }
            Ok(state.append(entry.what.clone(), &entry.origin))
        })
    }

    fn may_adopt(&self, _: &[LoggedEvent]) -> Result<()> {
        not_simulated()
    }

    fn adopt(&self, _: &[LoggedEvent]) -> Result<u64> {
        not_simulated()
    }

    fn history(&self, _: &ModelName) -> Result<Vec<LoggedEvent>> {
        self.call(|state| Ok(state.history.clone()))
    }

    fn verify(&self) -> Result<Verification> {
        not_simulated()
    }

    fn check_writable(&self) -> Result<()> {
        Ok(())
    }
}

/// A version as the world pins it.
pub(crate) fn pinned(version: &str) -> Pinned {
    Pinned { version: version.parse().unwrap(), digest: Digest::of(version.as_bytes()) }
}
