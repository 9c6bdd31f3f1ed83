//! The names in a zip archive, read from its central directory.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::inspect::cut_short;
use crate::domain::error::{Error, Result};

const END: [u8; 4] = *b"PK\x05\x06";
const LOCATOR64: [u8; 4] = *b"PK\x06\x07";
const END64: [u8; 4] = *b"PK\x06\x06";
const ENTRY: [u8; 4] = *b"PK\x01\x02";
/// The end record is 22 bytes and a comment of at most 65,535.
const MAX_END: u64 = 22 + 65_535;
/// The longest central directory that is read.
const MAX_DIRECTORY: u64 = 256 << 20;

/// The names of all entries of the archive, in its order.
///
/// # Errors
/// The archive is cut short or its directory cannot be read.
pub fn names(path: &Path) -> Result<Vec<String>> {
    let cannot = |e| Error::io("read", path, e);
    let mut file = File::open(path).map_err(cannot)?;
    let length = file.metadata().map_err(cannot)?.len();
    let broken = || cut_short(path, "the zip archive has no directory at its end");
    let tail_at = length.saturating_sub(MAX_END + 20);
    let tail = read(&mut file, tail_at, length - tail_at).map_err(cannot)?;
    let end = tail.windows(4).rposition(|w| w == END).ok_or_else(broken)?;
    let record = &tail[end..];
    let comment = usize::from(u16_at(record, 20).ok_or_else(broken)?);
    if record.len() < 22 + comment {
        return Err(broken());
    }
    let mut size = u64::from(u32_at(record, 12).ok_or_else(broken)?);
    let mut offset = u64::from(u32_at(record, 16).ok_or_else(broken)?);
    if let Some(locator) = end.checked_sub(20).map(|at| &tail[at..])
        && locator.starts_with(&LOCATOR64)
    {
        let at = u64_at(locator, 8).filter(|at| *at < length).ok_or_else(broken)?;
        let record = read(&mut file, at, 56.min(length - at)).map_err(cannot)?;
        if !record.starts_with(&END64) {
            return Err(broken());
        }
        size = u64_at(&record, 40).ok_or_else(broken)?;
        offset = u64_at(&record, 48).ok_or_else(broken)?;
    }
    if size > MAX_DIRECTORY || offset.checked_add(size).is_none_or(|end| end > length) {
        return Err(broken());
    }
    let directory = read(&mut file, offset, size).map_err(cannot)?;
    entries(&directory).ok_or_else(broken)
}

fn read(file: &mut File, at: u64, length: u64) -> std::io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn entries(mut directory: &[u8]) -> Option<Vec<String>> {
    let mut names = Vec::new();
    while directory.starts_with(&ENTRY) {
        let [name, extra, comment] = [28, 30, 32].map(|at| u16_at(directory, at));
        let (name, rest) = (usize::from(name?), usize::from(extra?) + usize::from(comment?));
        let text = directory.get(46..46 + name)?;
        names.push(String::from_utf8_lossy(text).into_owned());
        directory = directory.get(46 + name + rest..)?;
    }
    directory.is_empty().then_some(names)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}
