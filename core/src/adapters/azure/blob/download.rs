//! A blob as a file, in ranges that come down side by side.

use std::io::Write;
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::container::{Container, Stat};
use crate::adapters::objects::{Ask, Span};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};

/// Bytes of a range.
const RANGE: u64 = 8 << 20;
/// Ranges that are asked for at once.
const ABREAST: u64 = 4;

impl Container {
    /// Writes the blob to `target` (at a path, for messages) and gives the digest of what was written; none: there is no blob
    /// of this name. Memory stays flat.
    ///
    /// # Errors
    /// The service cannot be reached, or refuses; the blob is changed meanwhile; `target` cannot be
    /// written.
    pub fn download(
        &self,
        name: &str,
        target: (&mut dyn Write, &Path),
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Option<Digest>> {
        let Some(stat) = self.stat(name)? else { return Ok(None) };
        let mut hash = Sha256::new();
        let begins: Vec<u64> = (0..stat.size.div_ceil(RANGE)).map(|n| n * RANGE).collect();
        for window in begins.chunks(ABREAST as usize) {
            let parts: Vec<Vec<u8>> = window
                .par_iter()
                .map(|from| self.range(name, *from, &stat))
                .collect::<Result<_>>()?;
            for bytes in parts {
                hash.update(&bytes);
                target.0.write_all(&bytes).map_err(|e| Error::io("write", target.1, e))?;
                progress(bytes.len() as u64);
            }
        }
        Ok(Some(Digest::from_raw(hash.finalize().into())))
    }

    fn range(&self, name: &str, from: u64, stat: &Stat) -> Result<Vec<u8>> {
        let length = RANGE.min(stat.size - from);
        let span = Some(Span { from, to: Some(from + length - 1), tag: &stat.tag });
        let call = || self.bucket.call(Ask::File { path: name, span });
        let answer = self.bucket.link().whole(&call).map_err(self.during(name))?;
        let found = answer.body.len() as u64;
        if found != length {
            let message = format!("the blob {name} gave {found} of {length} bytes");
            return Err(Error::unavailable(message)
                .hint("somebody changes it just now; run the same command again")
                .retryable());
        }
        Ok(answer.body)
    }
}
