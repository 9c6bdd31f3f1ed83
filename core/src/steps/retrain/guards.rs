//! What holds a retraining back: one under way, the cooldown, the budget.

use std::time::Duration;

use jiff::Timestamp;

use super::decision::words;
use crate::config::valid::RetrainConfig;
use crate::domain::digest::Digest;
use crate::domain::event::{RetrainRequested, What};
use crate::domain::record::LoggedEvent;

/// What one guard says.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    pub(super) open: bool,
    pub(super) text: String,
}

/// The requests in the history, oldest first.
pub(super) fn requests(
    history: &[LoggedEvent],
) -> impl DoubleEndedIterator<Item = (&LoggedEvent, &RetrainRequested)> {
    history.iter().filter_map(|logged| match &logged.event.what {
        What::RetrainRequested(request) => Some((logged, request)),
        _ => None,
    })
}

/// Whether a package that names the request as its cause was registered.
pub(super) fn answered(history: &[LoggedEvent], request: Digest) -> bool {
    history.iter().any(|logged| {
        matches!(logged.event.what, What::Registered(_)) && logged.event.cause == Some(request)
    })
}

/// Asks every guard.
pub(super) fn ask(config: &RetrainConfig, history: &[LoggedEvent], now: Timestamp) -> Vec<Guard> {
    let mut guards = vec![in_flight(config, history, now), cooldown(config, history, now)];
    guards.extend(budget(config, history, now));
    guards
}

fn since(logged: &LoggedEvent, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(logged.event.time)).unwrap_or_default()
}

fn in_flight(config: &RetrainConfig, history: &[LoggedEvent], now: Timestamp) -> Guard {
    let pending = requests(history)
        .rev()
        .find(|(logged, _)| since(logged, now) < config.timeout && !answered(history, logged.id));
    match pending {
        Some((logged, _)) => Guard {
            open: false,
            text: format!(
                "the retraining asked for {} ago (event {}) has not registered a version yet, and \
                 may take {}",
                words(since(logged, now)),
                logged.id.short(),
                words(config.timeout)
            ),
        },
        None => Guard { open: true, text: "no retraining is under way".to_owned() },
    }
}

fn cooldown(config: &RetrainConfig, history: &[LoggedEvent], now: Timestamp) -> Guard {
    let asked = words(config.cooldown);
    match requests(history).next_back().map(|(logged, _)| since(logged, now)) {
        Some(ago) => Guard {
            open: ago >= config.cooldown,
            text: format!("the last request was {} ago, cooldown {asked}", words(ago)),
        },
        None => Guard { open: true, text: format!("there was no request yet, cooldown {asked}") },
    }
}

fn budget(config: &RetrainConfig, history: &[LoggedEvent], now: Timestamp) -> Option<Guard> {
    let budget = config.budget?;
    let spent = requests(history).filter(|(logged, _)| since(logged, now) < budget.per).count();
    Some(Guard {
        open: spent < budget.max as usize,
        text: format!("{spent} of {} requests in {} are spent", budget.max, words(budget.per)),
    })
}
