//! What a registry holds of a model, as it is now.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::error::Error;
use super::event::Event;
use super::name::{Alias, ModelName};
use super::package::Format;
use super::version::Version;

/// One registered version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct VersionRecord {
    /// The model.
    pub model: ModelName,
    /// The version.
    pub version: Version,
    /// Package digest.
    pub digest: Digest,
    /// Where the bytes are.
    pub uri: String,
    /// The model's format.
    pub format: Format,
    /// Sum of the file sizes in bytes.
    pub bytes: u64,
    /// When it was registered.
    pub registered: Timestamp,
    /// Id of the `registered` event.
    pub event: Digest,
    /// Put away: kept, but never chosen.
    #[serde(default)]
    pub archived: bool,
}

/// A model, as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ModelRecord {
    /// The model.
    pub name: ModelName,
    /// Its aliases.
    pub aliases: BTreeMap<Alias, Version>,
    /// Its versions, ascending.
    pub versions: Vec<VersionRecord>,
    /// Number of events.
    pub events: u64,
    /// Id of the newest event.
    pub head: Digest,
}

/// A model in a list, without its versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ModelSummary {
    /// The model.
    pub name: ModelName,
    /// Its aliases.
    pub aliases: BTreeMap<Alias, Version>,
    /// Its highest version.
    pub latest: Option<Version>,
    /// Number of versions.
    pub versions: u64,
    /// Number of events.
    pub events: u64,
}

/// A model whose history does not hold, so that nothing can be said of its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamagedModel {
    /// The model.
    pub name: ModelName,
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub hint: String,
}

impl DamagedModel {
    /// The model of which `error` was said.
    pub fn of(name: ModelName, error: &Error) -> Self {
        let hint = error.hint_text().unwrap_or_default().to_owned();
        Self { name, reason: error.to_string(), hint }
    }

    /// What is wrong, as an error.
    pub fn error(&self) -> Error {
        Error::integrity(self.reason.clone()).hint(self.hint.clone())
    }
}

/// An event with its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoggedEvent {
    /// The id.
    pub id: Digest,
    /// The event.
    pub event: Event,
}
