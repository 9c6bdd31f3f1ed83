//! From a registry of this program.
//!
//! The events are taken over as they are, with their ids, so that both histories verify and what a
//! verdict or a rollout names is found in both. The bytes go first, and one more event says at last
//! where they are now: until then nothing points at bytes that are not there, and a copy that broke
//! off goes on where it ended.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::event::{Copied, What};
use crate::domain::name::ModelName;
use crate::domain::record::{LoggedEvent, ModelRecord, VersionRecord};
use crate::ports::registry::{Entry, Origin, Registry};
use crate::ports::store::{ArtifactStore, Progress};
use crate::steps::package::{fetch, transfer};

/// A registry with the store of its bytes.
pub struct Side<'a> {
    /// What it is called in the history.
    pub name: &'a str,
    /// Versions and events.
    pub registry: &'a dyn Registry,
    /// Bytes.
    pub store: &'a dyn ArtifactStore,
}

/// A model that was copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CopiedModel {
    /// The model.
    pub model: ModelName,
    /// Its versions.
    pub versions: u64,
    /// Events that were not there before.
    pub events: u64,
    /// Packages that were not there before.
    pub packages: u64,
    /// Their bytes.
    pub bytes: u64,
    /// False when all of it was there before.
    pub changed: bool,
}

/// The names of the models to copy: `wanted`, else all of `from`.
///
/// # Errors
/// A name that is not there; nothing is.
pub fn names(wanted: &[ModelName], from: &dyn Registry) -> Result<Vec<ModelName>> {
    if !wanted.is_empty() {
        // All of them are looked up before the first one is copied.
        wanted.iter().try_for_each(|name| from.model(name).map(|_| ()))?;
        return Ok(wanted.to_vec());
    }
    let names: Vec<ModelName> = from.models()?.into_iter().map(|model| model.name).collect();
    if names.is_empty() {
        return Err(Error::not_found("the registry to copy from has no model")
            .hint("look at it with `outerloop show --registry ADDRESS`"));
    }
    Ok(names)
}

/// Copies one model. `progress` is told the bytes that are stored.
///
/// # Errors
/// An unknown model; bytes that are missing or damaged; conflict where the model went another way
/// in `to`; a backend that fails. What was done stays, and the next try goes on.
pub fn run(
    model: &ModelName,
    from: &Side<'_>,
    to: &Side<'_>,
    origin: &Origin,
    progress: Progress<'_>,
) -> Result<CopiedModel> {
    let copied = Copying { model, from, to, origin, progress }.run();
    copied.map_err(|e| e.during(format!("copy {model}")))
}

struct Copying<'a> {
    model: &'a ModelName,
    from: &'a Side<'a>,
    to: &'a Side<'a>,
    origin: &'a Origin,
    progress: Progress<'a>,
}

impl Copying<'_> {
    fn run(&self) -> Result<CopiedModel> {
        let mut history = self.from.registry.history(self.model)?;
        // A conflict is told before any byte is sent.
        self.to.registry.may_adopt(&history)?;
        let (mut packages, mut bytes, mut events) = (0, 0, 0);
        let record = loop {
            let mut record = self.from.registry.model(self.model)?;
            record.versions.retain(|version| is_registered(&history, version));
            let sent = self.send(&record)?;
            (packages, bytes) = (packages + sent.0, bytes + sent.1);
            events += self.to.registry.adopt(&history)?;
            // What happened meanwhile is taken along: once it is told, the copy is closed.
            let now = self.from.registry.history(self.model)?;
            if now.len() == history.len() {
                break record;
            }
            history = now;
        };
        let told = self.tell(&record, &history, events + packages > 0)?;
        self.to.registry.finish(self.model)?;
        self.name(&record)?;
        Ok(CopiedModel {
            model: self.model.clone(),
            versions: record.versions.len() as u64,
            events: events + u64::from(told),
            packages,
            bytes,
            changed: packages > 0 || events > 0 || told,
        })
    }

    /// The events that are there.
    fn there(&self) -> Result<Vec<LoggedEvent>> {
        match self.to.registry.history(self.model) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            found => found,
        }
    }

    /// Sends the packages that are not there yet.
    fn send(&self, record: &ModelRecord) -> Result<(u64, u64)> {
        let (mut packages, mut bytes) = (0, 0);
        for version in &record.versions {
            if self.to.store.contains(&version.digest)? {
                continue;
            }
            let folder = tempfile::tempdir()
                .map_err(|e| Error::io("make", Path::new("a temporary folder"), e))?;
            let package = folder.path().join("package");
            self.to.store.also_at(&self.from.store.uri(&version.digest));
            let fetched = fetch(&version.digest, self.from.store, &package)
                .and_then(|_| transfer::store_with(&package, self.to.store, self.progress));
            fetched.map_err(|e| e.during(version.version.to_string()))?;
            packages += 1;
            bytes += version.bytes;
        }
        Ok((packages, bytes))
    }

    /// Writes, unless that was done before, the event that says where the bytes are now. Of a copy
    /// that brings nothing `new` to where the bytes are said to be there is nothing to tell: the two
    /// are one registry, or it was told by a copy before.
    fn tell(&self, record: &ModelRecord, history: &[LoggedEvent], new: bool) -> Result<bool> {
        let there = self.there()?;
        let known = || -> Result<bool> {
            let versions = self.to.registry.model(self.model)?.versions;
            let ours = |v: &&VersionRecord| record.versions.iter().any(|o| o.version == v.version);
            Ok(versions.iter().filter(ours).all(|v| v.uri == self.to.store.uri(&v.digest)))
        };
        if (there.len() > history.len() || !new) && known()? {
            return Ok(false);
        }
        let place = |v: &VersionRecord| (v.version.clone(), self.to.store.uri(&v.digest));
        let uris: BTreeMap<_, _> = record.versions.iter().map(place).collect();
        self.to.registry.record(&Entry {
            model: self.model.clone(),
            what: What::Copied(Copied { from: self.from.name.to_owned(), uris }),
            only_after: there.last().map(|logged| logged.id),
            origin: self.origin.clone(),
        })?;
        Ok(true)
    }

    fn name(&self, record: &ModelRecord) -> Result<()> {
        let named = |version: &VersionRecord| {
            self.to.store.name(&version.digest, self.model, &version.version)
        };
        record.versions.iter().try_for_each(named)
    }
}

fn is_registered(history: &[LoggedEvent], version: &VersionRecord) -> bool {
    history.iter().any(|logged| match &logged.event.what {
        What::Registered(data) => data.version == version.version,
        _ => false,
    })
}
