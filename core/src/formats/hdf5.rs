//! HDF5, in which Keras keeps models and weights (`.h5`).
//!
//! Superblock layout: HDF5 File Format Specification, version 3.0, section II.A.

use std::path::Path;

use super::inspect::{Inspection, cut_short};
use crate::domain::error::{Error, Result};
use crate::domain::package::Format;

const MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Reads `path` when it is an HDF5 file.
///
/// # Errors
/// The file is shorter than its superblock says.
pub fn inspect(path: &Path, head: &[u8]) -> Result<Option<Inspection>> {
    if !head.starts_with(MAGIC) {
        return Ok(None);
    }
    let length = std::fs::metadata(path).map_err(|e| Error::io("read", path, e))?.len();
    match end_of_file(head) {
        Some(end) if end > length => {
            Err(cut_short(path, &format!("it has {length} bytes and says it has {end}")))
        }
        Some(_) => Ok(Some(Inspection::of(Format::Keras).with("container", "hdf5"))),
        None => Err(cut_short(path, "its HDF5 superblock cannot be read")),
    }
}

/// The end-of-file address of the superblock, for addresses of eight bytes.
fn end_of_file(head: &[u8]) -> Option<u64> {
    let (size_at, end_at) = match head.get(8)? {
        0 => (13, 40),
        1 => (13, 44),
        2 | 3 => (9, 28),
        _ => return None,
    };
    if head.get(size_at)? != &8 {
        return Some(0);
    }
    head.get(end_at..end_at + 8)?.try_into().ok().map(u64::from_le_bytes)
}
