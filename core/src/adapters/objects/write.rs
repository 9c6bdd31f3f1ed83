//! A file that is whole or not there.

use std::io::{Seek as _, Write as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::checksum::Checksums;
use super::download::{Wanted, Within};
use super::refused::page_for_browsers;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::files::place::{Mode, NewFile};
use crate::ports::source::Coming;

/// A file while it is being fetched.
pub(in crate::adapters) struct Arriving<'a> {
    file: NewFile,
    into: &'a Path,
    digest: Option<(&'a Digest, Sha256)>,
    within: Option<Within>,
    page: bool,
    expected: Option<u64>,
    checksums: Checksums,
    written: u64,
    progress: Coming<'a>,
}

impl<'a> Arriving<'a> {
    /// A file that has a temporary name until it is whole.
    pub(in crate::adapters) fn new(wanted: &Wanted<'a>) -> Result<Self> {
        let Wanted { into, digest, progress, within, .. } = *wanted;
        let file = NewFile::beside(into, Mode::Ordinary)?;
        let digest = digest.map(|digest| (digest, Sha256::new()));
        let checksums = Checksums::default();
        Ok(Self {
            file,
            into,
            digest,
            within,
            page: false,
            expected: None,
            checksums,
            written: 0,
            progress,
        })
    }

    /// Bytes so far.
    pub(in crate::adapters) fn written(&self) -> u64 {
        self.written
    }

    /// Bytes that were announced.
    pub(in crate::adapters) fn expected(&self) -> Option<u64> {
        self.expected
    }

    /// From the first byte on.
    pub(in crate::adapters) fn begin(
        &mut self,
        expected: Option<u64>,
        checksums: Checksums,
    ) -> Result<()> {
        let failed = |e| Error::io("write", self.into, e);
        self.file.file().set_len(0).map_err(failed)?;
        self.file.file().rewind().map_err(failed)?;
        if let Some((_, hasher)) = &mut self.digest {
            *hasher = Sha256::new();
        }
        (self.expected, self.checksums, self.written) = (expected, checksums, 0);
        Ok(())
    }

    /// The first bytes are those of a page for browsers. Where the digest is known, it decides.
    pub(in crate::adapters) fn looks_like_a_page(&mut self) -> Result<()> {
        self.page = true;
        if self.digest.is_some() { Ok(()) } else { Err(page_for_browsers()) }
    }

    /// Takes the next bytes.
    pub(in crate::adapters) fn push(&mut self, bytes: &[u8]) -> Result<()> {
        let own = self.within.map_or(bytes, |within| within.of(bytes, self.written));
        if let Some((_, hasher)) = &mut self.digest {
            hasher.update(own);
        }
        self.file.file().write_all(own).map_err(|e| Error::io("write", self.into, e))?;
        self.checksums.push(bytes);
        self.written += bytes.len() as u64;
        (self.progress)(self.written, self.expected);
        Ok(())
    }

    /// Puts the file into its place, if it has the size and the checksums that were announced.
    pub(in crate::adapters) fn finish(self) -> Result<u64> {
        let Self { file, digest, within, page, expected, checksums, written, .. } = self;
        if let Some(expected) = expected.filter(|expected| *expected != written) {
            let message = format!("{written} bytes came, {expected} were announced");
            return Err(Error::unavailable(message).hint("the connection was cut; try again"));
        }
        if let Some(within) = within.filter(|within| within.all != written) {
            if page {
                return Err(page_for_browsers());
            }
            let message = format!("{written} bytes came, and {} were stored", within.all);
            return Err(Error::integrity(message).hint(
                "they were changed or cut short where they are stored; remove them and register \
                 the package again",
            ));
        }
        if let Some(kind) = checksums.wrong() {
            let message = format!(
                "the {written} bytes that came do not have the {kind} checksum that the server names"
            );
            return Err(Error::new(ErrorKind::Integrity, message)
                .hint("the file is damaged where it is stored or on its way; try again, then store it again"));
        }
        if let Some((expected, hasher)) = digest {
            let found = Digest::from_raw(hasher.finalize().into());
            if found != *expected {
                let tampered = Error::integrity(format!("the bytes that came have the digest {found}"))
                    .hint("they were changed or cut short where they are stored; remove them and register the package again");
                return Err(if page { page_for_browsers() } else { tampered });
            }
        }
        file.commit()?;
        Ok(written)
    }
}
