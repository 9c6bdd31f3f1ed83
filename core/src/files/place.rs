//! Puts files and folders in place whole: made under a temporary name beside, then renamed.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

use crate::domain::error::{Error, ErrorKind, Result};

/// Whether others may change a file after it is in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// As the process's umask says.
    Ordinary,
    /// Read-only, for content that is addressed by its digest.
    ReadOnly,
}

/// A new file that becomes visible at its target only by [`NewFile::commit`]; dropped before, it
/// is gone.
#[derive(Debug)]
pub struct NewFile {
    file: NamedTempFile,
    target: PathBuf,
}

impl NewFile {
    /// Opens a file beside `target`; missing folders are made.
    ///
    /// # Errors
    /// The folder cannot be made or written.
    pub fn beside(target: &Path, mode: Mode) -> Result<Self> {
        let folder = parent(target);
        make_folder(folder)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".new-");
        set_mode(&mut builder, if mode == Mode::ReadOnly { 0o444 } else { 0o666 });
        let file = builder.tempfile_in(folder).map_err(|e| Error::io("write", target, e))?;
        Ok(Self { file, target: target.to_owned() })
    }

    /// The open file.
    pub fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Gives the file its name, over whatever had it.
    ///
    /// # Errors
    /// The file cannot be renamed.
    pub fn commit(self) -> Result<()> {
        let target = self.target;
        self.file.persist(&target).map_err(|e| Error::io("write", &target, e.error))?;
        Ok(())
    }
}

/// Writes `bytes` to `target`, whole or not at all.
///
/// # Errors
/// The folder or file cannot be written.
pub fn write(target: &Path, bytes: &[u8], mode: Mode) -> Result<()> {
    let mut new = NewFile::beside(target, mode)?;
    new.file().write_all(bytes).map_err(|e| Error::io("write", target, e))?;
    new.commit()
}

/// A new folder beside `target`, which takes its place by [`NewFolder::commit`].
#[derive(Debug)]
pub struct NewFolder {
    folder: TempDir,
    target: PathBuf,
}

impl NewFolder {
    /// Makes the folder. `marker` is the file that tells that an existing target is of the same
    /// kind and may be replaced.
    ///
    /// # Errors
    /// The target exists and is neither an empty folder nor one with the marker, or the folder
    /// beside it cannot be written.
    pub fn beside(target: &Path, marker: &str) -> Result<Self> {
        refuse_foreign(target, marker)?;
        let folder = parent(target);
        make_folder(folder)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".new-");
        set_mode(&mut builder, 0o777);
        let folder = builder.tempdir_in(folder).map_err(|e| Error::io("write", target, e))?;
        Ok(Self { folder, target: target.to_owned() })
    }

    /// Where to write until then.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Renames the folder to its target; what was there goes away afterwards.
    ///
    /// # Errors
    /// The folder cannot be renamed; then the target is as before.
    pub fn commit(self) -> Result<()> {
        let Self { folder, target } = self;
        let cannot = |e| Error::io("replace", &target, e);
        let old = folder.path().with_extension("old");
        let replaced = target.exists();
        if replaced {
            fs::rename(&target, &old).map_err(cannot)?;
        }
        if let Err(error) = fs::rename(folder.path(), &target) {
            if replaced {
                fs::rename(&old, &target).map_err(cannot)?;
            }
            return Err(cannot(error));
        }
        // The folder has another name now: there is nothing left to clean up under the old one.
        let _ = folder.keep();
        if replaced {
            fs::remove_dir_all(&old).map_err(|e| Error::io("remove", &old, e))?;
        }
        Ok(())
    }
}

fn refuse_foreign(target: &Path, marker: &str) -> Result<()> {
    let refused = |why: &str| {
        let message = format!("{} exists and {why}", target.display());
        Err(Error::new(ErrorKind::AlreadyExists, message)
            .hint("choose another folder, or move this one away"))
    };
    match fs::symlink_metadata(target) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(Error::io("read", target, e)),
        Ok(metadata) if !metadata.is_dir() => refused("is not a folder"),
        Ok(_) if target.join(marker).is_file() => Ok(()),
        Ok(_) => match fs::read_dir(target).map_err(|e| Error::io("read", target, e))?.next() {
            None => Ok(()),
            Some(_) => refused(&format!("holds files but no {marker}")),
        },
    }
}

/// Makes a folder and those above it.
///
/// # Errors
/// One of them cannot be made.
pub fn make_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|e| Error::io("make the folder", folder, e))
}

fn parent(target: &Path) -> &Path {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(unix)]
fn set_mode(builder: &mut tempfile::Builder<'_, '_>, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    builder.permissions(fs::Permissions::from_mode(mode));
}

#[cfg(not(unix))]
fn set_mode(_: &mut tempfile::Builder<'_, '_>, _: u32) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_folder_is_left_alone() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let target = root.path().join("out");
        write(&target.join("thesis.txt"), b"years of work", Mode::Ordinary).expect("writes");
        let error = NewFolder::beside(&target, "marker.json").expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert!(error.to_string().contains("no marker.json"), "{error}");
        assert!(target.join("thesis.txt").exists());
    }

    #[test]
    fn a_folder_is_replaced_whole_and_nothing_stays_beside() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let target = root.path().join("out");
        for round in ["first", "second"] {
            let new = NewFolder::beside(&target, "marker.json").expect("starts");
            write(&new.path().join("marker.json"), b"{}", Mode::Ordinary).expect("writes");
            write(&new.path().join(round), b"", Mode::Ordinary).expect("writes");
            new.commit().expect("commits");
        }
        assert!(!target.join("first").exists() && target.join("second").exists());
        drop(NewFolder::beside(&target, "marker.json").expect("starts"));
        assert_eq!(fs::read_dir(root.path()).expect("lists").count(), 1);
    }

    #[test]
    #[cfg(unix)]
    fn read_only_files_are_read_only_and_can_be_replaced() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let target = root.path().join("blob");
        for content in [b"a", b"b"] {
            write(&target, content, Mode::ReadOnly).expect("writes");
            assert!(fs::metadata(&target).expect("stat").permissions().readonly());
            assert_eq!(fs::read(&target).expect("reads"), content);
        }
    }
}
