//! The registry itself: the port's verbs over one repository.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use git2::Repository;

use super::history;
use super::layout::Snapshot;
use super::login::JobLogin;
use super::program::Program;
use super::remote::RemoteRef;
use super::repository::{self, unwritable};
use super::transact::BUSY;
use super::verify;
use super::write::signature;
use crate::adapters::registry::ledger::{Backoff, Models, decide, lookup};
use crate::domain::error::{Error, Result};
use crate::domain::name::ModelName;
use crate::domain::record::{LoggedEvent, ModelRecord, ModelSummary, VersionRecord};
use crate::domain::reference::ModelRef;
use crate::domain::version::Version;
use crate::ports::clock::Clock;
use crate::ports::registry::{
    Capabilities, Entry, Origin, PromoteOutcome, Promotion, RegisterOutcome, Registration,
    Registry, Verification,
};

/// Which remote holds the registry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RemoteChoice {
    /// `origin` where it exists, else none.
    #[default]
    Auto,
    /// Only the local repository.
    None,
    /// This configured remote, address or path.
    Named(String),
}

/// How the registry is kept.
#[derive(Debug, Clone)]
pub struct Options {
    /// Full name of the reference.
    pub reference: String,
    /// Which remote.
    pub remote: RemoteChoice,
    /// Also write tags in the manner of GTO.
    pub gto_tags: bool,
    /// The `git` program: a name on PATH, or a path.
    pub program: PathBuf,
    /// How long a write is tried again while others write too.
    pub patience: Duration,
    /// Longest time that one run of `git` may take.
    pub limit: Duration,
    /// The login of the CI job, where there is one.
    pub login: Option<JobLogin>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            reference: "refs/outerloop/registry".to_owned(),
            remote: RemoteChoice::Auto,
            gto_tags: false,
            program: PathBuf::from("git"),
            patience: Duration::from_secs(300),
            limit: Duration::from_secs(300),
            login: None,
        }
    }
}

/// The registry in a git reference.
pub struct GitRegistry {
    folder: PathBuf,
    options: Options,
    clock: Arc<dyn Clock>,
    /// One operation of this process at a time: others would only lose the race for the lock.
    turn: Mutex<()>,
}

impl GitRegistry {
    /// The registry in the repository that holds `folder`. Nothing is written until something is
    /// registered.
    ///
    /// # Errors
    /// Not found outside a repository; config when the reference's name cannot be one.
    pub fn open(folder: &Path, options: Options, clock: Arc<dyn Clock>) -> Result<Self> {
        let valid = git2::Reference::is_valid_name(&options.reference);
        if !valid || !options.reference.starts_with("refs/") {
            return Err(Error::config(format!(
                "`{}` cannot be the name of a git reference",
                options.reference.escape_debug()
            ))
            .hint("write a full name such as refs/outerloop/registry"));
        }
        repository::open(folder)?;
        Ok(Self { folder: folder.to_owned(), options, clock, turn: Mutex::new(()) })
    }

    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    pub(super) fn reference(&self) -> &str {
        &self.options.reference
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    pub(super) fn take_turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn repository(&self) -> Result<Repository> {
        repository::open(&self.folder)
    }

    /// The remote that holds the registry, if one does.
    pub(super) fn remote(&self, repository: &Repository) -> Result<Option<RemoteRef>> {
        let name = match &self.options.remote {
            RemoteChoice::None => return Ok(None),
            RemoteChoice::Named(name) => name.as_str(),
            RemoteChoice::Auto if repository.find_remote("origin").is_ok() => "origin",
            RemoteChoice::Auto => return Ok(None),
        };
        let program = Program {
            path: self.options.program.clone(),
            git_dir: repository.path().to_owned(),
            working_dir: repository.workdir().unwrap_or_else(|| repository.path()).to_owned(),
            limit: self.options.limit,
            login: self.options.login.clone(),
        };
        Ok(Some(RemoteRef::new(repository, program, name, self.reference())))
    }

    /// Runs `read` on the newest state.
    fn read<T>(&self, read: impl FnOnce(&Snapshot<'_>) -> Result<T>) -> Result<T> {
        let _turn = self.take_turn();
        let repository = self.repository()?;
        let mut backoff = Backoff::new(self.clock(), self.options.patience, BUSY);
        let synced = self.sync(&repository, &mut backoff)?;
        read(&Snapshot::at(&repository, synced.head)?)
    }
}

impl Registry for GitRegistry {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            compare_and_swap: true,
            immutable: false,
            verifiable_history: true,
            notes: vec![
                "whoever may force-push to the repository can rewrite the registry; a clone that \
                 saw it before, and `history --verify`, notice"
                    .to_owned(),
            ],
        }
    }

    fn models(&self) -> Result<Vec<ModelSummary>> {
        self.read(|snapshot| {
            snapshot.names()?.iter().map(|name| snapshot.model(name)?.to_summary()).collect()
        })
        .map_err(|e| e.during("list models"))
    }

    fn model(&self, name: &ModelName) -> Result<ModelRecord> {
        self.read(|snapshot| snapshot.model(name)?.to_record())
            .map_err(|e| e.during(format!("show {name}")))
    }

    fn resolve(&self, reference: &ModelRef) -> Result<VersionRecord> {
        self.read(|snapshot| lookup::resolve(snapshot, reference))
            .map_err(|e| e.during(format!("find {reference}")))
    }

    fn register(&self, registration: &Registration) -> Result<RegisterOutcome> {
        let model = &registration.model;
        let outcome = self
            .transact(|snapshot| decide::register(snapshot, registration))
            .map_err(|e| e.during(format!("register {model}")))?;
        self.tag_version(model, &outcome.record.version, registration.commit.as_deref());
        Ok(outcome)
    }

    fn promote(&self, promotion: &Promotion) -> Result<PromoteOutcome> {
        let Promotion { model, alias, version, .. } = promotion;
        let begun = decide::Begun::default();
        let outcome = self
            .transact(|snapshot| decide::promote(snapshot, promotion, &begun))
            .map_err(|e| e.during(format!("promote {model}@{version} to {alias}")))?;
        if outcome.moved {
            self.tag_alias(model, alias, version);
        }
        Ok(outcome)
    }

    fn set_archived(
        &self,
        model: &ModelName,
        version: &Version,
        archived: bool,
        origin: &Origin,
    ) -> Result<VersionRecord> {
        let verb = if archived { "archive" } else { "restore" };
        self.transact(|snapshot| decide::set_archived(snapshot, model, version, archived, origin))
            .map_err(|e| e.during(format!("{verb} {model}@{version}")))
    }

    fn record(&self, entry: &Entry) -> Result<LoggedEvent> {
        let what = entry.what.type_name();
        self.transact(|snapshot| decide::record(snapshot, entry))
            .map_err(|e| e.during(format!("record {what} of {}", entry.model)))
    }

    fn may_adopt(&self, history: &[LoggedEvent]) -> Result<()> {
        let Some(first) = history.first() else { return Ok(()) };
        let model = &first.event.model;
        self.read(|snapshot| {
            let head = snapshot.commit.as_ref().map(git2::Commit::id);
            let here = history::read(snapshot.repository(), head, model)?;
            decide::missing(&here, history).map(|_| ())
        })
        .map_err(|e| e.during(format!("take over {model}")))
    }

    fn adopt(&self, history: &[LoggedEvent]) -> Result<u64> {
        let Some(first) = history.first() else { return Ok(0) };
        let model = &first.event.model;
        self.adopt_all(model, history).map_err(|e| e.during(format!("take over {model}")))
    }

    fn history(&self, model: &ModelName) -> Result<Vec<LoggedEvent>> {
        self.read(|snapshot| {
            let folder = snapshot.model(model)?;
            let head = snapshot.commit.as_ref().map(git2::Commit::id);
            let events = history::read(snapshot.repository(), head, model)?;
            let expected = folder.head()?;
            match events.last() {
                Some(last)
                    if last.id == expected.head && events.len() as u64 == expected.events =>
                {
                    Ok(events)
                }
                _ => Err(Error::integrity(format!(
                    "the history holds {} events of {model}, and the state says {}",
                    events.len(),
                    expected.events
                ))
                .hint(
                    "`--verify` lists what is wrong; in a shallow clone of the registry itself \
                       run `git fetch --unshallow`",
                )),
            }
        })
        .map_err(|e| e.during(format!("history of {model}")))
    }

    fn verify(&self) -> Result<Verification> {
        let _turn = self.take_turn();
        let repository = self.repository()?;
        let mut backoff = Backoff::new(self.clock(), self.options.patience, BUSY);
        let synced = self.sync(&repository, &mut backoff).map_err(|e| e.during("verify"))?;
        verify::verify(&repository, synced.head).map_err(|e| e.during("verify"))
    }

    fn check_writable(&self) -> Result<()> {
        let _turn = self.take_turn();
        self.try_write().map_err(|e| e.during("check that the registry can be written"))
    }
}

impl GitRegistry {
    fn try_write(&self) -> Result<()> {
        let repository = self.repository()?;
        let objects = repository.commondir().join("objects");
        tempfile::tempfile_in(&objects).map_err(|e| Error::io("write into", &objects, e))?;
        let Some(remote) = self.remote(&repository)? else { return Ok(()) };
        let mut backoff = Backoff::new(self.clock(), self.options.patience, BUSY);
        let synced = self.sync(&repository, &mut backoff)?;
        let parent = synced.head.map(|head| repository.find_commit(head)).transpose();
        // An object that no reference holds: it only stands for the event to come.
        let probe = parent.and_then(|parent| {
            let tree = match &parent {
                Some(parent) => parent.tree()?,
                None => repository.find_tree(repository.treebuilder(None)?.write()?)?,
            };
            let author = signature("outerloop", jiff::Timestamp::UNIX_EPOCH)
                .map_err(|e| git2::Error::from_str(&e.to_string()))?;
            let parents: Vec<_> = parent.iter().collect();
            repository.commit(None, &author, &author, "probe\n", &tree, &parents)
        });
        remote.try_push(probe.map_err(|e| unwritable("a commit", &e))?)
    }
}

impl std::fmt::Debug for GitRegistry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitRegistry")
            .field("folder", &self.folder)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
