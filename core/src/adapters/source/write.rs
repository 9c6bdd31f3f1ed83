//! A file that is whole or not there.

use std::io::{Seek as _, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

use super::checksum::Checksums;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::ports::source::Coming;

/// A file while it is being fetched.
pub(super) struct Arriving<'a> {
    file: NamedTempFile,
    into: &'a Path,
    expected: Option<u64>,
    checksums: Checksums,
    written: u64,
    progress: Coming<'a>,
}

impl<'a> Arriving<'a> {
    /// A file that has a temporary name until it is whole.
    pub(super) fn new(into: &'a Path, progress: Coming<'a>) -> Result<Self> {
        let folder = into.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(|e| Error::io("create", folder, e))?;
        let file = NamedTempFile::new_in(folder).map_err(|e| Error::io("write", folder, e))?;
        let checksums = Checksums::default();
        Ok(Self { file, into, expected: None, checksums, written: 0, progress })
    }

    /// Bytes so far.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Bytes that were announced.
    pub(super) fn expected(&self) -> Option<u64> {
        self.expected
    }

    /// From the first byte on.
    pub(super) fn begin(&mut self, expected: Option<u64>, checksums: Checksums) -> Result<()> {
        let failed = |e| Error::io("write", self.into, e);
        self.file.as_file_mut().set_len(0).map_err(failed)?;
        self.file.rewind().map_err(failed)?;
        (self.expected, self.checksums, self.written) = (expected, checksums, 0);
        Ok(())
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|e| Error::io("write", self.into, e))?;
        self.checksums.push(bytes);
        self.written += bytes.len() as u64;
        (self.progress)(self.written, self.expected);
        Ok(())
    }

    /// Puts the file into its place, if it has the size and the checksums that were announced.
    pub(super) fn finish(self) -> Result<u64> {
        let Self { file, into, expected, checksums, written, .. } = self;
        if let Some(expected) = expected.filter(|expected| *expected != written) {
            let message = format!("{written} bytes came, {expected} were announced");
            return Err(Error::unavailable(message).hint("the connection was cut; try again"));
        }
        if let Some(kind) = checksums.wrong() {
            let message = format!(
                "the {written} bytes that came do not have the {kind} checksum that the server names"
            );
            return Err(Error::new(ErrorKind::Integrity, message)
                .hint("the file is damaged where it is stored or on its way; try again, then store it again"));
        }
        file.persist(into).map_err(|e| Error::io("write", into, e.error))?;
        Ok(written)
    }
}
