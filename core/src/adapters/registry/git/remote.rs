//! The registry's reference on a remote: fetch, push, and the proof that pushing is allowed.
//!
//! What the remote was last seen at is kept in a tracking reference of its own, which is never
//! moved backwards: that is how a rewritten remote is told from a clone that has events of its
//! own.

use std::path::{Path, PathBuf};

use git2::{Oid, Repository};

use super::program::Program;
use super::refusal::{self, Refusal};
use super::repository::{Advance, advance, target};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};

/// A remote, and the registry's reference there.
#[derive(Debug, Clone)]
pub(super) struct RemoteRef {
    program: Program,
    name: String,
    url: String,
    reference: String,
    tracking: String,
}

/// Answer of [`RemoteRef::fetch`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fetched {
    /// Where the reference is there; it may not exist yet.
    At(Option<Oid>),
    /// Another process of this clone was fetching too.
    Busy,
}

impl RemoteRef {
    /// The reference `reference` on the remote `name` (a configured name, an address or a path).
    pub fn new(repository: &Repository, program: Program, name: &str, reference: &str) -> Self {
        let configured = repository.find_remote(name).ok();
        let url = configured.and_then(|r| r.url().map(str::to_owned).ok());
        let url = url.unwrap_or_else(|| name.to_owned());
        let key = Digest::of(format!("{url}\n{reference}").as_bytes()).short();
        Self {
            program,
            name: name.to_owned(),
            url,
            reference: reference.to_owned(),
            tracking: format!("refs/outerloop-tracking/{key}"),
        }
    }

    /// The remote's name, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Brings the remote's events here.
    ///
    /// # Errors
    /// Integrity when the remote lost events that were there before; unavailable when it does not
    /// answer; permission.
    pub fn fetch(&self, repository: &Repository) -> Result<Fetched> {
        let seen = target(repository, &self.tracking)?;
        let refspec = format!("{}:{}", self.reference, self.tracking);
        let output = self.program.run(&[
            "fetch",
            "--no-tags",
            "--no-prune",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
            "--no-filter",
            "--",
            &self.name,
            &refspec,
        ])?;
        if output.success {
            return target(repository, &self.tracking).map(Fetched::At);
        }
        match refusal::read(&output.stderr) {
            Refusal::NoSuchRef if seen.is_none() => Ok(Fetched::At(None)),
            Refusal::NoSuchRef => Err(self.rewritten("it is gone there")),
            Refusal::Moved if output.stderr.contains("[rejected]") => {
                Err(self.rewritten("events that this clone has seen are no longer there"))
            }
            Refusal::Moved => Ok(Fetched::Busy),
            other => Err(refusal::error(other, "read", &self.name, &output.stderr)),
        }
    }

    /// Makes `commit` the newest event there, if it follows what is there.
    ///
    /// # Errors
    /// Permission when the server refuses this caller; unavailable when it does not answer.
    pub fn push(&self, repository: &Repository, commit: Oid) -> Result<Advance> {
        let seen = target(repository, &self.tracking)?;
        let refspec = format!("{commit}:{}", self.reference);
        let output = self.push_refspec(&refspec, &[])?;
        match output {
            Ok(()) => {
                // Lost to a fetch that saw this push, or a later one: just as good.
                advance(repository, &self.tracking, seen, commit)?;
                Ok(Advance::Done)
            }
            Err((Refusal::Moved, _)) => Ok(Advance::Lost),
            Err((other, said)) => Err(refusal::error(other, "write", &self.name, &said)),
        }
    }

    /// Creates a reference there that does not exist yet; one that exists is left alone.
    ///
    /// # Errors
    /// As [`RemoteRef::push`].
    pub fn push_new(&self, id: Oid, reference: &str) -> Result<Advance> {
        match self.push_refspec(&format!("{id}:{reference}"), &[])? {
            Ok(()) => Ok(Advance::Done),
            Err((Refusal::Moved, _)) => Ok(Advance::Lost),
            Err((other, said)) => Err(refusal::error(other, "tag", &self.name, &said)),
        }
    }

    /// Brings one more reference here, if the remote has it.
    ///
    /// # Errors
    /// As [`RemoteRef::fetch`].
    pub fn fetch_also(&self, reference: &str) -> Result<()> {
        let refspec = format!("{reference}:{reference}");
        let output = self.program.run(&[
            "fetch",
            "--no-tags",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
            "--",
            &self.name,
            &refspec,
        ])?;
        match refusal::read(&output.stderr) {
            _ if output.success => Ok(()),
            Refusal::NoSuchRef => Ok(()),
            other => Err(refusal::error(other, "read", &self.name, &output.stderr)),
        }
    }

    /// Full names of the references there that match `pattern`.
    ///
    /// # Errors
    /// As [`RemoteRef::fetch`].
    pub fn list(&self, pattern: &str) -> Result<Vec<String>> {
        let output = self.program.run(&["ls-remote", "--refs", "--", &self.name, pattern])?;
        if !output.success {
            let refusal = refusal::read(&output.stderr);
            return Err(refusal::error(refusal, "read", &self.name, &output.stderr));
        }
        let name = |line: &str| line.split_once('\t').map(|(_, name)| name.to_owned());
        Ok(output.stdout.lines().filter_map(name).collect())
    }

    /// Asks the server whether a push of `commit` would be let in, without sending it.
    ///
    /// # Errors
    /// As [`RemoteRef::push`].
    pub fn try_push(&self, commit: Oid) -> Result<()> {
        if let Some(folder) = local_path(&self.url, &self.program.working_dir) {
            writable_folder(&folder, &self.name)?;
        }
        let refspec = format!("{commit}:{}", self.reference);
        match self.push_refspec(&refspec, &["--dry-run"])? {
            Ok(()) | Err((Refusal::Moved, _)) => Ok(()),
            Err((other, said)) => Err(refusal::error(other, "write", &self.name, &said)),
        }
    }

    fn push_refspec(
        &self,
        refspec: &str,
        options: &[&str],
    ) -> Result<Result<(), (Refusal, String)>> {
        let mut arguments = vec![
            "push",
            "--porcelain",
            "--no-verify",
            "--no-follow-tags",
            "--no-recurse-submodules",
        ];
        arguments.extend(options);
        arguments.extend(["--", &self.name, refspec]);
        let output = self.program.run(&arguments)?;
        if output.success {
            return Ok(Ok(()));
        }
        let said = format!("{}\n{}", output.stdout, output.stderr);
        Ok(Err((refusal::read(&said), said)))
    }

    fn rewritten(&self, how: &str) -> Error {
        let (remote, reference, tracking) = (&self.name, &self.reference, &self.tracking);
        Error::integrity(format!("the registry on `{remote}` was rewritten: {how}")).hint(format!(
            "put it back with `git push --force {remote} {tracking}:{reference}`; or, if it was \
             meant, forget what this clone has seen with `git update-ref -d {tracking}` and \
             `git update-ref -d {reference}`"
        ))
    }
}

/// The folder of a remote on this machine.
fn local_path(url: &str, base: &Path) -> Option<PathBuf> {
    if let Some(path) = url.strip_prefix("file://") {
        return Some(PathBuf::from(path));
    }
    let path = base.join(url);
    (!url.contains("://") && path.is_dir()).then_some(path)
}

/// A dry run never writes on the server, so a read-only folder would be noticed too late.
fn writable_folder(remote: &Path, name: &str) -> Result<()> {
    let objects = [remote.join("objects"), remote.join(".git/objects")];
    let Some(objects) = objects.iter().find(|folder| folder.is_dir()) else { return Ok(()) };
    match tempfile::tempfile_in(objects) {
        Ok(_) => Ok(()),
        Err(e) => Err(Error::new(
            ErrorKind::Permission,
            format!("may not write the registry on `{name}`: {}: {e}", objects.display()),
        )
        .hint("nothing was written; check the owner and mode of that folder")),
    }
}
