//! What the events of a model add up to. Writing and verifying share this, so that a state is right
//! exactly when its events, played again, give it.

use std::collections::BTreeMap;

use super::view::{Model, ModelHead};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::event::{Copied, Promoted, Registered, What, Withdrawn};
use crate::domain::name::{Alias, ModelName};
use crate::domain::record::{LoggedEvent, VersionRecord};
use crate::domain::version::Version;

/// The record that a `registered` event makes.
pub(in crate::adapters::registry) fn registered(
    logged: &LoggedEvent,
    data: &Registered,
) -> VersionRecord {
    VersionRecord {
        model: logged.event.model.clone(),
        version: data.version.clone(),
        digest: data.digest,
        uri: data.uri.clone(),
        format: data.format,
        bytes: data.bytes,
        registered: logged.event.time,
        event: logged.id,
        archived: false,
    }
}

/// A model, as its events say.
#[derive(Debug, Clone)]
pub struct ModelState {
    name: ModelName,
    versions: BTreeMap<Version, VersionRecord>,
    packages: BTreeMap<Digest, Version>,
    aliases: BTreeMap<Alias, Version>,
    events: u64,
    head: Option<Digest>,
}

impl ModelState {
    /// A model to which nothing has happened.
    pub fn new(name: ModelName) -> Self {
        Self {
            name,
            versions: BTreeMap::new(),
            packages: BTreeMap::new(),
            aliases: BTreeMap::new(),
            events: 0,
            head: None,
        }
    }

    /// The model's name.
    pub fn name(&self) -> &ModelName {
        &self.name
    }

    /// The records of all versions.
    pub fn versions(&self) -> &BTreeMap<Version, VersionRecord> {
        &self.versions
    }

    /// Where each alias points.
    pub fn aliases(&self) -> &BTreeMap<Alias, Version> {
        &self.aliases
    }

    /// Number of events.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Id of the newest event.
    pub fn head(&self) -> Option<Digest> {
        self.head
    }

    /// Plays one event and says in plain words what is wrong with it. A wrong event is played as
    /// far as it can be, so that one fault is not reported again for every event after it.
    pub fn play(&mut self, logged: &LoggedEvent) -> Vec<String> {
        let event = &logged.event;
        let mut problems = Vec::new();
        if event.sequence != self.events + 1 {
            problems.push(format!(
                "is number {} of {}, but number {} comes next",
                event.sequence,
                event.model,
                self.events + 1
            ));
        }
        if event.previous != self.head {
            problems.push(format!(
                "does not follow the event before it: it names {}, and that one is {}",
                short(event.previous),
                short(self.head)
            ));
        }
        self.events = event.sequence;
        self.head = Some(logged.id);
        problems.extend(self.change(logged));
        problems
    }

    fn change(&mut self, logged: &LoggedEvent) -> Option<String> {
        match &logged.event.what {
            What::Registered(data) => self.register(registered(logged, data)),
            What::Promoted(data) => self.promote(data),
            What::Withdrawn(data) => self.withdraw(data),
            What::Archived(data) => self.set_archived(&data.version, true),
            What::Restored(data) => self.set_archived(&data.version, false),
            What::Copied(data) => self.relocate(data),
            _ => None,
        }
    }

    fn register(&mut self, record: VersionRecord) -> Option<String> {
        let version = record.version.clone();
        let known = self.packages.get(&record.digest);
        let problem = match (self.versions.get(&version), known) {
            (Some(_), _) => Some(format!("registers {version} a second time")),
            (None, Some(other)) => {
                Some(format!("registers {version} with the package that is {other} already"))
            }
            (None, None) => None,
        };
        self.packages.entry(record.digest).or_insert_with(|| version.clone());
        self.versions.entry(version).or_insert(record);
        problem
    }

    fn promote(&mut self, data: &Promoted) -> Option<String> {
        let before = self.aliases.insert(data.alias.clone(), data.version.clone());
        match self.versions.get(&data.version) {
            None => Some(format!("promotes {}, which was never registered", data.version)),
            Some(record) if record.archived => {
                Some(format!("promotes {}, which is archived", data.version))
            }
            Some(_) if before != data.previous => {
                Some(format!("says that `{}` pointed elsewhere than it did", data.alias))
            }
            Some(_) => None,
        }
    }

    fn withdraw(&mut self, data: &Withdrawn) -> Option<String> {
        let before = self.aliases.remove(&data.alias);
        (before.as_ref() != Some(&data.previous))
            .then(|| format!("says that `{}` pointed elsewhere than it did", data.alias))
    }

    fn set_archived(&mut self, version: &Version, archived: bool) -> Option<String> {
        match self.versions.get_mut(version) {
            None => Some(format!("archives or restores {version}, which was never registered")),
            Some(record) => {
                record.archived = archived;
                None
            }
        }
    }
}

impl ModelState {
    fn relocate(&mut self, data: &Copied) -> Option<String> {
        let mut unknown = None;
        for (version, uri) in &data.uris {
            match self.versions.get_mut(version) {
                Some(record) => record.uri.clone_from(uri),
                None => unknown = Some(version),
            }
        }
        unknown.map(|version| format!("copies {version}, which was never registered"))
    }
}

impl Model for &ModelState {
    fn name(&self) -> &ModelName {
        &self.name
    }

    fn head(&self) -> Result<ModelHead> {
        let none = || Error::internal(format!("nothing has happened to {}", self.name));
        Ok(ModelHead { events: self.events, head: self.head.ok_or_else(none)? })
    }

    fn versions(&self) -> Result<Vec<Version>> {
        Ok(self.versions.keys().cloned().collect())
    }

    fn record(&self, version: &Version) -> Result<Option<VersionRecord>> {
        Ok(self.versions.get(version).cloned())
    }

    fn records(&self) -> Result<Vec<VersionRecord>> {
        Ok(self.versions.values().cloned().collect())
    }

    fn find_digest(&self, digest: &Digest) -> Result<Option<VersionRecord>> {
        let version = self.packages.get(digest);
        Ok(version.and_then(|version| self.versions.get(version)).cloned())
    }

    fn alias(&self, alias: &Alias) -> Result<Option<Version>> {
        Ok(self.aliases.get(alias).cloned())
    }

    fn aliases(&self) -> Result<BTreeMap<Alias, Version>> {
        Ok(self.aliases.clone())
    }
}

fn short(id: Option<Digest>) -> String {
    id.map_or_else(|| "none".to_owned(), |id| id.short())
}
