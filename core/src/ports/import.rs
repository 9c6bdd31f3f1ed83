//! A system that holds models which were not registered here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::domain::error::Result;
use crate::domain::metric::Metrics;
use crate::ports::store::Progress;

/// A model that was brought here, with what its system knows of the training.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Brought {
    /// The model's file or folder.
    pub model: PathBuf,
    /// Metrics that training measured.
    pub metrics: Metrics,
    /// Parameters of the training.
    pub params: BTreeMap<String, String>,
    /// What else its system says of it, by name.
    pub details: BTreeMap<String, String>,
    /// Commit of the training code (40 hex digits).
    pub commit: Option<String>,
    /// Address of the training run.
    pub run: Option<String>,
}

/// A system that holds models.
pub trait Importer: Send + Sync {
    /// Brings the files of the model that `reference` means into the folder `into`, which is there
    /// and empty.
    ///
    /// # Errors
    /// No such model, or none that can be brought; the system cannot be reached.
    fn bring(&self, reference: &str, into: &Path, progress: Progress<'_>) -> Result<Brought>;
}
