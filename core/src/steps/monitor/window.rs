//! The window of a local endpoint: what a version answered there since it was last monitored.

use std::path::{Path, PathBuf};

use crate::data::window;
use crate::domain::digest::Digest;
use crate::domain::error::Result;
use crate::domain::event::What;
use crate::domain::record::VersionRecord;
use crate::ports::registry::Registry;

/// Cuts the requests that the version answered since its last recorded window out of the log below
/// `endpoint` (the endpoint's folder), and gives the file that holds them; none where nothing was
/// answered since. The windows are kept beside the log.
///
/// # Errors
/// No log there; a log that cannot be read.
pub fn window_of_endpoint(
    endpoint: &Path,
    record: &VersionRecord,
    registry: &dyn Registry,
) -> Result<Option<PathBuf>> {
    let recorded = recorded_windows(record, registry)?;
    let slot = record.version.to_string();
    let cut = window::cut(&endpoint.join("log"), &endpoint.join("windows"), &slot, &recorded)?;
    Ok((cut.requests > 0).then_some(cut.file))
}

/// The windows of the version that were recorded and are kept beside the log, for labels that come
/// later.
///
/// # Errors
/// A folder that cannot be read; what the registry says.
pub fn kept_windows(
    endpoint: &Path,
    record: &VersionRecord,
    registry: &dyn Registry,
) -> Result<Vec<PathBuf>> {
    let recorded = recorded_windows(record, registry)?;
    window::kept(&endpoint.join("windows"), &record.version.to_string(), &recorded)
}

fn recorded_windows(record: &VersionRecord, registry: &dyn Registry) -> Result<Vec<Digest>> {
    let history = registry.history(&record.model)?;
    let window = |what: &What| match what {
        What::Monitored(found) if found.version == record.version => Some(found.window),
        _ => None,
    };
    Ok(history.iter().filter_map(|logged| window(&logged.event.what)).collect())
}
