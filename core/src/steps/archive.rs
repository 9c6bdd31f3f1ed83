//! `archive` and `restore`: a version is put away, or taken out again.

use crate::domain::error::Result;
use crate::domain::record::VersionRecord;
use crate::domain::reference::ModelRef;
use crate::ports::registry::{Origin, Registry};

/// Puts the version away: it is kept, but never chosen and never promoted.
///
/// # Errors
/// No such version, or an alias points at it.
pub fn archive(
    reference: &ModelRef,
    origin: &Origin,
    registry: &dyn Registry,
) -> Result<VersionRecord> {
    let record = registry.resolve(reference)?;
    registry.set_archived(&record.model, &record.version, true, origin)
}

/// Takes the version out again. Name it by its version or digest: `latest` never means an
/// archived one.
///
/// # Errors
/// No such version.
pub fn restore(
    reference: &ModelRef,
    origin: &Origin,
    registry: &dyn Registry,
) -> Result<VersionRecord> {
    let record = registry.resolve(reference)?;
    registry.set_archived(&record.model, &record.version, false, origin)
}
