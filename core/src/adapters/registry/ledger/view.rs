//! What decisions see of a registry: models with their versions and aliases, wherever these lie.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lookup;
use crate::domain::digest::Digest;
use crate::domain::error::Result;
use crate::domain::name::{Alias, ModelName};
use crate::domain::record::{ModelRecord, ModelSummary, VersionRecord};
use crate::domain::version::Version;

/// How far a model's history goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::adapters::registry) struct ModelHead {
    /// Number of events.
    pub events: u64,
    /// Id of the newest event.
    pub head: Digest,
}

/// All models, as of one moment.
pub(in crate::adapters::registry) trait Models {
    /// Names of all models, ascending.
    ///
    /// # Errors
    /// The registry cannot be read.
    fn names(&self) -> Result<Vec<ModelName>>;

    /// The model, if there is one of this name.
    ///
    /// # Errors
    /// The registry cannot be read.
    fn find(&self, name: &ModelName) -> Result<Option<Box<dyn Model + '_>>>;

    /// The model.
    ///
    /// # Errors
    /// Not found, with the names that there are; the registry cannot be read.
    fn model(&self, name: &ModelName) -> Result<Box<dyn Model + '_>> {
        match self.find(name)? {
            Some(model) => Ok(model),
            None => Err(lookup::unknown_model(name, &self.names()?)),
        }
    }
}

/// One model, as of one moment. Every answer may be an integrity error where the state can be
/// changed behind this program's back.
pub(in crate::adapters::registry) trait Model {
    /// The model's name.
    fn name(&self) -> &ModelName;
    /// Number of events and the newest one's id.
    fn head(&self) -> Result<ModelHead>;
    /// All versions, ascending.
    fn versions(&self) -> Result<Vec<Version>>;
    /// The record of a version, if it is registered.
    fn record(&self, version: &Version) -> Result<Option<VersionRecord>>;
    /// All records, ascending by version.
    fn records(&self) -> Result<Vec<VersionRecord>>;
    /// The version whose package has this digest.
    fn find_digest(&self, digest: &Digest) -> Result<Option<VersionRecord>>;
    /// Where an alias points.
    fn alias(&self, alias: &Alias) -> Result<Option<Version>>;
    /// All aliases.
    fn aliases(&self) -> Result<BTreeMap<Alias, Version>>;

    /// Everything but the history.
    ///
    /// # Errors
    /// As the parts.
    fn to_record(&self) -> Result<ModelRecord> {
        let ModelHead { events, head } = self.head()?;
        let (aliases, versions) = (self.aliases()?, self.records()?);
        Ok(ModelRecord { name: self.name().clone(), aliases, versions, events, head })
    }

    /// The line in a list: no version record is read.
    ///
    /// # Errors
    /// As the parts.
    fn to_summary(&self) -> Result<ModelSummary> {
        let versions = self.versions()?;
        Ok(ModelSummary {
            name: self.name().clone(),
            aliases: self.aliases()?,
            latest: versions.last().cloned(),
            versions: versions.len() as u64,
            events: self.head()?.events,
        })
    }
}
