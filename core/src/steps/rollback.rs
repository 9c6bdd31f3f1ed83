//! `rollback`: an endpoint goes back to its last good version.

use super::deploy::Ports;
use super::deploy::journal::{Journal, Rollout};
use super::deploy::traffic::{all_to, slot};
use super::deploy::{DeployOutcome, Update, outcome_of, secure, serves};
use crate::domain::endpoint::EndpointStatus;
use crate::domain::error::{Error, Result};
use crate::domain::event::{RolloutEnded, What};
use crate::domain::name::{EndpointName, ModelName};
use crate::domain::record::LoggedEvent;
use crate::domain::rollout::{Pinned, RolloutState};
use crate::ports::clock::Clock;
use crate::ports::endpoint::Endpoint;
use crate::ports::registry::{Origin, Registry};

/// What to take back, and where.
#[derive(Debug, Clone)]
pub struct RollbackInput {
    /// The endpoint.
    pub endpoint: EndpointName,
    /// The model; left out, the one that the endpoint serves.
    pub model: Option<ModelName>,
    /// Who acts.
    pub origin: Origin,
}

/// Takes an endpoint back.
///
/// An unfinished rollout goes back to its stable version; a finished one to the version that it
/// replaced. A rollout that went back already stays there: asked twice, nothing more happens. The
/// version gone back to is proven to load before anything changes.
///
/// # Errors
/// Nothing to go back to; the version does not load; what the ports say.
pub fn run(
    input: &RollbackInput,
    registry: &dyn Registry,
    endpoint: &dyn Endpoint,
    clock: &dyn Clock,
    progress: &dyn Fn(&Update),
) -> Result<DeployOutcome> {
    let ports = Ports { registry, endpoint, clock, progress };
    let status = endpoint.status()?;
    let model = model(input, &status)?;
    let history = registry.history(&model)?;
    let rollout = Rollout::latest(&history, &input.endpoint)
        .ok_or_else(|| nothing(&input.endpoint, &model, "it has had no rollout"))?;
    let target = target(&rollout, &history, &model)?;
    secure(&status, &model, &target, ports)
        .map_err(|e| e.during(format!("prove that {} loads", target.version)))?;
    endpoint.set_traffic(&all_to(&target))?;
    if rollout.state() == RolloutState::RolledBack {
        return Ok(outcome_of(&rollout, status.url));
    }
    take_back(input, &model, &rollout, target, ports)
}

fn model(input: &RollbackInput, status: &EndpointStatus) -> Result<ModelName> {
    if let Some(model) = &input.model {
        serves(status, model, &input.endpoint)?;
        return Ok(model.clone());
    }
    match &status.model {
        Some(name) => name.parse(),
        None => Err(Error::not_found(format!("endpoint `{}` serves no model", input.endpoint))
            .hint("name the model, or deploy one first")),
    }
}

fn nothing(endpoint: &EndpointName, model: &ModelName, why: &str) -> Error {
    Error::not_found(format!(
        "endpoint `{endpoint}` has no version of `{model}` to go back to: {why}"
    ))
    .hint("deploy a version that is good: `outerloop deploy NAME@VERSION --endpoint NAME`")
}

fn target(rollout: &Rollout, history: &[LoggedEvent], model: &ModelName) -> Result<Pinned> {
    let endpoint = &rollout.started.endpoint;
    if let Some((RolloutState::RolledBack, ended)) = &rollout.ended {
        let why = "its only rollout went back already";
        return ended.live.clone().ok_or_else(|| nothing(endpoint, model, why));
    }
    let current = &rollout.started.candidate;
    let finished = history.iter().rev().find_map(|logged| match &logged.event.what {
        What::RolloutFinished(e) if e.endpoint == *endpoint => {
            e.live.clone().filter(|live| live != current)
        }
        _ => None,
    });
    let why = "no other version was live on it";
    rollout.started.stable.clone().or(finished).ok_or_else(|| nothing(endpoint, model, why))
}

fn take_back(
    input: &RollbackInput,
    model: &ModelName,
    rollout: &Rollout,
    target: Pinned,
    ports: Ports<'_>,
) -> Result<DeployOutcome> {
    let left = slot(&rollout.started.candidate);
    let reason = format!("rolled back from {left} to {} on request", target.version);
    let mut journal = Journal::of(rollout, ports.registry, model, &input.origin);
    let written = journal.append(&What::RolloutRolledBack(RolloutEnded {
        rollout: rollout.id,
        endpoint: input.endpoint.clone(),
        live: Some(target.clone()),
        reason: reason.clone(),
    }))?;
    if !written {
        return Err(Error::conflict(format!(
            "the rollout on endpoint `{}` was ended by another process meanwhile",
            input.endpoint
        ))
        .hint("look at `outerloop history`, and run rollback again if it is still wanted"));
    }
    ports.endpoint.set_traffic(&all_to(&target))?;
    if let Err(e) = ports.endpoint.unload(&left) {
        (ports.progress)(&Update::Note(format!("slot {left} stays loaded: {e}")));
    }
    let state = RolloutState::RolledBack;
    (ports.progress)(&Update::Ended { state, reason: reason.clone() });
    Ok(DeployOutcome {
        endpoint: input.endpoint.clone(),
        url: ports.endpoint.status()?.url,
        state,
        live: Some(target),
        rollout: Some(rollout.id),
        analyses: Vec::new(),
        reason,
    })
}
