//! What an event changes in the tree, and the tree that events add up to.

use std::collections::BTreeMap;

use super::layout::{alias_path, head_path, version_path};
use super::write::Edit;
use crate::adapters::registry::ledger::{ModelHead, ModelState, decide, registered};
use crate::domain::canonical;
use crate::domain::digest::Digest;
use crate::domain::error::Result;
use crate::domain::event::What;
use crate::domain::name::{Alias, ModelName};
use crate::domain::record::{LoggedEvent, VersionRecord};
use crate::domain::version::Version;

/// The files that change with an event. `touched` are the records that it changes, as they are
/// before it.
///
/// # Errors
/// A value that JSON cannot carry.
pub(super) fn edits(logged: &LoggedEvent, touched: Vec<VersionRecord>) -> Result<Vec<Edit>> {
    let model = &logged.event.model;
    let mut edits = vec![head_edit(model, logged.event.sequence, logged.id)?];
    match &logged.event.what {
        What::Registered(data) => edits.push(record_edit(&registered(logged, data))?),
        What::Promoted(data) => edits.push(alias_edit(model, &data.alias, &data.version)),
        What::Withdrawn(data) => {
            edits.push(Edit { path: alias_path(model, &data.alias), bytes: None });
        }
        what => {
            for record in touched {
                edits.push(record_edit(&decide::after(record, what))?);
            }
        }
    }
    Ok(edits)
}

fn head_edit(model: &ModelName, events: u64, head: Digest) -> Result<Edit> {
    let bytes = Some(canonical::to_bytes(&ModelHead { events, head })?);
    Ok(Edit { path: head_path(model), bytes })
}

fn record_edit(record: &VersionRecord) -> Result<Edit> {
    let path = version_path(&record.model, &record.version);
    Ok(Edit { path, bytes: Some(canonical::to_bytes(record)?) })
}

fn alias_edit(model: &ModelName, alias: &Alias, version: &Version) -> Edit {
    Edit { path: alias_path(model, alias), bytes: Some(version.to_string().into_bytes()) }
}

/// The state that events add up to.
#[derive(Debug, Default)]
pub(super) struct Replay {
    models: BTreeMap<ModelName, ModelState>,
}

impl Replay {
    /// Plays one event and says in plain words what is wrong with it.
    pub fn play(&mut self, logged: &LoggedEvent) -> Vec<String> {
        let name = &logged.event.model;
        let new = || ModelState::new(name.clone());
        self.models.entry(name.clone()).or_insert_with(new).play(logged)
    }

    /// The whole state as files by path.
    ///
    /// # Errors
    /// A value that JSON cannot carry.
    pub fn files(&self) -> Result<BTreeMap<String, Vec<u8>>> {
        let mut files = BTreeMap::new();
        for (name, model) in &self.models {
            let mut put = |edit: Edit| edit.bytes.map(|bytes| files.insert(edit.path, bytes));
            if let Some(head) = model.head() {
                put(head_edit(name, model.events(), head)?);
            }
            for record in model.versions().values() {
                put(record_edit(record)?);
            }
            for (alias, version) in model.aliases() {
                put(alias_edit(name, alias, version));
            }
        }
        Ok(files)
    }
}
