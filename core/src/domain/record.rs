//! What a registry holds of a model, as it is now.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::digest::Digest;
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

/// An event with its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoggedEvent {
    /// The id.
    pub id: Digest,
    /// The event.
    pub event: Event,
}
