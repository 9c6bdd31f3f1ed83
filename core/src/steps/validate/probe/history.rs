//! The metrics of the versions before the challenger.

use crate::domain::error::Result;
use crate::domain::record::VersionRecord;
use crate::gates::probes::PastVersion;
use crate::ports::registry::Registry;
use crate::ports::store::ArtifactStore;
use crate::steps::validate::evidence::manifest;

/// The `most` highest versions below the challenger that are not archived, the highest first.
pub(super) fn read(
    challenger: &VersionRecord,
    most: usize,
    registry: &dyn Registry,
    store: &dyn ArtifactStore,
) -> Result<Vec<PastVersion>> {
    let model = registry.model(&challenger.model)?;
    let mut before: Vec<&VersionRecord> = model
        .versions
        .iter()
        .filter(|record| !record.archived && record.version < challenger.version)
        .collect();
    before.sort_by(|a, b| b.version.cmp(&a.version));
    let past = |record: &VersionRecord| -> Result<PastVersion> {
        Ok(PastVersion {
            version: record.version.clone(),
            metrics: manifest(store, record)?.metrics,
        })
    };
    before.into_iter().take(most).map(past).collect()
}
