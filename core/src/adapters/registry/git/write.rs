//! Turns an event into a commit: new blobs, new trees, one commit on top of the newest.

use git2::build::TreeUpdateBuilder;
use git2::{FileMode, Oid, Repository, Signature, Time};
use jiff::Timestamp;

use super::layout::Snapshot;
use super::message;
use super::repository::unwritable;
use crate::domain::error::{Error, Result};
use crate::domain::event::Event;
use crate::domain::record::LoggedEvent;

/// One file of the state, as it is after the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    /// Path in the tree.
    pub path: String,
    /// All of its bytes; none: the file goes.
    pub bytes: Option<Vec<u8>>,
}

/// Writes the commit for `event`, whose state changes are `edits`, on top of `snapshot`. No
/// reference moves.
///
/// # Errors
/// The repository cannot be written.
pub(super) fn commit(
    repository: &Repository,
    snapshot: &Snapshot<'_>,
    event: &Event,
    edits: impl FnOnce(&LoggedEvent) -> Result<Vec<Edit>>,
) -> Result<(Oid, LoggedEvent)> {
    let (text, logged) = message::write(event)?;
    let tree = tree(repository, snapshot, &edits(&logged)?)
        .and_then(|id| repository.find_tree(id))
        .map_err(|e| unwritable("the tree", &e))?;
    let author = signature(&event.actor, event.time)?;
    let parents: Vec<_> = snapshot.commit.iter().collect();
    let id = repository
        .commit(None, &author, &author, &text, &tree, &parents)
        .map_err(|e| unwritable("a commit", &e))?;
    Ok((id, logged))
}

fn tree(
    repository: &Repository,
    snapshot: &Snapshot<'_>,
    edits: &[Edit],
) -> Result<Oid, git2::Error> {
    let base = match &snapshot.commit {
        Some(commit) => commit.tree()?,
        None => repository.find_tree(repository.treebuilder(None)?.write()?)?,
    };
    let mut update = TreeUpdateBuilder::new();
    for edit in edits {
        match &edit.bytes {
            Some(bytes) => {
                update.upsert(edit.path.as_str(), repository.blob(bytes)?, FileMode::Blob)
            }
            None => update.remove(edit.path.as_str()),
        };
    }
    update.create_updated(repository, &base)
}

/// A signature that git takes, whatever the actor is called.
pub(super) fn signature(actor: &str, time: Timestamp) -> Result<Signature<'static>> {
    let clean: String =
        actor.chars().map(|c| if c.is_control() || "<>".contains(c) { ' ' } else { c }).collect();
    let crud = |c: char| c.is_whitespace() || ".,:;\"'\\".contains(c);
    let name = clean.trim_matches(crud);
    let name = if name.is_empty() { "outerloop" } else { name };
    Signature::new(name, "noreply@outerloop.invalid", &Time::new(time.as_second(), 0))
        .map_err(|e| Error::internal(format!("cannot sign as `{name}`: {}", e.message())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_actor_can_sign() {
        for actor in ["", "  ", "<>", "a<b>c\nd", "\0", "...", "dependabot[bot]", "名前"] {
            assert!(signature(actor, Timestamp::UNIX_EPOCH).is_ok(), "{actor:?}");
        }
    }
}
