//! A rollout in the history: read back, and written ahead.

use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::event::{RolloutEnded, RolloutStarted, RolloutStep, What};
use crate::domain::name::{EndpointName, ModelName};
use crate::domain::record::LoggedEvent;
use crate::domain::rollout::{RolloutState, Stage};
use crate::domain::verdict::Verdict;
use crate::ports::registry::{Entry, Origin, Registry};

/// Times that a lost compare-and-swap is tried again.
pub(crate) const ATTEMPTS: usize = 16;

/// A rollout as the history tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rollout {
    /// Id of its `rollout-started` event.
    pub id: Digest,
    /// What was started.
    pub started: RolloutStarted,
    /// Its steps, written ahead and judged, in order.
    pub steps: Vec<RolloutStep>,
    /// How it ended, unless it is unfinished.
    pub ended: Option<(RolloutState, RolloutEnded)>,
    /// Id of its newest event.
    pub newest: Digest,
}

impl Rollout {
    /// The newest rollout of an endpoint.
    pub fn latest(history: &[LoggedEvent], endpoint: &EndpointName) -> Option<Self> {
        let mut latest = None;
        for logged in history {
            match &logged.event.what {
                What::RolloutStarted(started) if started.endpoint == *endpoint => {
                    latest = Some(Self {
                        id: logged.id,
                        started: started.clone(),
                        steps: Vec::new(),
                        ended: None,
                        newest: logged.id,
                    });
                }
                what => {
                    if let Some(rollout) = &mut latest {
                        rollout.add(logged.id, what);
                    }
                }
            }
        }
        latest
    }

    fn add(&mut self, id: Digest, what: &What) {
        match what {
            What::RolloutStep(step) if step.rollout == self.id => self.steps.push(step.clone()),
            What::RolloutFinished(end) if end.rollout == self.id => {
                self.ended = Some((RolloutState::Finished, end.clone()));
            }
            What::RolloutRolledBack(end) if end.rollout == self.id => {
                self.ended = Some((RolloutState::RolledBack, end.clone()));
            }
            _ => return,
        }
        self.newest = id;
    }

    /// Where it stands.
    pub fn state(&self) -> RolloutState {
        if let Some((state, _)) = &self.ended {
            return *state;
        }
        let waiting = |step: &RolloutStep| {
            step.analysis.as_ref().is_some_and(|a| a.verdict == Verdict::Inconclusive)
        };
        if self.steps.last().is_some_and(waiting) {
            RolloutState::Paused
        } else {
            RolloutState::Progressing
        }
    }

    /// Why it must go back: the reasons of a step that failed.
    pub fn failure(&self) -> Option<String> {
        self.steps
            .iter()
            .filter_map(|s| s.analysis.as_ref())
            .find(|a| a.verdict == Verdict::Fail)
            .map(|a| a.reasons.join("; "))
    }

    /// The stages of `all` that are still to be taken: from the last one that was begun, or after
    /// it when it passed.
    pub fn remaining<'a>(&self, all: &'a [Stage]) -> &'a [Stage] {
        let Some(last) = self.steps.iter().rfind(|s| s.stage != Stage::Prove) else { return all };
        let Some(at) = all.iter().position(|s| *s == last.stage) else { return all };
        let passed = last.analysis.as_ref().is_some_and(|a| a.verdict == Verdict::Pass);
        &all[at + usize::from(passed)..]
    }
}

/// Writes the events of one rollout, and notices when somebody else writes them too: whoever wrote
/// last owns the rollout.
pub struct Journal<'a> {
    registry: &'a dyn Registry,
    model: ModelName,
    endpoint: EndpointName,
    rollout: Digest,
    newest: Digest,
    origin: Origin,
}

impl<'a> Journal<'a> {
    /// Takes a rollout over.
    pub fn of(
        rollout: &Rollout,
        registry: &'a dyn Registry,
        model: &ModelName,
        origin: &Origin,
    ) -> Self {
        Self {
            registry,
            model: model.clone(),
            endpoint: rollout.started.endpoint.clone(),
            rollout: rollout.id,
            newest: rollout.newest,
            origin: Origin { cause: Some(rollout.id), ..origin.clone() },
        }
    }

    /// The rollout's id.
    pub fn rollout(&self) -> Digest {
        self.rollout
    }

    /// Appends an event of the rollout. False: the rollout was ended by somebody else, and nothing
    /// was written.
    ///
    /// # Errors
    /// A conflict when another process carries the rollout on; what the registry says.
    pub fn append(&mut self, what: &What) -> Result<bool> {
        for _ in 0..ATTEMPTS {
            let history = self.registry.history(&self.model)?;
            if !self.owns(&history)? {
                return Ok(false);
            }
            let entry = Entry {
                model: self.model.clone(),
                what: what.clone(),
                only_after: history.last().map(|e| e.id),
                origin: self.origin.clone(),
            };
            match self.registry.record(&entry) {
                Ok(logged) => {
                    self.newest = logged.id;
                    return Ok(true);
                }
                Err(e) if e.kind() == ErrorKind::Conflict => {}
                Err(e) => return Err(e),
            }
        }
        Err(Error::conflict(format!("the history of `{}` does not stand still", self.model))
            .hint("others write to it all the time; run the same command with --resume")
            .retryable())
    }

    /// Whether this process still owns the rollout; false: somebody else ended it.
    ///
    /// # Errors
    /// As for [`Journal::append`].
    pub fn is_open(&self) -> Result<bool> {
        self.owns(&self.registry.history(&self.model)?)
    }

    fn owns(&self, history: &[LoggedEvent]) -> Result<bool> {
        match Rollout::latest(history, &self.endpoint) {
            Some(latest) if latest.id == self.rollout && latest.newest == self.newest => Ok(true),
            Some(latest) if latest.id == self.rollout && latest.ended.is_none() => {
                Err(Error::conflict(format!(
                    "another process carries on the rollout {} on endpoint `{}`",
                    self.rollout.short(),
                    self.endpoint
                ))
                .hint("wait for it, or look at it with `outerloop history`"))
            }
            _ => Ok(false),
        }
    }
}
