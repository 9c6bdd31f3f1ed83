//! A file that is whole or not there.

use std::io::Write;
use std::path::Path;

use tempfile::NamedTempFile;

use crate::domain::error::{Error, ErrorKind, Result};

/// A file while it is being fetched.
pub(super) struct Arriving<'a> {
    file: NamedTempFile,
    into: &'a Path,
    expected: Option<u64>,
    written: u64,
    progress: &'a dyn Fn(u64, Option<u64>),
}

impl<'a> Arriving<'a> {
    pub(super) fn new(
        into: &'a Path,
        expected: Option<u64>,
        progress: &'a dyn Fn(u64, Option<u64>),
    ) -> Result<Self> {
        let folder = into.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(|e| Error::io("create", folder, e))?;
        let file = NamedTempFile::new_in(folder).map_err(|e| Error::io("write", folder, e))?;
        Ok(Self { file, into, expected, written: 0, progress })
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|e| Error::io("write", self.into, e))?;
        self.written += bytes.len() as u64;
        (self.progress)(self.written, self.expected);
        Ok(())
    }

    /// Puts the file into its place, if it has the size that was announced.
    pub(super) fn finish(self) -> Result<u64> {
        match self.expected {
            Some(expected) if expected != self.written => Err(Error::new(
                ErrorKind::Unavailable,
                format!("{} bytes came, {expected} were announced", self.written),
            )
            .hint("the connection was cut; try again")),
            _ => {
                let into = self.into;
                self.file.persist(into).map_err(|e| Error::io("write", into, e.error))?;
                Ok(self.written)
            }
        }
    }
}
