//! What an event does to the state. Writing and verifying share this, so that a state is right
//! exactly when its events, played again, give it.

use std::collections::BTreeMap;

use super::layout::{ModelHead, alias_path, head_path, version_path};
use super::write::Edit;
use crate::domain::canonical;
use crate::domain::digest::Digest;
use crate::domain::error::Result;
use crate::domain::event::{Promoted, Registered, What};
use crate::domain::name::{Alias, ModelName};
use crate::domain::record::{LoggedEvent, VersionRecord};
use crate::domain::version::Version;

/// The record that a `registered` event makes.
pub(super) fn registered(logged: &LoggedEvent, data: &Registered) -> VersionRecord {
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

/// The files that change with an event. `touched` is the record of the version that the event
/// puts away or takes out.
///
/// # Errors
/// A value that JSON cannot carry.
pub(super) fn edits(logged: &LoggedEvent, touched: Option<VersionRecord>) -> Result<Vec<Edit>> {
    let model = &logged.event.model;
    let mut edits = vec![head_edit(model, logged.event.sequence, logged.id)?];
    match &logged.event.what {
        What::Registered(data) => edits.push(record_edit(&registered(logged, data))?),
        What::Promoted(data) => edits.push(alias_edit(model, &data.alias, &data.version)),
        What::Archived(_) | What::Restored(_) => {
            let archived = matches!(logged.event.what, What::Archived(_));
            if let Some(record) = touched {
                edits.push(record_edit(&VersionRecord { archived, ..record })?);
            }
        }
        _ => {}
    }
    Ok(edits)
}

fn head_edit(model: &ModelName, events: u64, head: Digest) -> Result<Edit> {
    let bytes = canonical::to_bytes(&ModelHead { events, head })?;
    Ok(Edit { path: head_path(model), bytes })
}

fn record_edit(record: &VersionRecord) -> Result<Edit> {
    let path = version_path(&record.model, &record.version);
    Ok(Edit { path, bytes: canonical::to_bytes(record)? })
}

fn alias_edit(model: &ModelName, alias: &Alias, version: &Version) -> Edit {
    Edit { path: alias_path(model, alias), bytes: version.to_string().into_bytes() }
}

#[derive(Debug, Default)]
struct Model {
    versions: BTreeMap<Version, VersionRecord>,
    aliases: BTreeMap<Alias, Version>,
    events: u64,
    head: Option<Digest>,
}

/// The state that events add up to.
#[derive(Debug, Default)]
pub(super) struct Replay {
    models: BTreeMap<ModelName, Model>,
}

impl Replay {
    /// Plays one event and says in plain words what is wrong with it. A wrong event is played as
    /// far as it can be, so that one fault is not reported again for every event after it.
    pub fn play(&mut self, logged: &LoggedEvent) -> Vec<String> {
        let event = &logged.event;
        let model = self.models.entry(event.model.clone()).or_default();
        let mut problems = Vec::new();
        if event.sequence != model.events + 1 {
            problems.push(format!(
                "is number {} of {}, but number {} comes next",
                event.sequence,
                event.model,
                model.events + 1
            ));
        }
        if event.previous != model.head {
            problems.push(format!(
                "does not follow the event before it: it names {}, and that one is {}",
                name(event.previous),
                name(model.head)
            ));
        }
        model.events = event.sequence;
        model.head = Some(logged.id);
        problems.extend(model.change(logged));
        problems
    }

    /// The whole state as files by path.
    ///
    /// # Errors
    /// A value that JSON cannot carry.
    pub fn files(&self) -> Result<BTreeMap<String, Vec<u8>>> {
        let mut files = BTreeMap::new();
        for (name, model) in &self.models {
            let mut put = |edit: Edit| files.insert(edit.path, edit.bytes);
            if let Some(head) = model.head {
                put(head_edit(name, model.events, head)?);
            }
            for record in model.versions.values() {
                put(record_edit(record)?);
            }
            for (alias, version) in &model.aliases {
                put(alias_edit(name, alias, version));
            }
        }
        Ok(files)
    }
}

impl Model {
    fn change(&mut self, logged: &LoggedEvent) -> Option<String> {
        match &logged.event.what {
            What::Registered(data) => self.register(registered(logged, data)),
            What::Promoted(data) => self.promote(data),
            What::Archived(data) => self.set_archived(&data.version, true),
            What::Restored(data) => self.set_archived(&data.version, false),
            _ => None,
        }
    }

    fn register(&mut self, record: VersionRecord) -> Option<String> {
        let version = record.version.clone();
        let known = self.versions.values().find(|r| r.digest == record.digest);
        let problem = match (self.versions.get(&version), known) {
            (Some(_), _) => Some(format!("registers {version} a second time")),
            (None, Some(other)) => Some(format!(
                "registers {version} with the package that is {} already",
                other.version
            )),
            (None, None) => None,
        };
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

fn name(id: Option<Digest>) -> String {
    id.map_or_else(|| "none".to_owned(), |id| id.short())
}
