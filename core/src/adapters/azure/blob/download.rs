//! A blob as a file, in ranges that come down side by side.

use std::io::Write;
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::container::{Container, parts};
use crate::adapters::http::Request;
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
    /// The service cannot be reached, or refuses; `target` cannot be written.
    pub fn download(
        &self,
        name: &str,
        target: (&mut dyn Write, &Path),
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Option<Digest>> {
        let Some(stat) = self.stat(name)? else { return Ok(None) };
        let size = stat.size;
        let mut hash = Sha256::new();
        let begins: Vec<u64> = (0..size.div_ceil(RANGE)).map(|n| n * RANGE).collect();
        for window in begins.chunks(ABREAST as usize) {
            let parts: Vec<Vec<u8>> = window
                .par_iter()
                .map(|from| self.range(name, *from, RANGE.min(size - from)))
                .collect::<Result<_>>()?;
            for bytes in parts {
                hash.update(&bytes);
                target.0.write_all(&bytes).map_err(|e| Error::io("write", target.1, e))?;
                progress(bytes.len() as u64);
            }
        }
        Ok(Some(Digest::from_raw(hash.finalize().into())))
    }

    fn range(&self, name: &str, from: u64, length: u64) -> Result<Vec<u8>> {
        let range = format!("bytes={from}-{}", from + length - 1);
        let request = Request::get(&parts(name)).header("x-ms-range", range);
        let answer = self.send(&request).map_err(|f| self.told(f, name))?;
        let found = answer.bytes().len() as u64;
        if found != length {
            let message = format!("the blob {name} gave {found} of {length} bytes");
            return Err(Error::unavailable(message)
                .hint("somebody changes it just now; run the same command again")
                .retryable());
        }
        Ok(answer.bytes().to_vec())
    }
}
