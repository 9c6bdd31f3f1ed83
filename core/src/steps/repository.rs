//! Where a file is in its git repository.

use std::path::{Path, PathBuf};

/// `path` relative to the root of the git repository around it; none outside of one.
pub(crate) fn relative_to_repository(path: &Path) -> Option<PathBuf> {
    let root = path.ancestors().skip(1).find(|folder| folder.join(".git").exists())?;
    path.strip_prefix(root).ok().map(Path::to_owned)
}
