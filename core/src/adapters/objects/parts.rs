//! A file in parts: read once from its beginning to its end, sent by several at a time.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};

use sha2::{Digest as _, Sha256};

use super::asked::{Part, Payload};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::files::stream::another;
use crate::ports::store::Progress;

/// Bytes of a part, where a file has not too many of them.
pub(in crate::adapters) const PART: u64 = 8 << 20;
/// Most parts; Amazon takes 10,000.
const MOST: u64 = 9_000;

/// A file that is to be sent in parts.
#[derive(Clone, Copy)]
pub(in crate::adapters) struct Whole<'a> {
    /// Where it is.
    pub(in crate::adapters) source: &'a Path,
    /// Bytes that are sent: its own, and those around it.
    pub(in crate::adapters) size: u64,
    /// What they must be.
    pub(in crate::adapters) digest: &'a Digest,
    /// What is sent around it.
    pub(in crate::adapters) frame: Frame<'a>,
}

/// What is sent before and after a file's own bytes.
#[derive(Clone, Copy, Default)]
pub(in crate::adapters) struct Frame<'a> {
    /// Bytes before them.
    pub(in crate::adapters) head: &'a [u8],
    /// How many zeros after them.
    pub(in crate::adapters) zeros: u64,
}

impl Frame<'_> {
    /// The file at `source` with it, from the first byte to the last.
    pub(in crate::adapters) fn open(self, source: &Path) -> Result<impl Read> {
        let file = File::open(source).map_err(|e| Error::io("read", source, e))?;
        Ok(self.head.chain(file).chain(io::repeat(0).take(self.zeros)))
    }
}

impl Whole<'_> {
    /// How many parts it has.
    pub(in crate::adapters) fn parts(&self) -> usize {
        usize::try_from(self.size.div_ceil(self.part())).unwrap_or(usize::MAX)
    }

    /// Bytes of each part but the last: a multiple of a mebibyte.
    fn part(&self) -> u64 {
        PART.max(self.size.div_ceil(MOST).next_multiple_of(1 << 20))
    }
}

/// A part before it is hashed.
struct Raw {
    number: usize,
    from: u64,
    bytes: Vec<u8>,
}

/// Reads the file part by part and gives each to `send`, in `workers` threads; gives what `send` said
/// of each, in order. The last part is given away only when the whole file has its digest.
///
/// # Errors
/// The file cannot be read, or has another digest; the first failure of `send`.
pub(in crate::adapters) fn send_all(
    whole: Whole<'_>,
    workers: usize,
    send: &(dyn Fn(&Part) -> Result<String> + Sync),
    progress: Progress<'_>,
) -> Result<Vec<String>> {
    let said = Mutex::new(vec![String::new(); whole.parts()]);
    let failed = Mutex::new(None);
    let stop = AtomicBool::new(false);
    let (give, take) = mpsc::sync_channel::<Raw>(0);
    let take = Mutex::new(take);
    let work = || {
        loop {
            let next = locked(&take).recv();
            let Ok(Raw { number, from, bytes }) = next else { return };
            if stop.load(Ordering::Relaxed) {
                continue;
            }
            let length = bytes.len() as u64;
            let part = Part { number, from, all: whole.size, body: Payload::new(bytes) };
            match send(&part) {
                Ok(told) => {
                    locked(&said)[number] = told;
                    progress(length);
                }
                Err(error) => {
                    stop.store(true, Ordering::Relaxed);
                    locked(&failed).get_or_insert(error);
                }
            }
        }
    };
    let read = std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
        let read = feed(whole, &stop, &give);
        drop(give);
        read
    });
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => read.map(|()| said.into_inner().unwrap_or_else(PoisonError::into_inner)),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn feed(whole: Whole<'_>, stop: &AtomicBool, give: &mpsc::SyncSender<Raw>) -> Result<()> {
    let cannot = |e| Error::io("read", whole.source, e);
    let mut file = whole.frame.open(whole.source)?;
    let mut hasher = Sha256::new();
    let (mut number, mut from) = (0, 0);
    while from < whole.size && !stop.load(Ordering::Relaxed) {
        let length = whole.part().min(whole.size - from);
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        let read = (&mut file).take(length).read_to_end(&mut bytes).map_err(cannot)? as u64;
        hasher.update(&bytes);
        let last = from + length == whole.size;
        if read < length || last {
            let found = Digest::from_raw(hasher.clone().finalize().into());
            if found != *whole.digest {
                return Err(another(whole.source, &found, whole.digest));
            }
        }
        if give.send(Raw { number, from, bytes }).is_err() {
            return Ok(());
        }
        (number, from) = (number + 1, from + length);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::ErrorKind;
    use crate::files::stream::silent;

    fn content(length: usize) -> Vec<u8> {
        (0..length).map(|i| (i % 251) as u8).collect()
    }

    fn sent(length: usize, digest: Option<Digest>, workers: usize) -> Result<Vec<(u64, Vec<u8>)>> {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("in");
        std::fs::write(&source, content(length)).unwrap();
        let digest = digest.unwrap_or_else(|| Digest::of(&content(length)));
        let frame = Frame::default();
        let whole = Whole { source: &source, size: length as u64, digest: &digest, frame };
        let taken = Mutex::new(Vec::new());
        let send = |part: &Part| {
            locked(&taken).push((part.from, part.body.bytes.to_vec()));
            Ok(part.number.to_string())
        };
        let said = send_all(whole, workers, &send, &silent)?;
        let numbers: Vec<String> = (0..said.len()).map(|n| n.to_string()).collect();
        assert_eq!(said, numbers);
        let mut taken = taken.into_inner().unwrap();
        taken.sort();
        Ok(taken)
    }

    #[test]
    fn parts_are_the_file() {
        let part = usize::try_from(PART).unwrap();
        for (length, parts) in [(1, 1), (part, 1), (part + 1, 2), (3 * part, 3)] {
            for workers in [1, 4] {
                let taken = sent(length, None, workers).unwrap();
                assert_eq!(taken.len(), parts);
                let bytes: Vec<u8> = taken.into_iter().flat_map(|(_, bytes)| bytes).collect();
                assert!(bytes == content(length));
            }
        }
    }

    #[test]
    fn the_last_part_of_a_changed_file_is_kept_back() {
        let digest = Digest::of(b"another");
        let error = sent(3 * usize::try_from(PART).unwrap(), Some(digest), 4).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity);
    }

    #[test]
    fn a_part_that_cannot_be_sent_ends_it() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("in");
        std::fs::write(&source, content(100 << 20)).unwrap();
        let digest = Digest::of(b"not looked at");
        let frame = Frame::default();
        let whole = Whole { source: &source, size: 100 << 20, digest: &digest, frame };
        let send = |part: &Part| match part.number {
            2 => Err(Error::unavailable("the third")),
            _ => Ok(String::new()),
        };
        let error = send_all(whole, 2, &send, &silent).unwrap_err();
        assert_eq!(error.to_string(), "the third");
    }

    #[test]
    fn very_large_files_have_larger_parts() {
        let digest = Digest::of(b"");
        let (source, frame) = (Path::new(""), Frame::default());
        let part = |size| Whole { source, size, digest: &digest, frame }.part();
        assert_eq!(part(1 << 30), PART);
        assert_eq!(part(1 << 40) % (1 << 20), 0);
        assert!((1_u64 << 40).div_ceil(part(1 << 40)) <= MOST);
    }
}
