//! All artifacts of a model, fetched into a folder.

use std::path::Path;

use crate::adapters::mlflow::{Artifacts, Fetch};
use crate::domain::error::Result;
use crate::files::place;
use crate::ports::store::Progress;

/// Fetches the artifacts below `folder` into `into` and gives how many files there were.
pub(super) fn fetch(
    artifacts: &dyn Artifacts,
    folder: &str,
    into: &Path,
    progress: Progress<'_>,
) -> Result<usize> {
    let files = artifacts.files(folder)?;
    for path in files.keys() {
        let below = path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/');
        let target = into.join(below);
        if let Some(folder) = target.parent() {
            place::make_folder(folder)?;
        }
        artifacts.fetch(path, Fetch { into: &target, digest: None, progress })?;
    }
    Ok(files.len())
}
