//! Telling of alerts that opened or closed: once each, also with several monitorings at once, and
//! again where it failed.
//!
//! The history says how far each notice is. The run that recorded an event tells of it at once. A
//! notice that failed, or whose run was killed before it could say, is claimed by an event that
//! must follow the newest one, so that one run alone sends it again.

use std::time::Duration;

use jiff::Timestamp;

use super::alerts;
use super::record::monitored;
use crate::domain::alert::Alert;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::event::{Monitored, Notified, NotifiedState, What};
use crate::domain::name::ModelName;
use crate::domain::record::LoggedEvent;
use crate::ports::clock::Clock;
use crate::ports::notifier::{Notice, Notifier};
use crate::ports::registry::{Entry, Origin, Registry};

/// How long a run has for telling, before another one takes it for dead.
const LEASE: Duration = Duration::from_secs(5 * 60);
/// Age from which nobody is told any more of what nobody ever tried to tell.
const STALE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Attempts to claim while others write to the same history.
const ATTEMPTS: usize = 16;

/// Who tells whom.
pub struct Telling<'a> {
    /// The model.
    pub model: &'a ModelName,
    /// The event that this run recorded, where it did.
    pub created: Option<Digest>,
    /// Who is told.
    pub notifier: &'a dyn Notifier,
    /// The history.
    pub registry: &'a dyn Registry,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Who acts.
    pub origin: &'a Origin,
}

/// Sends what is to be sent, oldest first, and gives the events that were told of. What fails is
/// recorded as failed and ends the telling.
///
/// # Errors
/// What the registry says. The second part of the answer is why a notice was not taken.
pub fn tell(telling: &Telling<'_>) -> Result<(Vec<Digest>, Option<Error>)> {
    let mut told = Vec::new();
    while let Some(notice) = claimed(telling)? {
        match telling.notifier.notify(&notice) {
            Ok(()) => {
                note(telling, notice.event, NotifiedState::Sent)?;
                told.push(notice.event);
            }
            Err(error) => {
                note(telling, notice.event, NotifiedState::Failed)?;
                return Ok((told, Some(error)));
            }
        }
    }
    Ok((told, None))
}

/// A notice that nobody else sends.
fn claimed(telling: &Telling<'_>) -> Result<Option<Notice>> {
    for _ in 0..ATTEMPTS {
        let history = telling.registry.history(telling.model)?;
        let Some(due) = due(&history, telling.created, telling.clock.now()) else {
            return Ok(None);
        };
        let notice = notice(&history, &due);
        if !due.again {
            return Ok(Some(notice));
        }
        let entry = entry(telling, notice.event, NotifiedState::Sending);
        let newest = history.last().map(|l| l.id);
        match telling.registry.record(&Entry { only_after: newest, ..entry }) {
            Ok(_) => return Ok(Some(notice)),
            Err(e) if e.kind() == ErrorKind::Conflict => {}
            Err(e) => return Err(e.during("record that alerts are told")),
        }
    }
    Err(Error::conflict(format!("the history of `{}` does not stand still", telling.model))
        .hint("others write to it all the time; run the same command again")
        .retryable())
}

fn note(telling: &Telling<'_>, of: Digest, state: NotifiedState) -> Result<()> {
    let noted = telling.registry.record(&entry(telling, of, state));
    noted.map(drop).map_err(|e| e.during("record that alerts were told"))
}

fn entry(telling: &Telling<'_>, of: Digest, state: NotifiedState) -> Entry {
    let by = telling.notifier.name().to_owned();
    Entry {
        model: telling.model.clone(),
        what: What::Notified(Notified { of, state, by }),
        only_after: None,
        origin: Origin { cause: Some(of), ..telling.origin.clone() },
    }
}

/// A notice that is to be sent.
struct Due<'a> {
    /// Its event, and the place of that in the history.
    logged: &'a LoggedEvent,
    place: usize,
    found: &'a Monitored,
    /// Somebody else may want to send it too: it must be claimed.
    again: bool,
}

/// The oldest notice that is to be sent now. `created` is the event that this run recorded. Pure.
fn due(history: &[LoggedEvent], created: Option<Digest>, now: Timestamp) -> Option<Due<'_>> {
    history.iter().enumerate().find_map(|(place, logged)| {
        let What::Monitored(found) = &logged.event.what else { return None };
        if !found.alerts.iter().any(Alert::is_change) {
            return None;
        }
        let newest = history[place..].iter().rev().find_map(|later| match &later.event.what {
            What::Notified(n) if n.of == logged.id => Some((n.state, later.event.time)),
            _ => None,
        });
        let since = newest.map_or(logged.event.time, |(_, time)| time);
        let age: Duration = now.duration_since(since).try_into().unwrap_or_default();
        let again = match newest.map(|(state, _)| state) {
            Some(NotifiedState::Sent) => return None,
            Some(NotifiedState::Failed) => true,
            Some(NotifiedState::Sending) if age > LEASE => true,
            None if created == Some(logged.id) => false,
            None if age > LEASE && age <= STALE => true,
            Some(NotifiedState::Sending) | None => return None,
        };
        Some(Due { logged, place, found, again })
    })
}

fn notice(history: &[LoggedEvent], due: &Due<'_>) -> Notice {
    let LoggedEvent { id, event } = due.logged;
    Notice {
        model: event.model.clone(),
        version: due.found.version.clone(),
        event: *id,
        time: event.time,
        status: due.found.status,
        rows: due.found.rows,
        changes: due.found.alerts.iter().filter(|a| a.is_change()).cloned().collect(),
        open: alerts::open(monitored(&history[..=due.place])).len() as u64,
        run: event.run.clone(),
    }
}
