//! Opens the local repository and moves its references.

use std::path::Path;

use git2::{ErrorClass, ErrorCode, Oid, Repository};

use crate::domain::error::{Error, ErrorKind, Result};

/// The repository that holds `folder`.
///
/// # Errors
/// Not found when there is none, with the hint to make one.
pub(super) fn open(folder: &Path) -> Result<Repository> {
    Repository::discover(folder).map_err(|e| match e.code() {
        ErrorCode::NotFound => Error::not_found(format!(
            "{} is not in a git repository, and the registry lives in one",
            folder.display()
        ))
        .hint("run `git init` there, or run this inside the model's repository"),
        ErrorCode::Owner => Error::new(
            ErrorKind::Permission,
            format!("the git repository at {} belongs to another user", folder.display()),
        )
        .hint(format!("run `git config --global --add safe.directory {}`", folder.display())),
        _ => Error::unavailable(format!(
            "cannot open the git repository at {}: {}",
            folder.display(),
            e.message()
        ))
        .hint("check it with `git status`; SHA-256 and reftable repositories cannot be read"),
    })
}

/// Where `reference` points, if it exists.
///
/// # Errors
/// Integrity when it cannot be read.
pub(super) fn target(repository: &Repository, reference: &str) -> Result<Option<Oid>> {
    match repository.refname_to_id(reference) {
        Ok(id) => Ok(Some(id)),
        Err(e) if e.code() == ErrorCode::NotFound => Ok(None),
        Err(e) => Err(broken(&format!("reference {reference}"), &e)),
    }
}

/// Answer of [`advance`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Advance {
    /// It points at the new commit.
    Done,
    /// Another process moved or holds it.
    Lost,
}

/// Moves `reference` from `old` to `new`, if it still is at `old`.
///
/// # Errors
/// The repository cannot be written.
pub(super) fn advance(
    repository: &Repository,
    reference: &str,
    old: Option<Oid>,
    new: Oid,
) -> Result<Advance> {
    let moved = match old {
        Some(old) => {
            repository.reference_matching(reference, new, true, old, "outerloop").map(drop)
        }
        None => create(repository, reference, new),
    };
    match moved {
        Ok(()) => Ok(Advance::Done),
        Err(e) if lost(&e) => Ok(Advance::Lost),
        Err(e) => Err(unwritable(&format!("reference {reference}"), &e)),
    }
}

/// Makes `reference`, unless it exists. libgit2 looks whether a new reference exists before it
/// takes the lock, so that of two processes at once both would make it; here the lock is held.
fn create(repository: &Repository, reference: &str, new: Oid) -> Result<(), git2::Error> {
    let mut transaction = repository.transaction()?;
    transaction.lock_ref(reference)?;
    match repository.refname_to_id(reference) {
        Ok(_) => Err(git2::Error::new(
            ErrorCode::Exists,
            ErrorClass::Reference,
            "another process made it meanwhile",
        )),
        Err(e) if e.code() == ErrorCode::NotFound => {
            transaction.set_target(reference, new, None, "outerloop")?;
            transaction.commit()
        }
        Err(e) => Err(e),
    }
}

fn lost(error: &git2::Error) -> bool {
    matches!(
        error.code(),
        ErrorCode::Modified | ErrorCode::Exists | ErrorCode::Locked | ErrorCode::NotFound
    )
}

/// An object or reference that cannot be read.
pub(super) fn broken(what: &str, error: &git2::Error) -> Error {
    Error::integrity(format!("{what} of the registry cannot be read: {}", error.message()))
        .hint("check the repository with `git fsck`, then fetch the registry again from its remote")
}

/// An object or reference that cannot be written.
pub(super) fn unwritable(what: &str, error: &git2::Error) -> Error {
    let full = error.message().contains("No space left");
    let denied = error.message().contains("ermission denied");
    let kind = if denied { ErrorKind::Permission } else { ErrorKind::Io };
    let hint = match (full, denied, error.class()) {
        (true, ..) => "the disk is full; free some space and run the same command again",
        (_, true, _) => "check the owner and mode of the repository's `.git` folder",
        (_, _, ErrorClass::Os) => "check the disk and the repository's `.git` folder",
        _ => "check the repository with `git fsck`",
    };
    Error::new(kind, format!("cannot write {what} of the registry: {}", error.message())).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_that_make_a_reference_at_once_one_does() {
        let folder = tempfile::tempdir().unwrap();
        Repository::init(folder.path()).unwrap();
        let gate = std::sync::Barrier::new(4);
        let make = |i: usize| {
            let repository = Repository::open(folder.path()).unwrap();
            let id = repository.blob(&[i as u8]).unwrap();
            let one = |round| {
                gate.wait();
                advance(&repository, &format!("refs/outerloop/{round}"), None, id).unwrap()
            };
            (0..500).map(one).collect::<Vec<_>>()
        };
        let outcomes: Vec<Vec<Advance>> = std::thread::scope(|scope| {
            let make = &make;
            let threads: Vec<_> = (0..4).map(|i| scope.spawn(move || make(i))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for round in 0..500 {
            let made = outcomes.iter().filter(|o| o[round] == Advance::Done).count();
            assert_eq!(made, 1, "round {round}");
        }
    }
}
