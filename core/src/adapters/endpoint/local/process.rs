//! Notes on disk of child processes that run, so that a server that was killed can end what it left.

use std::path::{Path, PathBuf};

use crate::process::{Group, start_time};

/// A note on disk of a child that runs, so that a server that was killed can end what it left.
#[derive(Debug)]
pub(super) struct Note(PathBuf);

impl Note {
    /// Writes down that `child` runs.
    pub(super) fn write(path: PathBuf, child: &tokio::process::Child) -> Self {
        if let Some(id) = child.id()
            && let Some(started) = start_time(id)
            && let Err(error) = std::fs::write(&path, format!("{id} {started}\n"))
        {
            tracing::warn!("cannot write {}: {error}", path.display());
        }
        Self(path)
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Ends the process groups that notes in `folder` tell of.
pub(super) fn end_leftovers(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|e| e == "pid") {
            if let Some(group) = std::fs::read_to_string(&path).ok().and_then(|t| leftover(&t)) {
                group.kill();
            }
            let _ = std::fs::remove_file(&path);
        }
    }
}

/// The group that a note tells of, if it is still the same process.
fn leftover(note: &str) -> Option<Group> {
    let (id, started) = note.trim().split_once(' ')?;
    let id: u32 = id.parse().ok()?;
    let same = start_time(id)?.to_string() == started;
    same.then(|| Group::of(id))
}
