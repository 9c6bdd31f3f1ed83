//! Where bytes from the server go: a file that is not in its place yet.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};

use sha2::{Digest as _, Sha256};

use crate::adapters::http::Sink;
use crate::domain::digest::Digest;
use crate::ports::store::Progress;

/// A file that arrives.
pub struct FileSink<'a> {
    file: &'a mut File,
    hasher: Sha256,
    size: u64,
    /// Bytes that were told already: an attempt that begins anew tells them once.
    told: u64,
    progress: Progress<'a>,
}

impl<'a> FileSink<'a> {
    /// Writes into `file`.
    pub fn new(file: &'a mut File, progress: Progress<'a>) -> Self {
        Self { file, hasher: Sha256::new(), size: 0, told: 0, progress }
    }

    /// Digest of what arrived.
    pub fn digest(self) -> Digest {
        Digest::from_raw(self.hasher.finalize().into())
    }
}

impl Sink for FileSink<'_> {
    fn begin(&mut self) -> io::Result<()> {
        (self.hasher, self.size) = (Sha256::new(), 0);
        self.file.seek(SeekFrom::Start(0))?;
        self.file.set_len(0)
    }

    fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        if self.size > self.told {
            (self.progress)(self.size - self.told);
            self.told = self.size;
        }
        Ok(())
    }
}
