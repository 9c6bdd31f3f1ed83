//! Reads a model's events out of the commits.

use git2::{Oid, Repository};

use super::message;
use super::repository::broken;
use crate::domain::error::{Error, Result};
use crate::domain::name::ModelName;
use crate::domain::record::LoggedEvent;

/// The model's events up to `head`, oldest first.
///
/// # Errors
/// Integrity when a commit cannot be read or a message carries no event; unavailable when the
/// clone holds only the newest part of the history.
pub(super) fn read(
    repository: &Repository,
    head: Option<Oid>,
    model: &ModelName,
) -> Result<Vec<LoggedEvent>> {
    let mut events = Vec::new();
    let mut next = head;
    while let Some(id) = next {
        let commit = repository.find_commit(id).map_err(|e| broken(&format!("commit {id}"), &e))?;
        next = commit.parent_id(0).ok();
        let message = commit.message_raw_bytes();
        if !message::is_about(message, model) {
            continue;
        }
        let logged = message::read(message).map_err(|why| {
            Error::integrity(format!("commit {id} of the registry is no event: {why}"))
                .hint(format!("`outerloop history {model} --verify` lists all that is wrong"))
        })?;
        let first = logged.event.sequence == 1;
        events.push(logged);
        if first {
            break;
        }
    }
    events.reverse();
    Ok(events)
}
