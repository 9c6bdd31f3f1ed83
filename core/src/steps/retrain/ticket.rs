//! The issue or work item that is open from a request to the promotion that answers it.

use super::run::Requested;
use crate::config::valid::TicketConfig;
use crate::domain::digest::Digest;
use crate::domain::error::Result;
use crate::domain::event::{RetrainRequested, What};
use crate::domain::name::{Alias, ModelName};
use crate::domain::record::{LoggedEvent, VersionRecord};
use crate::ports::forge::{Forge, Posted, Ticket};
use crate::ports::registry::Registry;
use crate::report::retrain::{Answered, answered, evidence, title};
use crate::steps::promote::{CHAMPION, Promoted, newest_verdict};

/// Opens the ticket of a request, or brings it up to date. `asked_by` is the run that asks.
///
/// # Errors
/// What the forge says.
pub fn open(
    requested: &Requested<'_>,
    settings: &TicketConfig,
    asked_by: Option<&str>,
    forge: &dyn Forge,
) -> Result<Posted> {
    forge.open_ticket(&Ticket {
        key: key(&requested.champion.model),
        title: title(requested),
        markdown: evidence(requested, asked_by),
        labels: settings.labels.clone(),
        kind: settings.kind.clone(),
    })
}

/// Closes the ticket when the promoted version answers the newest request. It does not matter
/// whether the alias moved just now: what was left open before is closed, too.
///
/// # Errors
/// What the registry and the forge say.
pub fn close(
    promoted: &Promoted,
    registry: &dyn Registry,
    forge: &dyn Forge,
) -> Result<Option<Posted>> {
    let record = registry.resolve(&promoted.reference)?;
    let history = registry.history(&record.model)?;
    let Some((event, request)) = request(&history, &record) else { return Ok(None) };
    if !replaces(&history, &promoted.alias, &record, request) {
        return Ok(None);
    }
    let text = answered(&Answered {
        reference: &promoted.reference,
        alias: &promoted.alias,
        replaced: &request.version,
        verdict: newest_verdict(&history, &record).map(|(_, validated)| validated.verdict),
        event,
    });
    forge.close_ticket(&key(&record.model), &text)
}

fn key(model: &ModelName) -> String {
    format!("retrain:{model}")
}

/// The request that a version's registration goes back to, unless there is a newer one.
fn request<'a>(
    history: &'a [LoggedEvent],
    record: &VersionRecord,
) -> Option<(Digest, &'a RetrainRequested)> {
    let mut id = record.event;
    // Causes are always earlier, so this ends.
    for logged in history.iter().rev() {
        if logged.id != id {
            if matches!(logged.event.what, What::RetrainRequested(_)) {
                // Nothing older can be the newest request.
                return None;
            }
            continue;
        }
        if let What::RetrainRequested(request) = &logged.event.what {
            return Some((id, request));
        }
        id = logged.event.cause?;
    }
    None
}

/// Whether the alias is the champion, or the one at which the version to be replaced was.
fn replaces(
    history: &[LoggedEvent],
    alias: &Alias,
    record: &VersionRecord,
    request: &RetrainRequested,
) -> bool {
    let moved = history.iter().rev().find_map(|logged| match &logged.event.what {
        What::Promoted(p) if p.alias == *alias && p.version == record.version => Some(p),
        _ => None,
    });
    alias.as_str() == CHAMPION
        || moved.is_some_and(|p| p.previous.as_ref() == Some(&request.version))
}
