//! `pull`: fetches a version's package into a folder, every byte checked.

use std::path::{Path, PathBuf};

use super::package;
use crate::domain::error::Result;
use crate::domain::record::VersionRecord;
use crate::domain::reference::ModelRef;
use crate::ports::registry::Registry;
use crate::ports::store::ArtifactStore;

/// What was fetched.
#[derive(Debug, Clone)]
pub struct PullOutcome {
    /// The version.
    pub record: VersionRecord,
    /// The package folder.
    pub folder: PathBuf,
}

/// Fetches the package that `reference` means into `target`, or into `NAME-VERSION` below
/// `working`.
///
/// # Errors
/// Not registered; the store lacks a file, or holds other bytes than the digest says. Nothing is
/// left at the target then.
pub fn run(
    reference: &ModelRef,
    target: Option<&Path>,
    working: &Path,
    registry: &dyn Registry,
    store: &dyn ArtifactStore,
) -> Result<PullOutcome> {
    let record = registry.resolve(reference)?;
    let folder = match target {
        Some(target) => working.join(target),
        None => working.join(format!("{}-{}", record.model, record.version)),
    };
    package::fetch(&record.digest, store, &folder)
        .map_err(|e| e.during(format!("pull {}@{}", record.model, record.version)))?;
    Ok(PullOutcome { record, folder })
}
