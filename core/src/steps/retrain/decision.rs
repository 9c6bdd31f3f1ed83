//! The decision: from a history, a policy and a time to yes or no, with the reasons. Pure.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::guards;
use super::rules;
use crate::config::valid::RetrainConfig;
use crate::domain::canonical;
use crate::domain::digest::Digest;
use crate::domain::error::Result;
use crate::domain::event::What;
use crate::domain::record::{LoggedEvent, VersionRecord};
use crate::domain::reference::Selector;
use crate::domain::retrain::Reason;

/// Whether to train again, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// A training is to be started.
    pub due: bool,
    /// The conditions that are met.
    pub reasons: Vec<Reason>,
    /// Digest of the evidence: the champion, the met conditions and the windows that they rest on.
    pub evidence: Digest,
    /// The request that was made for the same evidence before.
    pub requested: Option<Digest>,
    /// That request led to no version.
    pub unanswered: bool,
    /// The newest monitored event that a met condition rests on.
    pub newest: Option<Digest>,
    /// Each condition and each guard with its numbers, and whether it is met.
    pub explanation: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Evidence<'a> {
    champion: Digest,
    version: &'a crate::domain::version::Version,
    conditions: Vec<&'static str>,
    windows: BTreeSet<Digest>,
}

/// Decides from the history alone. `selector` is how the champion was named: with an alias, only
/// data monitored since it was promoted to that alias counts.
///
/// # Errors
/// Only when the evidence has no canonical JSON, which cannot happen.
pub fn decide(
    config: &RetrainConfig,
    champion: &VersionRecord,
    selector: &Selector,
    history: &[LoggedEvent],
    now: Timestamp,
) -> Result<Decision> {
    let after = took_over(history, champion, selector);
    let windows = rules::windows(history, &champion.version, after);
    let answers = rules::ask(config, &windows, champion.registered, now);
    let met: Vec<&rules::Answer> = answers.iter().filter(|a| a.met).collect();
    let evidence = Digest::of(&canonical::to_bytes(&Evidence {
        champion: champion.digest,
        version: &champion.version,
        conditions: met.iter().map(|a| a.code).collect(),
        windows: met.iter().flat_map(|a| a.windows.iter().copied()).collect(),
    })?);
    let requested =
        guards::requests(history).rfind(|(_, r)| r.evidence == evidence).map(|(l, _)| l.id);
    let guards = guards::ask(config, history, now);
    let word = |yes: bool, no: &'static str| if yes { "yes" } else { no };
    let mut explanation: Vec<String> = answers
        .iter()
        .map(|a| format!("{}: {}: {}", a.code, word(a.met, "no"), a.text))
        .chain(guards.iter().map(|g| format!("{}: {}", word(g.open, "held back"), g.text)))
        .collect();
    explanation.extend(
        requested
            .filter(|_| !met.is_empty())
            .map(|id| format!("already requested: event {id} asked for it with the same evidence")),
    );
    let due = !met.is_empty() && requested.is_none() && guards.iter().all(|g| g.open);
    Ok(Decision {
        due,
        reasons: met.iter().map(|a| a.reason()).collect(),
        evidence,
        requested: requested.filter(|_| !met.is_empty()),
        unanswered: requested.is_some_and(|id| !guards::answered(history, id)),
        newest: newest(history, &met),
        explanation,
    })
}

/// Sequence of the event with which the champion took over: its newest promotion (to the alias by
/// which it was named), else its registration.
fn took_over(history: &[LoggedEvent], champion: &VersionRecord, selector: &Selector) -> u64 {
    let promoted = |logged: &&LoggedEvent| match (&logged.event.what, selector) {
        (What::Promoted(p), Selector::Alias(alias)) => {
            p.version == champion.version && p.alias == *alias
        }
        (What::Promoted(p), _) => p.version == champion.version,
        _ => false,
    };
    let registered = |logged: &&LoggedEvent| logged.id == champion.event;
    let found = history.iter().rfind(promoted).or_else(|| history.iter().rfind(registered));
    found.map_or(0, |logged| logged.event.sequence)
}

fn newest(history: &[LoggedEvent], met: &[&rules::Answer]) -> Option<Digest> {
    let used: Vec<Digest> = met.iter().filter_map(|a| a.newest).collect();
    history.iter().rfind(|logged| used.contains(&logged.id)).map(|logged| logged.id)
}

/// A duration as people say it, to the second.
pub(super) fn words(duration: Duration) -> String {
    humantime::format_duration(Duration::from_secs(duration.as_secs())).to_string()
}
