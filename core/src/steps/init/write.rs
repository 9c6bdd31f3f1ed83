//! Writes several files whole or not at all, and never over one that is there.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::domain::error::{Error, Result};

/// Writes `files`, none of which exists. When one cannot be written, the others are taken back,
/// with the folders that were made for them.
///
/// # Errors
/// The first file that cannot be written; also one that somebody else made meanwhile.
pub(super) fn all(files: &[(PathBuf, String)]) -> Result<()> {
    let mut made = Made::default();
    let result = files.iter().try_for_each(|(path, text)| made.write(path, text));
    if result.is_err() {
        made.take_back();
    }
    result
}

/// What was made so far.
#[derive(Default)]
struct Made {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Made {
    fn write(&mut self, path: &Path, text: &str) -> Result<()> {
        let failed = |e: std::io::Error| Error::io("write", path, e);
        let folder = path.parent().unwrap_or(Path::new("."));
        self.make(folder)?;
        let mut temporary = temporary().tempfile_in(folder).map_err(failed)?;
        temporary.write_all(text.as_bytes()).map_err(failed)?;
        temporary.persist_noclobber(path).map_err(|e| failed(e.error))?;
        self.files.push(path.to_owned());
        Ok(())
    }

    fn make(&mut self, folder: &Path) -> Result<()> {
        if folder.as_os_str().is_empty() || folder.is_dir() {
            return Ok(());
        }
        if let Some(parent) = folder.parent() {
            self.make(parent)?;
        }
        std::fs::create_dir(folder).map_err(|e| Error::io("create", folder, e))?;
        self.folders.push(folder.to_owned());
        Ok(())
    }

    fn take_back(&self) {
        // Best effort: the error that led here is the one to tell.
        for file in &self.files {
            let _ = std::fs::remove_file(file);
        }
        for folder in self.folders.iter().rev() {
            let _ = std::fs::remove_dir(folder);
        }
    }
}

/// A temporary file that becomes what an editor would have made: the system takes the process's mask
/// off these permissions.
fn temporary() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}
