//! A tar archive with one file in it, without the bytes of the file: what comes before and after
//! them. The same path and size make the same bytes: no times, no owners.

use std::io::Read as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::adapters::objects::{Frame, Within};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::files::stream::another;

/// Bytes of a block; headers and contents are filled up to it.
const BLOCK: u64 = 512;
/// Zeros that end an archive.
const END: u64 = 2 * BLOCK;
/// Longest name of the old header; a longer one, or one that is not ASCII, is said before it.
const LONGEST: usize = 100;
/// Largest size of the old header: eleven octal digits.
const LARGEST: u64 = 0o777_7777_7777;
/// Bytes that are hashed at once.
const CHUNK: usize = 1 << 20;

/// The archive around a file.
#[derive(Debug)]
pub(super) struct Tar {
    head: Vec<u8>,
    length: u64,
}

impl Tar {
    /// Of a file at `path`, whose folders get entries of their own, with `length` bytes.
    pub(super) fn of(path: &str, length: u64) -> Self {
        let mut head = Vec::new();
        for (end, _) in path.match_indices('/') {
            entry(&mut head, &path[..=end], b'5', 0);
        }
        entry(&mut head, path, b'0', length);
        Self { head, length }
    }

    /// Where the file is in it.
    pub(super) fn within(&self) -> Within {
        Within { offset: self.head.len() as u64, length: self.length, all: self.size() }
    }

    /// What is around the file.
    pub(super) fn frame(&self) -> Frame<'_> {
        Frame { head: &self.head, zeros: self.length.next_multiple_of(BLOCK) - self.length + END }
    }

    /// Bytes of the archive.
    pub(super) fn size(&self) -> u64 {
        self.head.len() as u64 + self.length + self.frame().zeros
    }

    /// The archive around these bytes.
    pub(super) fn around(&self, bytes: &[u8]) -> Vec<u8> {
        let mut all = self.head.clone();
        all.extend_from_slice(bytes);
        all.resize(all.len() + usize::try_from(self.frame().zeros).unwrap_or_default(), 0);
        all
    }

    /// The digest of the archive of the file at `source`, which must have the digest `expected`.
    ///
    /// # Errors
    /// The file cannot be read, or is another one.
    pub(super) fn digest(&self, source: &Path, expected: &Digest) -> Result<Digest> {
        let mut archive = self.frame().open(source)?;
        let (mut own, mut all, mut before) = (Sha256::new(), Sha256::new(), 0);
        let mut buffer = vec![0; CHUNK];
        loop {
            let n = archive.read(&mut buffer).map_err(|e| Error::io("read", source, e))?;
            if n == 0 {
                break;
            }
            own.update(self.within().of(&buffer[..n], before));
            all.update(&buffer[..n]);
            before += n as u64;
        }
        let found = Digest::from_raw(own.finalize().into());
        if found != *expected || before != self.size() {
            return Err(another(source, &found, expected));
        }
        Ok(Digest::from_raw(all.finalize().into()))
    }
}

/// Adds the header of an entry, and before it what the header cannot say.
fn entry(head: &mut Vec<u8>, path: &str, kind: u8, size: u64) {
    let is_plain = path.len() <= LONGEST && path.is_ascii();
    let mut records = String::new();
    if !is_plain {
        records.push_str(&record("path", path));
    }
    if size > LARGEST {
        records.push_str(&record("size", &size.to_string()));
    }
    if !records.is_empty() {
        header(head, "pax", b'x', records.len() as u64);
        head.extend_from_slice(records.as_bytes());
        let blocks = head.len().next_multiple_of(BLOCK as usize);
        head.resize(blocks, 0);
    }
    let size = if size > LARGEST { 0 } else { size };
    header(head, if is_plain { path } else { "pax" }, kind, size);
}

/// A record of an extended header (POSIX.1-2001, pax): its own length, in decimal, comes first.
fn record(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + " =\n".len();
    let mut length = rest;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    format!("{length} {key}={value}\n")
}

/// A header of POSIX.1-1988 (ustar).
fn header(head: &mut Vec<u8>, name: &str, kind: u8, size: u64) {
    let mut block = [0; BLOCK as usize];
    let mut put = |at: usize, text: &str| {
        block[at..at + text.len()].copy_from_slice(text.as_bytes());
    };
    put(0, name);
    put(100, if kind == b'5' { "0000755" } else { "0000644" });
    put(108, "0000000");
    put(116, "0000000");
    put(124, &format!("{size:011o}"));
    put(136, "00000000000");
    put(148, "        ");
    put(257, "ustar\x0000");
    block[156] = kind;
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    head.extend_from_slice(&block);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The entries of an archive, as a reader of the format finds them.
    fn entries(archive: &[u8]) -> Vec<(String, u8, Vec<u8>)> {
        let (mut at, mut found, mut long) = (0, Vec::new(), None);
        while archive[at] != 0 {
            let block = &archive[at..at + 512];
            let text = |range: std::ops::Range<usize>| {
                let text = &block[range];
                let end = text.iter().position(|b| *b == 0).unwrap_or(text.len());
                String::from_utf8(text[..end].to_vec()).unwrap()
            };
            let mut blank = block.to_vec();
            blank[148..156].fill(b' ');
            let sum: u32 = blank.iter().map(|b| u32::from(*b)).sum();
            assert_eq!(u32::from_str_radix(text(148..155).trim(), 8).unwrap(), sum);
            let size = usize::from_str_radix(&text(124..135), 8).unwrap();
            let content = archive[at + 512..at + 512 + size].to_vec();
            at += 512 + size.next_multiple_of(512);
            match block[156] {
                b'x' => {
                    let record = String::from_utf8(content).unwrap();
                    let (length, rest) = record.split_once(' ').unwrap();
                    assert_eq!(length.parse(), Ok(record.len()));
                    long = rest.strip_prefix("path=").map(|p| p.trim_end().to_owned());
                }
                kind => {
                    found.push((long.take().unwrap_or_else(|| text(0..100)), kind, content));
                }
            }
        }
        assert!(archive[at..].iter().all(|b| *b == 0) && archive.len() - at == 1024);
        found
    }

    #[test]
    fn an_archive_holds_the_folders_and_the_file() {
        let long = format!("models/{}/x", "l".repeat(120));
        for (path, folders) in [
            ("outerloop-package.json", &[][..]),
            ("models/a/b.bin", &["models/", "models/a/"]),
            ("models/模型.bin", &["models/"]),
            (&long, &["models/", long.strip_suffix('x').unwrap()]),
        ] {
            for length in [0, 1, 511, 512, 513] {
                let bytes = vec![7; length];
                let tar = Tar::of(path, length as u64);
                let archive = tar.around(&bytes);
                assert_eq!(archive.len() as u64, tar.size());
                assert_eq!(tar.within().of(&archive, 0), bytes);
                let found = entries(&archive);
                let names: Vec<&str> = found.iter().map(|(name, ..)| name.as_str()).collect();
                assert_eq!(names, [folders, &[path]].concat());
                let (_, kind, content) = found.last().unwrap();
                assert_eq!((*kind, content), (b'0', &bytes));
                assert!(found[..folders.len()].iter().all(|(_, kind, _)| *kind == b'5'));
            }
        }
    }

    #[test]
    fn the_digest_is_that_of_the_archive_and_only_of_the_file_that_was_meant() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("in");
        let bytes: Vec<u8> = (0..3_000_001_u32).map(|i| (i % 251) as u8).collect();
        std::fs::write(&source, &bytes).unwrap();
        let tar = Tar::of("models/model.bin", bytes.len() as u64);
        let digest = tar.digest(&source, &Digest::of(&bytes)).unwrap();
        assert_eq!(digest, Digest::of(&tar.around(&bytes)));
        assert!(tar.digest(&source, &Digest::of(b"another")).is_err());
        for length in [0, bytes.len() + 1] {
            let mut other = bytes.clone();
            other.resize(length, 0);
            std::fs::write(&source, &other).unwrap();
            assert!(tar.digest(&source, &Digest::of(&bytes)).is_err(), "{length}");
        }
    }

    #[test]
    fn a_size_beyond_the_old_header_is_said_before_it() {
        let tar = Tar::of("models/a", LARGEST + 1);
        let text = String::from_utf8_lossy(&tar.head).into_owned();
        assert!(text.contains("\u{0}19 size=8589934592\n"), "{text:?}");
        assert!(!String::from_utf8_lossy(&Tar::of("models/a", LARGEST).head).contains("size="));
    }

    #[test]
    fn a_record_counts_its_own_length() {
        for length in 80..110 {
            let record = record("path", &"x".repeat(length));
            assert_eq!(record.split_once(' ').unwrap().0.parse(), Ok(record.len()));
        }
    }
}
