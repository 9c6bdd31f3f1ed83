//! What `retrain` is asked, what it answers, and how a request is recorded before it is acted on.

use super::decision::{Decision, decide};
use crate::config::env;
use crate::config::valid::RetrainConfig;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::event::{Monitored, RetrainRequested, What};
use crate::domain::record::{LoggedEvent, VersionRecord};
use crate::domain::reference::ModelRef;
use crate::domain::retrain::Reason;
use crate::ports::clock::Clock;
use crate::ports::registry::{Entry, Origin, Registry};
use crate::ports::trigger::{Started, TrainingRequest, Trigger};

const ATTEMPTS: usize = 16;

/// Whether to train which model again, by which policy.
#[derive(Debug, Clone)]
pub struct RetrainInput<'a> {
    /// The version that a training would replace: the champion.
    pub reference: ModelRef,
    /// The policy.
    pub config: &'a RetrainConfig,
    /// Decide and explain, but record and start nothing.
    pub dry_run: bool,
    /// Start the training again of a request that led to no version.
    pub again: bool,
    /// Who acts.
    pub origin: Origin,
}

/// A request that is recorded, told before its training is started and again once it is.
#[derive(Debug, Clone, Copy)]
pub struct Requested<'a> {
    /// The version that is to be replaced.
    pub champion: &'a VersionRecord,
    /// The `retrain-requested` event.
    pub event: Digest,
    /// Why.
    pub reasons: &'a [Reason],
    /// The newest monitoring that the reasons rest on.
    pub monitored: Option<&'a Monitored>,
    /// How far the training is.
    pub training: Training<'a>,
}

/// How far the training of a request is.
#[derive(Debug, Clone, Copy)]
pub enum Training<'a> {
    /// It is about to be started.
    Ahead,
    /// It was started.
    Started(&'a Started),
    /// It could not be started, or failed.
    Failed(&'a Error),
}

/// What was decided and done.
#[derive(Debug, Clone, PartialEq)]
pub struct RetrainOutcome {
    /// A training was started.
    pub triggered: bool,
    /// A training is due; in a dry run it was not started.
    pub due: bool,
    /// The conditions that are met.
    pub reasons: Vec<Reason>,
    /// The `retrain-requested` event: the new one, or the earlier one for the same evidence.
    pub event: Option<Digest>,
    /// The training that was started.
    pub started: Option<Started>,
    /// Each condition and guard in plain words, then what was done.
    pub explanation: Vec<String>,
}

/// Decides whether to train again, records the request, and starts the training.
///
/// The same evidence is requested once: asked again, the outcome names the earlier event. `tell` is
/// told of a request before its training is started, and again once it is.
///
/// # Errors
/// What the registry says; a training that could not be started or failed: the request stays
/// recorded, and the hint says how to start it by hand.
pub fn run(
    input: &RetrainInput<'_>,
    registry: &dyn Registry,
    trigger: &dyn Trigger,
    clock: &dyn Clock,
    tell: &dyn Fn(&Requested<'_>),
) -> Result<RetrainOutcome> {
    for _ in 0..ATTEMPTS {
        let champion = registry.resolve(&input.reference)?;
        let history = registry.history(&champion.model)?;
        let selector = &input.reference.selector;
        let decision = decide(input.config, &champion, selector, &history, clock.now())?;
        let again = decision.requested.filter(|_| input.again && decision.unanswered);
        if input.dry_run || (again.is_none() && !decision.due) {
            return not_started(input, &champion, decision, trigger);
        }
        let start = |event| start(&champion, decision.clone(), &history, event, trigger, tell);
        if let Some(event) = again {
            return start(event);
        }
        match registry.record(&entry(input, &champion, &history, &decision, trigger)) {
            Ok(logged) => return start(logged.id),
            Err(e) if e.kind() == ErrorKind::Conflict => {}
            Err(e) => return Err(e),
        }
    }
    Err(Error::conflict(format!("the history of `{}` does not stand still", input.reference.model))
        .hint("others write to it all the time; run the same command again")
        .retryable())
}

fn entry(
    input: &RetrainInput<'_>,
    champion: &VersionRecord,
    history: &[LoggedEvent],
    decision: &Decision,
    trigger: &dyn Trigger,
) -> Entry {
    let cause = decision.newest.unwrap_or(champion.event);
    Entry {
        model: champion.model.clone(),
        what: What::RetrainRequested(RetrainRequested {
            version: champion.version.clone(),
            reasons: decision.reasons.clone(),
            evidence: decision.evidence,
            trigger: trigger.name().to_owned(),
        }),
        only_after: history.last().map(|e| e.id),
        origin: Origin { cause: Some(cause), ..input.origin.clone() },
    }
}

fn not_started(
    input: &RetrainInput<'_>,
    champion: &VersionRecord,
    decision: Decision,
    trigger: &dyn Trigger,
) -> Result<RetrainOutcome> {
    let mut explanation = decision.explanation;
    explanation.push(if decision.due {
        // There is no event yet; the digest of the evidence stands for it.
        let (model, event) = (champion.model.clone(), decision.evidence);
        let request = TrainingRequest { model, event, reasons: decision.reasons.clone() };
        let preview = trigger.preview(&request).map_err(|e| {
            e.during("a training is due, but the server cannot say what it would start")
        })?;
        format!("a training is due; without --dry-run: {preview}")
    } else if decision.requested.is_some() && decision.unanswered && !input.again {
        "nothing is started; no version came of the earlier request: --again starts its training \
         once more"
            .to_owned()
    } else {
        "nothing is started".to_owned()
    });
    Ok(RetrainOutcome {
        triggered: false,
        due: decision.due,
        reasons: decision.reasons,
        event: decision.requested,
        started: None,
        explanation,
    })
}

fn start(
    champion: &VersionRecord,
    decision: Decision,
    history: &[LoggedEvent],
    event: Digest,
    trigger: &dyn Trigger,
    tell: &dyn Fn(&Requested<'_>),
) -> Result<RetrainOutcome> {
    let reasons = &decision.reasons;
    let monitored = monitored(history, decision.newest);
    let requested = Requested { champion, event, reasons, monitored, training: Training::Ahead };
    tell(&requested);
    let (model, reasons) = (champion.model.clone(), decision.reasons.clone());
    let started = trigger.start(&TrainingRequest { model, event, reasons }).map_err(|e| {
        tell(&Requested { training: Training::Failed(&e), ..requested });
        let because = e.hint_text().map(|h| format!("{h}; ")).unwrap_or_default();
        Error::new(e.kind(), format!("the training that event {event} asks for failed: {e}"))
            .hint(format!(
                "{because}the request stays recorded: run `retrain --again`, or train by hand with \
                 {}={event} in the environment",
                env::EVENT
            ))
            .caused_by(e)
    })?;
    tell(&Requested { training: Training::Started(&started), ..requested });
    let mut explanation = decision.explanation;
    explanation.push(format!("started: {}", started.run));
    Ok(RetrainOutcome {
        triggered: true,
        due: true,
        reasons: decision.reasons,
        event: Some(event),
        started: Some(started),
        explanation,
    })
}

fn monitored(history: &[LoggedEvent], id: Option<Digest>) -> Option<&Monitored> {
    let logged = history.iter().find(|logged| Some(logged.id) == id)?;
    match &logged.event.what {
        What::Monitored(found) => Some(found),
        _ => None,
    }
}
