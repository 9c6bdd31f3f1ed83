//! Digests and copies that read a file once, in chunks, so that memory stays flat.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use sha2::{Digest as _, Sha256};

use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::ports::store::Progress;

const CHUNK: usize = 1 << 20;
/// Chunks on their way from the reader to the writer.
const IN_FLIGHT: usize = 4;

/// What was read: how much, and its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hashed {
    /// SHA-256 of the bytes.
    pub digest: Digest,
    /// Number of bytes.
    pub size: u64,
}

/// A progress callback that ignores what it is told.
pub fn silent(_: u64) {}

/// The error that the file at `source` is not the one that was packaged.
pub fn another(source: &Path, found: &Digest, expected: &Digest) -> Error {
    let message = format!("{} has the digest {found}, expected {expected}", source.display());
    Error::integrity(message).hint("the file was changed after it was packaged; package it again")
}

/// The digest of the file at `path`.
///
/// # Errors
/// The file cannot be read.
pub fn hash(path: &Path, progress: Progress<'_>) -> Result<Hashed> {
    let cannot = |e| Error::io("read", path, e);
    let mut file = File::open(path).map_err(cannot)?;
    let mut tally = Tally::new(progress);
    let mut buffer = vec![0; chunk_for(&file)];
    loop {
        let n = read_some(&mut file, &mut buffer).map_err(cannot)?;
        if n == 0 {
            return Ok(tally.finish());
        }
        tally.add(&buffer[..n]);
    }
}

/// Copies `source` into the open file `sink` (at `target`, for messages) and gives the digest of
/// what was copied. Hashing and writing overlap.
///
/// # Errors
/// Reading or writing fails; the error names the file.
pub fn copy(
    source: &Path,
    sink: &mut File,
    target: &Path,
    progress: Progress<'_>,
) -> Result<Hashed> {
    let mut file = File::open(source).map_err(|e| Error::io("read", source, e))?;
    let chunk = chunk_for(&file);
    let mut tally = Tally::new(progress);
    let (full, to_write) = mpsc::sync_channel::<(Vec<u8>, usize)>(IN_FLIGHT);
    let (give_back, free) = mpsc::sync_channel::<Vec<u8>>(IN_FLIGHT + 2);
    let (read, written) = thread::scope(|scope| {
        let writer = scope.spawn(move || write_all(sink, &to_write, &give_back));
        let read = feed(&mut file, chunk, &mut tally, &full, &free);
        drop(full);
        (read, writer.join())
    });
    read.map_err(|e| Error::io("read", source, e))?;
    match written {
        Ok(result) => result.map_err(|e| Error::io("write", target, e))?,
        Err(_) => return Err(Error::internal("the writing thread panicked")),
    }
    Ok(tally.finish())
}

/// Reads and hashes until the end, or until the writer has given up.
fn feed(
    file: &mut File,
    chunk: usize,
    tally: &mut Tally<'_>,
    full: &mpsc::SyncSender<(Vec<u8>, usize)>,
    free: &mpsc::Receiver<Vec<u8>>,
) -> io::Result<()> {
    let mut made = 0;
    loop {
        let reused = if made < IN_FLIGHT { free.try_recv().ok() } else { free.recv().ok() };
        let mut buffer = match reused {
            Some(buffer) => buffer,
            None if made < IN_FLIGHT => {
                made += 1;
                vec![0; chunk]
            }
            None => return Ok(()),
        };
        let n = read_some(file, &mut buffer)?;
        if n == 0 {
            return Ok(());
        }
        tally.add(&buffer[..n]);
        if full.send((buffer, n)).is_err() {
            return Ok(());
        }
    }
}

fn write_all(
    sink: &mut File,
    to_write: &mpsc::Receiver<(Vec<u8>, usize)>,
    give_back: &mpsc::SyncSender<Vec<u8>>,
) -> io::Result<()> {
    for (buffer, n) in to_write {
        sink.write_all(&buffer[..n])?;
        // The reader is gone once it has read everything; the buffer is not needed then.
        let _ = give_back.send(buffer);
    }
    Ok(())
}

/// Small files get a small buffer.
fn chunk_for(file: &File) -> usize {
    let size = file.metadata().map_or(u64::MAX, |m| m.len());
    usize::try_from(size.saturating_add(1)).unwrap_or(CHUNK).min(CHUNK)
}

fn read_some(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(buffer) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

struct Tally<'a> {
    hasher: Sha256,
    size: u64,
    progress: Progress<'a>,
}

impl<'a> Tally<'a> {
    fn new(progress: Progress<'a>) -> Self {
        Self { hasher: Sha256::new(), size: 0, progress }
    }

    fn add(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        (self.progress)(bytes.len() as u64);
    }

    fn finish(self) -> Hashed {
        Hashed { digest: Digest::from_raw(self.hasher.finalize().into()), size: self.size }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    fn bytes(n: usize) -> Vec<u8> {
        (0..n).map(|i| (i * 31 % 251) as u8).collect()
    }

    #[test]
    fn hashing_and_copying_agree_with_hashing_in_memory() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for n in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 7 * CHUNK + 5] {
            let (source, target) = (folder.path().join("a"), folder.path().join("b"));
            let data = bytes(n);
            std::fs::write(&source, &data).expect("writes");
            let told = AtomicU64::new(0);
            let progress = |n| {
                told.fetch_add(n, Ordering::Relaxed);
            };
            let mut sink = File::create(&target).expect("creates");
            let copied = copy(&source, &mut sink, &target, &progress).expect("copies");
            let expected = Hashed { digest: Digest::of(&data), size: n as u64 };
            assert_eq!(copied, expected);
            assert_eq!(hash(&source, &silent).expect("hashes"), expected);
            assert_eq!(std::fs::read(&target).expect("reads"), data);
            assert_eq!(told.into_inner(), n as u64);
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_named_and_does_not_hang() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let source = folder.path().join("a");
        std::fs::write(&source, bytes(20 * CHUNK)).expect("writes");
        let full = Path::new("/dev/full");
        let mut sink = File::options().write(true).open(full).expect("opens");
        let error = copy(&source, &mut sink, full, &silent).expect_err("no space");
        assert!(error.to_string().contains("cannot write /dev/full"), "{error}");
        assert!(error.hint_text().is_some_and(|h| h.contains("disk is full")), "{error:?}");
    }
}
