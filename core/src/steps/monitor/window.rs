//! The window of a local endpoint: what a version answered there since it was last monitored.

use std::path::{Path, PathBuf};

use crate::data::window;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::event::What;
use crate::domain::record::VersionRecord;
use crate::ports::registry::Registry;

/// Cuts the requests that the version answered since its last recorded window out of the log below
/// `endpoint` (the endpoint's folder), and gives the file that holds them. The windows are kept
/// beside the log.
///
/// # Errors
/// No log there; a log that cannot be read; nothing was answered since.
pub fn window_of_endpoint(
    endpoint: &Path,
    record: &VersionRecord,
    registry: &dyn Registry,
) -> Result<PathBuf> {
    let recorded = recorded_windows(record, registry)?;
    let slot = record.version.to_string();
    let cut = window::cut(&endpoint.join("log"), &endpoint.join("windows"), &slot, &recorded)?;
    if cut.requests == 0 {
        let message = format!("{slot} has answered no request since it was last monitored");
        return Err(Error::input(message)
            .hint("send requests to the endpoint, or check endpoints.NAME.log.sample"));
    }
    Ok(cut.file)
}

fn recorded_windows(record: &VersionRecord, registry: &dyn Registry) -> Result<Vec<Digest>> {
    let history = registry.history(&record.model)?;
    let window = |what: &What| match what {
        What::Monitored(found) if found.version == record.version => Some(found.window),
        _ => None,
    };
    Ok(history.iter().filter_map(|logged| window(&logged.event.what)).collect())
}
