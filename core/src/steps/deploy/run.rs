//! What `deploy` is asked, what it answers, and which way it goes: a new rollout, one carried on,
//! or nothing to do.

use jiff::Timestamp;

use super::engine::Engine;
use super::journal::{ATTEMPTS, Rollout};
use super::traffic::{all_to, slot};
use crate::domain::digest::Digest;
use crate::domain::endpoint::EndpointStatus;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::event::{RolloutStarted, What};
use crate::domain::name::{EndpointName, ModelName};
use crate::domain::record::{LoggedEvent, VersionRecord};
use crate::domain::reference::{ModelRef, Selector};
use crate::domain::rollout::{Analysis, Pinned, Plan, RolloutState, Stage};
use crate::domain::version::Version;
use crate::ports::clock::Clock;
use crate::ports::endpoint::{Endpoint, Load};
use crate::ports::registry::{Entry, Origin, Registry};

/// What to deploy, where, and how.
#[derive(Debug, Clone)]
pub struct DeployInput {
    /// The candidate.
    pub reference: ModelRef,
    /// The endpoint.
    pub endpoint: EndpointName,
    /// The steps of a new rollout; one that is carried on keeps its own.
    pub plan: Plan,
    /// Carry on what was interrupted or paused, instead of beginning.
    pub resume: bool,
    /// Who acts.
    pub origin: Origin,
}

/// A stage with its analysis.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The stage.
    pub stage: Stage,
    /// How it was judged.
    pub analysis: Analysis,
}

/// What serves after a deploy or a rollback.
#[derive(Debug, Clone, PartialEq)]
pub struct DeployOutcome {
    /// The endpoint.
    pub endpoint: EndpointName,
    /// Address for requests.
    pub url: String,
    /// The state that the rollout is in.
    pub state: RolloutState,
    /// What serves now; of a paused rollout, the stable version.
    pub live: Option<Pinned>,
    /// The rollout, where there was one.
    pub rollout: Option<Digest>,
    /// The stages that this run judged.
    pub analyses: Vec<Judged>,
    /// Why it is in this state, in plain words.
    pub reason: String,
}

/// Told as it happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// Something worth knowing, in plain words.
    Note(String),
    /// A rollout began, or is carried on.
    Started {
        /// Its id.
        rollout: Digest,
        /// What is to take over.
        candidate: Version,
        /// What serves now.
        stable: Option<Version>,
    },
    /// A stage was entered; the traffic is as it asks.
    Entered(Stage),
    /// A stage goes on.
    Waiting {
        /// The stage.
        stage: Stage,
        /// Requests that the candidate saw in it.
        requests: u64,
        /// Requests that it must see.
        min_requests: u64,
        /// Milliseconds in the stage.
        elapsed_ms: u64,
        /// Shortest stay, in milliseconds.
        bake_ms: u64,
    },
    /// A stage was judged.
    Judged(Judged),
    /// The rollout ended or paused.
    Ended {
        /// How.
        state: RolloutState,
        /// Why.
        reason: String,
    },
}

/// The ports that a rollout acts through.
#[derive(Clone, Copy)]
pub(crate) struct Ports<'a> {
    pub(crate) registry: &'a dyn Registry,
    pub(crate) endpoint: &'a dyn Endpoint,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) progress: &'a dyn Fn(&Update),
}

/// Deploys a version to an endpoint.
///
/// A version that serves everything already is finished: nothing is written. With `resume`, an
/// unfinished rollout of the endpoint is carried on; with none, the last state is reported.
///
/// # Errors
/// A conflict while another rollout is unfinished on the endpoint; an archived version; an
/// endpoint that serves another model; what the ports say. After an error in the middle the
/// endpoint goes on serving, and `resume` carries on.
pub fn run(
    input: &DeployInput,
    registry: &dyn Registry,
    endpoint: &dyn Endpoint,
    clock: &dyn Clock,
    progress: &dyn Fn(&Update),
) -> Result<DeployOutcome> {
    let ports = Ports { registry, endpoint, clock, progress };
    let record = registry.resolve(&input.reference)?;
    if input.resume {
        return resume(input, &record, ports);
    }
    if record.archived {
        return Err(Error::usage(format!("`{}@{}` is archived", record.model, record.version))
            .hint("take it out again first, or deploy another version"));
    }
    begin(input, &record, ports)
}

fn pinned(record: &VersionRecord) -> Pinned {
    Pinned { version: record.version.clone(), digest: record.digest }
}

fn begin(input: &DeployInput, record: &VersionRecord, ports: Ports<'_>) -> Result<DeployOutcome> {
    let candidate = pinned(record);
    for _ in 0..ATTEMPTS {
        let history = ports.registry.history(&record.model)?;
        let latest = Rollout::latest(&history, &input.endpoint);
        if let Some(open) = latest.as_ref().filter(|r| r.ended.is_none()) {
            return Err(in_flight(open, &record.model));
        }
        let status = ports.endpoint.status()?;
        serves(&status, &record.model, &input.endpoint)?;
        if is_live(&status, &candidate) {
            return Ok(already_live(input, status.url, candidate, latest));
        }
        let stable = secure_stable(&status, latest.as_ref(), &record.model, &candidate, ports)?;
        let started = RolloutStarted {
            endpoint: input.endpoint.clone(),
            candidate: candidate.clone(),
            stable,
            plan: input.plan.clone(),
        };
        match ports.registry.record(&entry(input, record, &history, started)) {
            Ok(logged) => return drive_new(input, &record.model, &logged, ports),
            Err(e) if e.kind() == ErrorKind::Conflict => {}
            Err(e) => return Err(e),
        }
    }
    Err(Error::conflict(format!("the history of `{}` does not stand still", record.model))
        .hint("others write to it all the time; run the same command again")
        .retryable())
}

fn entry(
    input: &DeployInput,
    record: &VersionRecord,
    history: &[LoggedEvent],
    started: RolloutStarted,
) -> Entry {
    let origin = Origin { cause: Some(cause(history, record)), ..input.origin.clone() };
    Entry {
        model: record.model.clone(),
        what: What::RolloutStarted(started),
        only_after: history.last().map(|e| e.id),
        origin,
    }
}

/// What led to the rollout: the newest promotion or validation of the candidate, else its
/// registration.
fn cause(history: &[LoggedEvent], record: &VersionRecord) -> Digest {
    let led = |logged: &&LoggedEvent| match &logged.event.what {
        What::Promoted(p) => p.version == record.version,
        What::Validated(v) => v.version == record.version,
        _ => false,
    };
    history.iter().rfind(led).map_or(record.event, |logged| logged.id)
}

fn drive_new(
    input: &DeployInput,
    model: &ModelName,
    logged: &LoggedEvent,
    ports: Ports<'_>,
) -> Result<DeployOutcome> {
    let rollout = Rollout::latest(std::slice::from_ref(logged), &input.endpoint)
        .ok_or_else(|| Error::internal("the registry gave back another event than was recorded"))?;
    Engine::new(rollout, model, &input.origin, ports).drive()
}

fn in_flight(open: &Rollout, model: &ModelName) -> Error {
    Error::conflict(format!(
        "rollout {} of `{model}@{}` on endpoint `{}` is {}",
        open.id.short(),
        open.started.candidate.version,
        open.started.endpoint,
        open.state().as_str()
    ))
    .hint(format!(
        "carry on with `outerloop deploy {model}@{version} --endpoint {endpoint} --resume`, or go \
         back with `outerloop rollback --endpoint {endpoint}`",
        version = open.started.candidate.version,
        endpoint = open.started.endpoint
    ))
}

/// Checks that the endpoint serves this model, or nothing yet.
pub(crate) fn serves(
    status: &EndpointStatus,
    model: &ModelName,
    endpoint: &EndpointName,
) -> Result<()> {
    match &status.model {
        Some(other) if other != model.as_str() => {
            Err(Error::conflict(format!("endpoint `{endpoint}` serves `{other}`, not `{model}`"))
                .hint("deploy to another endpoint: one endpoint serves one model"))
        }
        _ => Ok(()),
    }
}

fn is_live(status: &EndpointStatus, candidate: &Pinned) -> bool {
    status.traffic.weights == all_to(candidate).weights && answers(status, candidate)
}

fn already_live(
    input: &DeployInput,
    url: String,
    candidate: Pinned,
    latest: Option<Rollout>,
) -> DeployOutcome {
    let led =
        |r: &Rollout| r.ended.as_ref().is_some_and(|(_, e)| e.live.as_ref() == Some(&candidate));
    DeployOutcome {
        endpoint: input.endpoint.clone(),
        url,
        state: RolloutState::Finished,
        rollout: latest.filter(led).map(|r| r.id),
        reason: format!("{} serves everything already", candidate.version),
        live: Some(candidate),
        analyses: Vec::new(),
    }
}

/// What serves now and can be gone back to: of the other slots the one with the largest share, else
/// what the history says. It is loaded if it is not, and one that is proven not to load while it
/// does not answer either is no version to go back to.
///
/// # Errors
/// Every failure that proves nothing about the version: a timeout, an endpoint that does not answer,
/// a full disk. The candidate would skip its mirror and its steps otherwise.
fn secure_stable(
    status: &EndpointStatus,
    latest: Option<&Rollout>,
    model: &ModelName,
    candidate: &Pinned,
    ports: Ports<'_>,
) -> Result<Option<Pinned>> {
    let other = |weight: &(&String, &u8)| *weight.0 != slot(candidate);
    let busiest = status.traffic.weights.iter().filter(other).max_by_key(|(_, share)| **share);
    let serving = busiest.and_then(|(name, _)| status.slots.get(name)).map(|s| &s.pinned);
    let recorded = latest.and_then(|r| r.ended.as_ref()).and_then(|(_, e)| e.live.as_ref());
    let Some(stable) = serving.or(recorded).filter(|p| *p != candidate) else { return Ok(None) };
    match secure(status, model, stable, ports) {
        Ok(()) => Ok(Some(stable.clone())),
        Err(e) if is_lost(&e, stable, ports)? => {
            (ports.progress)(&Update::Note(format!(
                "{} neither answers nor can be loaded ({e}), so there is nothing to go back to",
                stable.version
            )));
            Ok(None)
        }
        Err(e) => Err(e.during(format!("keep the stable version {} loaded", stable.version))),
    }
}

/// Whether an error of loading speaks of the version itself (its package is gone or damaged, or the
/// model does not run) and the endpoint, asked again, does not have it answering.
fn is_lost(error: &Error, version: &Pinned, ports: Ports<'_>) -> Result<bool> {
    let of_the_version =
        matches!(error.kind(), ErrorKind::Input | ErrorKind::Integrity | ErrorKind::NotFound);
    if !of_the_version || error.is_retryable() {
        return Ok(false);
    }
    Ok(!answers(&ports.endpoint.status()?, version))
}

fn answers(status: &EndpointStatus, version: &Pinned) -> bool {
    status.slots.get(&slot(version)).is_some_and(|s| s.healthy && s.pinned == *version)
}

/// Makes sure that a version is loaded and answers, and that requests reach it if they reach
/// nothing else.
pub(crate) fn secure(
    status: &EndpointStatus,
    model: &ModelName,
    version: &Pinned,
    ports: Ports<'_>,
) -> Result<()> {
    if !answers(status, version) {
        ports.endpoint.load(&Load { model: model.clone(), pinned: version.clone() })?;
    }
    if status.traffic.weights.is_empty() {
        ports.endpoint.set_traffic(&all_to(version))?;
    }
    Ok(())
}

fn resume(input: &DeployInput, record: &VersionRecord, ports: Ports<'_>) -> Result<DeployOutcome> {
    let history = ports.registry.history(&record.model)?;
    let rollout = Rollout::latest(&history, &input.endpoint).ok_or_else(|| {
        Error::not_found(format!(
            "endpoint `{}` has had no rollout of `{}`",
            input.endpoint, record.model
        ))
        .hint("begin one: the same command without --resume")
    })?;
    let exact = matches!(input.reference.selector, Selector::Version(_) | Selector::Digest(_));
    if exact && rollout.ended.is_none() && rollout.started.candidate != pinned(record) {
        return Err(in_flight(&rollout, &record.model));
    }
    let status = ports.endpoint.status()?;
    serves(&status, &record.model, &input.endpoint)?;
    match &rollout.ended {
        Some(_) => Ok(outcome_of(&rollout, status.url)),
        None => Engine::new(rollout, &record.model, &input.origin, ports).drive(),
    }
}

/// The outcome that the history tells of a rollout.
pub(crate) fn outcome_of(rollout: &Rollout, url: String) -> DeployOutcome {
    let (live, reason) = match &rollout.ended {
        Some((_, ended)) => (ended.live.clone(), ended.reason.clone()),
        None => (rollout.started.stable.clone(), "the rollout is unfinished".to_owned()),
    };
    DeployOutcome {
        endpoint: rollout.started.endpoint.clone(),
        url,
        state: rollout.state(),
        live,
        rollout: Some(rollout.id),
        analyses: Vec::new(),
        reason,
    }
}

/// Milliseconds from `start` to `end`; never negative.
pub(crate) fn millis_between(start: Timestamp, end: Timestamp) -> u64 {
    u64::try_from(end.as_millisecond().saturating_sub(start.as_millisecond())).unwrap_or(0)
}
