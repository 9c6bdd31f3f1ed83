//! Alerts as a fold over the history: a signal's alert opens when enough of its last windows
//! breached, and closes by itself. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::config::valid::AlertRule;
use crate::domain::alert::{Alert, AlertState, DATA_SET};
use crate::domain::drift::DriftStatus;
use crate::domain::event::Monitored;
use crate::domain::signal::{Signal, SignalKind, SignalVerdict};

/// How the reason of an alert begins that an earlier window opened.
const SINCE: &str = "since ";

/// The alerts that are open after what was monitored so far, by signal. The newest event that
/// mentions a signal counts.
pub fn open<'a>(before: impl IntoIterator<Item = &'a Monitored>) -> BTreeMap<String, Alert> {
    let mut open = BTreeMap::new();
    for found in before {
        for alert in &found.alerts {
            if alert.is_open() {
                open.insert(alert.signal.clone(), alert.clone());
            } else {
                open.remove(&alert.signal);
            }
        }
    }
    open
}

/// The alerts after `found`: those that it opened, those that stay open, and those that it closed,
/// by the name of their signal. `before` is everything that was monitored of the model, oldest
/// first; only windows of the same version count for opening and closing.
///
/// Of a signal the windows count in which it says something. With `rule.breaches` breaches in the
/// last `rule.of` of them the alert is open, with fewer it is not; a window in which the signal
/// says nothing changes nothing. An alert of a column that is no longer looked at is closed.
/// A detector tells a change once, after weighing several windows: one breach of it is enough.
pub fn fold(
    before: &[&Monitored],
    found: &Monitored,
    rule: AlertRule,
    now: Timestamp,
) -> Vec<Alert> {
    let was = open(before.iter().copied());
    let same: Vec<&Monitored> =
        before.iter().copied().filter(|m| m.version == found.version).collect();
    let mut names: BTreeSet<&str> = was.keys().map(String::as_str).collect();
    names.extend(found.signals.iter().filter(|s| s.is_breach()).map(|s| s.name.as_str()));
    if found.status == DriftStatus::Drift && !found.is_labels_alone() {
        names.insert(DATA_SET);
    }
    names
        .into_iter()
        .filter_map(|name| after(name, was.get(name), &same, found, rule, now))
        .collect()
}

fn after(
    name: &str,
    was: Option<&Alert>,
    same: &[&Monitored],
    found: &Monitored,
    rule: AlertRule,
    now: Timestamp,
) -> Option<Alert> {
    let stays = |was: &Alert| Alert { state: AlertState::Open, why: since(was), ..was.clone() };
    let Some(newest) = says(name, found) else {
        return match was {
            Some(was) if is_gone(name, same, found) => Some(Alert {
                state: AlertState::Closed,
                why: "it is no longer looked at".to_owned(),
                ..was.clone()
            }),
            was => was.map(stays),
        };
    };
    let earlier = same.iter().rev().filter_map(|m| says(name, m));
    let last: Vec<bool> = std::iter::once(newest).chain(earlier).take(rule.of).collect();
    let breaches = last.iter().filter(|breach| **breach).count();
    let of = last.len();
    let is_detector = found.signal(name).is_some_and(|signal| signal.basis.is_detector());
    let enough = if is_detector { 1 } else { rule.breaches };
    match (was, breaches >= enough) {
        (None, false) => None,
        (None, true) => Some(Alert {
            signal: name.to_owned(),
            state: AlertState::Opened,
            since: now,
            why: why(name, found, breaches, of),
        }),
        (Some(was), true) => Some(stays(was)),
        (Some(was), false) => Some(Alert {
            state: AlertState::Closed,
            why: format!("{breaches} of the last {of} windows breached"),
            ..was.clone()
        }),
    }
}

/// Whether a signal breached in a window; none where it says nothing there.
fn says(name: &str, found: &Monitored) -> Option<bool> {
    if name == DATA_SET {
        return match found.status {
            _ if found.is_labels_alone() => None,
            DriftStatus::Ok => Some(false),
            DriftStatus::Drift => Some(true),
            DriftStatus::Inconclusive => None,
        };
    }
    match found.signal(name)?.verdict {
        SignalVerdict::Ok => Some(false),
        SignalVerdict::Breach => Some(true),
        SignalVerdict::Inconclusive => None,
    }
}

/// Whether a column that had this signal is not looked at any more.
fn is_gone(name: &str, same: &[&Monitored], found: &Monitored) -> bool {
    let looked = found.status != DriftStatus::Inconclusive && !found.is_labels_alone();
    let known: Option<&Signal> = same.iter().rev().find_map(|m| m.signal(name));
    let lost = |signal: &Signal| {
        signal.kind != SignalKind::Performance
            && found.signals.iter().all(|s| s.column != signal.column)
    };
    name != DATA_SET && looked && !found.signals.is_empty() && known.is_some_and(lost)
}

/// What opened an alert, told as what it is: of another window than this one.
fn since(was: &Alert) -> String {
    match was.why.starts_with(SINCE) {
        true => was.why.clone(),
        false => format!("{SINCE}{:.0}: {}", was.since, was.why),
    }
}

fn why(name: &str, found: &Monitored, breaches: usize, of: usize) -> String {
    let said = match found.signal(name) {
        Some(signal) => signal.why.clone(),
        None => found.summary.first().cloned().unwrap_or_default(),
    };
    if of == 1 { said } else { format!("{said}; {breaches} of the last {of} windows breached") }
}
