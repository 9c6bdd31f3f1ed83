//! Lists rollouts as deployments on the server with the repository, beside the work: a server that
//! is slow, refuses or is down neither changes nor delays a rollout.

use std::sync::mpsc::{Receiver, channel};

use super::run::{DeployOutcome, Update};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::event::{RolloutStarted, What};
use crate::domain::name::ModelName;
use crate::domain::record::LoggedEvent;
use crate::domain::rollout::RolloutState;
use crate::domain::version::Version;
use crate::ports::forge::{Deployment, DeploymentState, Forge};
use crate::ports::host::{Annotation, Host, Level};
use crate::ports::registry::Registry;

/// Characters of a description; servers take few.
const MOST: usize = 140;

/// Where deployments are listed, and of what.
pub struct Deployments<'a> {
    /// The server; none: nothing is listed.
    pub forge: Option<&'a dyn Forge>,
    /// Where this runs.
    pub host: &'a dyn Host,
    /// Tells which rollout is about which version.
    pub registry: &'a dyn Registry,
    /// The model.
    pub model: ModelName,
    /// The environment, such as `production`.
    pub environment: String,
    /// The commit of this run, for versions whose own is not known.
    pub commit: Option<String>,
}

/// The verb that rolls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rolling {
    /// A candidate takes over, or goes back by itself.
    Deploy,
    /// An older version is asked for again, and serves.
    Rollback,
}

impl Deployments<'_> {
    /// Does `work`, which tells `tell` how far it is, and lists it meanwhile. Gives what `work`
    /// gives.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn around(
        &self,
        rolling: Rolling,
        tell: &dyn Fn(&Update),
        work: impl FnOnce(&dyn Fn(&Update)) -> Result<DeployOutcome>,
    ) -> Result<DeployOutcome> {
        let Some(forge) = self.forge else { return work(tell) };
        let (sender, listed) = channel();
        std::thread::scope(|scope| {
            scope.spawn(move || list(forge, self.host, &listed));
            let send = |deployment: Deployment| drop(sender.send(deployment));
            let outcome = work(&|update| {
                tell(update);
                if let Update::Started { rollout, .. } = update {
                    self.rollout(*rollout).and_then(|r| self.begun(&r)).into_iter().for_each(send);
                }
            });
            if let Ok(outcome) = &outcome {
                self.ended(outcome, rolling).into_iter().for_each(send);
            }
            drop(sender);
            outcome
        })
    }

    fn begun(&self, rollout: &Rollout) -> Option<Deployment> {
        let state = DeploymentState::InProgress;
        let key = rollout.id.to_string();
        self.deployment(rollout, &rollout.started.candidate.version, key, state)
    }

    fn ended(&self, outcome: &DeployOutcome, rolling: Rolling) -> Vec<Deployment> {
        let Some(rollout) = outcome.rollout.and_then(|id| self.rollout(id)) else {
            return Vec::new();
        };
        let state = match outcome.state {
            RolloutState::Finished => DeploymentState::Success,
            RolloutState::RolledBack => DeploymentState::Failure,
            RolloutState::Paused | RolloutState::Progressing => DeploymentState::InProgress,
        };
        let (key, candidate) = (rollout.id.to_string(), &rollout.started.candidate.version);
        let mut all = vec![self.deployment(&rollout, candidate, key.clone(), state)];
        if let (Rolling::Rollback, Some(live)) = (rolling, &outcome.live) {
            let state = DeploymentState::Success;
            all.push(self.deployment(&rollout, &live.version, format!("{key}-rollback"), state));
        }
        let described = |deployment: Deployment| Deployment {
            description: outcome.reason.chars().take(MOST).collect(),
            environment_url: Some(outcome.url.clone()),
            ..deployment
        };
        all.into_iter().flatten().map(described).collect()
    }

    fn deployment(
        &self,
        rollout: &Rollout,
        version: &Version,
        key: String,
        state: DeploymentState,
    ) -> Option<Deployment> {
        Some(Deployment {
            key,
            environment: self.environment.clone(),
            commit: trained_from(&rollout.history, version).or_else(|| self.commit.clone())?,
            what: format!("{}@{version}", self.model),
            state,
            description: format!("{version} is being rolled out"),
            environment_url: None,
            log_url: self.host.run_url(),
        })
    }

    fn rollout(&self, id: Digest) -> Option<Rollout> {
        let history = self.registry.history(&self.model).ok()?;
        let started = history.iter().find_map(|logged| match &logged.event.what {
            What::RolloutStarted(started) if logged.id == id => Some(started.clone()),
            _ => None,
        })?;
        Some(Rollout { id, started, history })
    }
}

struct Rollout {
    id: Digest,
    started: RolloutStarted,
    history: Vec<LoggedEvent>,
}

/// The commit that a version was trained from.
fn trained_from(history: &[LoggedEvent], version: &Version) -> Option<String> {
    history.iter().find_map(|logged| match &logged.event.what {
        What::Registered(r) if r.version == *version => r.commit.clone(),
        _ => None,
    })
}

/// Tells the server of each deployment until there are no more. What it may not, it does not try
/// again.
fn list(forge: &dyn Forge, host: &dyn Host, deployments: &Receiver<Deployment>) {
    for deployment in deployments {
        if let Err(e) = forge.deployment(&deployment) {
            host.annotate(&refused(&deployment, &e));
            if e.kind() == ErrorKind::Permission {
                return;
            }
        }
    }
}

fn refused(deployment: &Deployment, error: &Error) -> Annotation {
    let hint = error.hint_text().map(|hint| format!("\n{hint}")).unwrap_or_default();
    let level = match error.kind() {
        ErrorKind::Permission => Level::Notice,
        _ => Level::Warning,
    };
    Annotation {
        level,
        title: format!("the deployment of {} could not be listed", deployment.what),
        message: format!("{error}{hint}\nThe rollout is not affected."),
        place: None,
    }
}
