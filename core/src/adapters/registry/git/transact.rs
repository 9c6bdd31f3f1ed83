//! One write: bring the newest state here, decide, commit, publish; and again when somebody else
//! was first.

use git2::{Oid, Repository};

use super::history;
use super::layout::Snapshot;
use super::registry::GitRegistry;
use super::remote::Fetched;
use super::replay;
use super::repository::{Advance, advance, target};
use super::write;
use crate::adapters::registry::ledger::{Backoff, Change, Decision, Models, decide, next_event};
use crate::domain::error::{Error, Result};
use crate::domain::name::ModelName;
use crate::domain::record::LoggedEvent;

/// What to do when others keep writing.
pub(super) const BUSY: &str = "run the same command again, it is safe to repeat; if nobody else is \
     writing, remove the `.lock` file that an ended process left in `.git/refs`";

/// The newest state, as far as this clone can know it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Synced {
    /// The newest event's commit.
    pub head: Option<Oid>,
    /// This clone has events that the remote has not.
    pub ahead: bool,
}

impl GitRegistry {
    /// Brings the remote's events into the local reference.
    ///
    /// # Errors
    /// As [`super::remote::RemoteRef::fetch`]; conflict when both sides have events of their own.
    pub(super) fn sync(
        &self,
        repository: &Repository,
        backoff: &mut Backoff<'_>,
    ) -> Result<Synced> {
        let Some(remote) = self.remote(repository)? else {
            let head = target(repository, self.reference())?;
            return Ok(Synced { head, ahead: false });
        };
        loop {
            let Fetched::At(there) = remote.fetch(repository)? else {
                backoff.wait()?;
                continue;
            };
            let here = target(repository, self.reference())?;
            match (here, there) {
                (here, None) => return Ok(Synced { head: here, ahead: here.is_some() }),
                (Some(here), Some(there)) if here == there => {
                    return Ok(Synced { head: Some(here), ahead: false });
                }
                (Some(here), Some(there)) if follows(repository, here, there)? => {
                    return Ok(Synced { head: Some(here), ahead: true });
                }
                (Some(here), Some(there)) if !follows(repository, there, here)? => {
                    return Err(self.diverged(remote.name(), there));
                }
                (here, Some(there)) => {
                    let moved = advance(repository, self.reference(), here, there)?;
                    if moved == Advance::Done {
                        return Ok(Synced { head: Some(there), ahead: false });
                    }
                    backoff.wait()?;
                }
            }
        }
    }

    /// Runs `decide` on the newest state and publishes what it decides.
    ///
    /// # Errors
    /// Those of `decide`, of the repository and of the remote.
    pub(super) fn transact<'a, T>(
        &self,
        decide: impl Fn(&Snapshot<'_>) -> Result<Decision<'a, T>>,
    ) -> Result<T> {
        let _turn = self.take_turn();
        let repository = self.repository()?;
        let mut backoff = Backoff::new(self.clock(), self.options().patience, BUSY);
        loop {
            let synced = self.sync(&repository, &mut backoff)?;
            let snapshot = Snapshot::at(&repository, synced.head)?;
            let (published, answer) = match decide(&snapshot)? {
                Decision::Done(answer) => match synced.head {
                    Some(head) if synced.ahead => {
                        (self.publish(&repository, synced.head, head)?, answer)
                    }
                    _ => return Ok(answer),
                },
                Decision::Write(change, answer) => {
                    let (commit, logged) = self.commit(&repository, &snapshot, *change)?;
                    (self.publish(&repository, synced.head, commit)?, answer(&logged))
                }
            };
            match published {
                Advance::Done => return Ok(answer),
                Advance::Lost => backoff.wait()?,
            }
        }
    }

    fn commit(
        &self,
        repository: &Repository,
        snapshot: &Snapshot<'_>,
        change: Change,
    ) -> Result<(Oid, LoggedEvent)> {
        let found = snapshot.find(&change.model)?;
        let head = found.as_deref().map(|model| model.head()).transpose()?;
        let Change { model, what, origin } = change;
        let event = next_event(model, head.as_ref(), what, origin, self.clock());
        let touched = decide::touched(found.as_deref(), &event.what)?;
        write::commit(repository, snapshot, &event, |logged| replay::edits(logged, touched))
    }

    /// Takes over the events of `history` that are not here yet, all by one push.
    ///
    /// # Errors
    /// As [`decide::missing`]; those of the repository and of the remote.
    pub(super) fn adopt_all(&self, model: &ModelName, history: &[LoggedEvent]) -> Result<u64> {
        let _turn = self.take_turn();
        let repository = self.repository()?;
        let mut backoff = Backoff::new(self.clock(), self.options().patience, BUSY);
        loop {
            let synced = self.sync(&repository, &mut backoff)?;
            let here = history::read(&repository, synced.head, model)?;
            let missing = decide::missing(&here, history)?;
            let mut head = synced.head;
            for logged in missing {
                let snapshot = Snapshot::at(&repository, head)?;
                let found = snapshot.find(model)?;
                let touched = decide::touched(found.as_deref(), &logged.event.what)?;
                let edits = |logged: &LoggedEvent| replay::edits(logged, touched);
                let (commit, _) = write::commit(&repository, &snapshot, &logged.event, edits)?;
                head = Some(commit);
            }
            let published = match head {
                Some(new) if synced.ahead || !missing.is_empty() => {
                    self.publish(&repository, synced.head, new)?
                }
                _ => Advance::Done,
            };
            match published {
                Advance::Done => return Ok(missing.len() as u64),
                Advance::Lost => backoff.wait()?,
            }
        }
    }

    /// The remote decides; the local reference follows it.
    fn publish(&self, repository: &Repository, old: Option<Oid>, new: Oid) -> Result<Advance> {
        let Some(remote) = self.remote(repository)? else {
            return advance(repository, self.reference(), old, new);
        };
        let pushed = remote.push(repository, new)?;
        // A local reference that cannot follow now does so when it is next read.
        if pushed == Advance::Done
            && advance(repository, self.reference(), old, new).is_ok_and(|a| a == Advance::Lost)
        {
            tracing::debug!("the local registry reference moved meanwhile");
        }
        Ok(pushed)
    }

    fn diverged(&self, remote: &str, there: Oid) -> Error {
        let reference = self.reference();
        Error::conflict(format!(
            "this clone has registry events that `{remote}` has not, and `{remote}` has others"
        ))
        .hint(format!(
            "keep a copy of yours with `git branch registry-here {reference}`, then take the \
             remote's with `git update-ref {reference} {there}` and run your commands again"
        ))
    }
}

fn follows(repository: &Repository, newer: Oid, older: Oid) -> Result<bool> {
    repository
        .graph_descendant_of(newer, older)
        .map_err(|e| super::repository::broken("history", &e))
}
