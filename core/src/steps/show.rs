//! `show`: what the registry holds.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::domain::error::Result;
use crate::domain::name::ModelName;
use crate::domain::record::{ModelRecord, ModelSummary};
use crate::ports::registry::Registry;

/// All models in short, or one in full. As JSON both are one object with the key `models`.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// Every model, without its versions.
    All(Vec<ModelSummary>),
    /// One model with its versions.
    One(Box<ModelRecord>),
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Self::All(models) => map.serialize_entry("models", models)?,
            Self::One(model) => map.serialize_entry("models", &[model])?,
        }
        map.end()
    }
}

/// Reads all models, or the one named.
///
/// # Errors
/// No such model, or the registry cannot be read.
pub fn run(model: Option<&ModelName>, registry: &dyn Registry) -> Result<Shown> {
    match model {
        None => registry.models().map(Shown::All),
        Some(name) => registry.model(name).map(|model| Shown::One(Box::new(model))),
    }
}
