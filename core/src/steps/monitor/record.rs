//! The event: what was found, judged with the history before it, and recorded once.

use jiff::Timestamp;

use super::alerts;
use super::assess::Assessment;
use super::judge::{Judge, kept};
use crate::config::valid::MonitorConfig;
use crate::domain::digest::Digest;
use crate::domain::drift::DriftStatus;
use crate::domain::error::{ErrorKind, Result};
use crate::domain::event::{Monitored, What};
use crate::domain::name::ModelName;
use crate::domain::record::LoggedEvent;
use crate::domain::signal::Signal;
use crate::ports::registry::{Entry, Origin, Registry};

/// Attempts to record while others write to the same history.
const ATTEMPTS: usize = 16;

/// Most windows that are shown over time.
const SHOWN: usize = 50;

/// What was found of a window, before the history is asked.
pub(super) struct Found<'a> {
    /// The event without its signals and alerts.
    pub(super) monitored: Monitored,
    /// The columns; none where only labels came.
    pub(super) assessment: Option<&'a Assessment>,
    /// The signals of a preset, in the place of those that follow from the columns.
    pub(super) preset: Option<&'a [Signal]>,
    /// Beside a preset: the columns against the profile, for the rules of `monitor.signals`.
    pub(super) beside: Option<&'a Assessment>,
}

/// An event of this window in the history.
pub(super) struct Recorded {
    pub(super) monitored: Monitored,
    pub(super) event: Digest,
    pub(super) created: bool,
    /// What today's settings say, where it is not what was recorded.
    pub(super) otherwise: Option<String>,
    /// The last windows of the version up to this one, oldest first.
    pub(super) windows: Vec<Monitored>,
}

/// Everything that was monitored of a model, oldest first.
pub(super) fn monitored(history: &[LoggedEvent]) -> Vec<&Monitored> {
    let of = |logged: &'_ LoggedEvent| matches!(logged.event.what, What::Monitored(_));
    let found = history.iter().filter(|logged| of(logged));
    found
        .filter_map(|logged| match &logged.event.what {
            What::Monitored(found) => Some(found),
            _ => None,
        })
        .collect()
}

/// Appends the event unless the window is in the history. The event must follow the newest that
/// was looked at, so that of two at once only one records.
///
/// # Errors
/// What the registry says.
pub(super) fn record_once(
    model: &ModelName,
    found: &Found<'_>,
    config: &MonitorConfig,
    now: Timestamp,
    origin: &Origin,
    registry: &dyn Registry,
) -> Result<Recorded> {
    let mut attempt = 1;
    loop {
        let history = registry.history(model)?;
        if let Some((place, id, known)) = recorded(&history, &found.monitored) {
            let before = monitored(&history[..place]);
            let today = judged(found, &before, config, now);
            return Ok(Recorded {
                windows: newest(&before, known),
                monitored: known.clone(),
                event: id,
                created: false,
                otherwise: otherwise(known, &today),
            });
        }
        let before = monitored(&history);
        let complete = judged(found, &before, config, now);
        let entry = Entry {
            model: model.clone(),
            what: What::Monitored(complete.clone()),
            only_after: history.last().map(|l| l.id),
            origin: origin.clone(),
        };
        match registry.record(&entry) {
            Ok(logged) => {
                return Ok(Recorded {
                    windows: newest(&before, &complete),
                    monitored: complete,
                    event: logged.id,
                    created: true,
                    otherwise: None,
                });
            }
            Err(e) if e.kind() == ErrorKind::Conflict && attempt < ATTEMPTS => attempt += 1,
            Err(e) => return Err(e.during("record what was monitored")),
        }
    }
}

/// The last windows of the version of `last`, and `last`.
fn newest(before: &[&Monitored], last: &Monitored) -> Vec<Monitored> {
    let same = before.iter().rev().filter(|m| m.version == last.version).take(SHOWN - 1);
    let mut windows: Vec<Monitored> = same.map(|m| (*m).clone()).collect();
    windows.reverse();
    windows.push(last.clone());
    windows
}

/// What was found with its signals, its alerts, and the answer that follows from them.
fn judged(
    found: &Found<'_>,
    before: &[&Monitored],
    config: &MonitorConfig,
    now: Timestamp,
) -> Monitored {
    let mut monitored = found.monitored.clone();
    let same: Vec<&Monitored> =
        before.iter().copied().filter(|m| m.version == monitored.version).collect();
    let judge = Judge { config, before: &same };
    let mut signals = match found.preset {
        Some(preset) => {
            let own = found.beside.map(|a| judge.ruled(a)).unwrap_or_default();
            let is_its = |signal: &&Signal| own.iter().all(|other| other.name != signal.name);
            preset.iter().filter(is_its).chain(&own).cloned().collect()
        }
        None => found.assessment.map(|a| judge.columns(a)).unwrap_or_default(),
    };
    signals.extend(found.assessment.and_then(|a| judge.awaited(a)));
    signals.extend(judge.performance(&monitored.performance));
    for signal in signals.iter().filter(|s| s.is_breach() && judge.is_own(s)) {
        monitored.status = DriftStatus::Drift;
        let line = format!("{}: {}", signal.name, signal.why);
        match &signal.column {
            Some(column) if monitored.drifted.contains(column) => {}
            Some(column) => {
                monitored.drifted.push(column.clone());
                monitored.summary.push(line);
            }
            None => monitored.summary.push(line),
        }
    }
    monitored.signals = signals;
    monitored.alerts = alerts::fold(before, &monitored, config.alert, now);
    let (signals, left_out) = kept(std::mem::take(&mut monitored.signals), &judge);
    monitored.signals = signals;
    monitored.summary.extend(left_out);
    monitored
}

fn recorded<'a>(
    history: &'a [LoggedEvent],
    found: &Monitored,
) -> Option<(usize, Digest, &'a Monitored)> {
    history.iter().enumerate().rev().find_map(|(place, logged)| match &logged.event.what {
        What::Monitored(known)
            if known.window == found.window && known.version == found.version =>
        {
            Some((place, logged.id, known))
        }
        _ => None,
    })
}

/// Says where the recorded answer is not the one that today's settings give.
fn otherwise(known: &Monitored, today: &Monitored) -> Option<String> {
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort();
        names
    };
    let (before, now) = (sorted(&known.drifted), sorted(&today.drifted));
    let told = |status: DriftStatus, names: &[String]| match names {
        [] => status.as_str().to_owned(),
        names => format!("{} ({})", status.as_str(), names.join(", ")),
    };
    (known.status != today.status || before != now).then(|| {
        format!(
            "recorded before as {}; with today's settings it would be {}",
            told(known.status, &before),
            told(today.status, &now)
        )
    })
}
