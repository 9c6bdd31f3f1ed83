//! `show`: what the registry holds.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::domain::error::Result;
use crate::domain::name::ModelName;
use crate::domain::record::{DamagedModel, ModelRecord};
use crate::ports::registry::{Listing, Registry};

/// All models in short, or one in full. As JSON both are one object with the keys `models` and
/// `damaged`.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// Every model, without its versions.
    All(Listing),
    /// One model with its versions.
    One(Box<ModelRecord>),
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        match self {
            Self::All(listing) => map.serialize_entry("models", &listing.models)?,
            Self::One(model) => map.serialize_entry("models", &[model])?,
        }
        map.serialize_entry("damaged", self.damaged())?;
        map.end()
    }
}

impl Shown {
    /// Models that cannot be shown.
    pub fn damaged(&self) -> &[DamagedModel] {
        match self {
            Self::All(listing) => &listing.damaged,
            Self::One(_) => &[],
        }
    }
}

/// Reads all models, or the one named.
///
/// # Errors
/// No such model, the one that is named is damaged, or the registry cannot be read.
pub fn run(model: Option<&ModelName>, registry: &dyn Registry) -> Result<Shown> {
    match model {
        None => registry.list().map(Shown::All),
        Some(name) => registry.model(name).map(|model| Shown::One(Box::new(model))),
    }
}
