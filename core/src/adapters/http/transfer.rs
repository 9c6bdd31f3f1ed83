//! Files as bodies: read from the disk while they are sent, written to it while they arrive, so that
//! memory stays flat.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::blocking::Body;
use sha2::{Digest as _, Sha256};

use crate::domain::digest::Digest;

/// Bytes that are read at once.
const CHUNK: usize = 1 << 18;
/// Longest time of a transfer, besides that of its bytes.
const STALLED: Duration = Duration::from_secs(60);
/// Bytes a second below which a transfer is given up.
const SLOWEST: u64 = 256 << 10;

/// A file to send. Clones share what was counted.
#[derive(Debug, Clone)]
pub struct Upload {
    path: PathBuf,
    size: u64,
    meter: Arc<Meter>,
}

#[derive(Debug, Default)]
struct Meter {
    sent: AtomicU64,
    hasher: Mutex<Sha256>,
}

impl Upload {
    /// The file at `path`, which has `size` bytes.
    pub fn new(path: &Path, size: u64) -> Self {
        Self { path: path.to_owned(), size, meter: Arc::default() }
    }

    /// Bytes sent so far, by the newest attempt.
    pub fn sent(&self) -> u64 {
        self.meter.sent.load(Ordering::Relaxed)
    }

    /// Digest of the bytes that the newest attempt sent.
    pub fn digest(&self) -> Digest {
        let hasher = self.meter.hasher.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Digest::from_raw(hasher.finalize().into())
    }

    /// Begins an attempt.
    pub(super) fn body(&self) -> io::Result<Body> {
        let file = File::open(&self.path)?;
        self.meter.sent.store(0, Ordering::Relaxed);
        *self.meter.hasher.lock().unwrap_or_else(PoisonError::into_inner) = Sha256::new();
        let meter = Arc::clone(&self.meter);
        Ok(Body::sized(Counted { file, meter }, self.size))
    }

    pub(super) fn timeout(&self) -> Duration {
        allowed(self.size)
    }
}

/// How long a transfer of so many bytes may take.
pub(super) fn allowed(size: u64) -> Duration {
    STALLED + Duration::from_secs(size / SLOWEST)
}

struct Counted {
    file: File,
    meter: Arc<Meter>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.meter.sent.fetch_add(n as u64, Ordering::Relaxed);
        let mut hasher = self.meter.hasher.lock().unwrap_or_else(PoisonError::into_inner);
        hasher.update(&buffer[..n]);
        Ok(n)
    }
}

/// What takes a body that arrives.
pub trait Sink {
    /// A new attempt begins: what came before does not count.
    ///
    /// # Errors
    /// The disk's.
    fn begin(&mut self) -> io::Result<()>;

    /// Takes the next bytes.
    ///
    /// # Errors
    /// The disk's.
    fn push(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// The sink failed, not the connection.
#[derive(Debug, thiserror::Error)]
#[error("cannot be written: {0}")]
pub(super) struct Unwritable(io::Error);

/// Reads the body into `sink`.
pub(super) fn pour(body: &mut dyn Read, sink: &mut dyn Sink) -> io::Result<()> {
    let unwritable = |e| io::Error::other(Unwritable(e));
    sink.begin().map_err(unwritable)?;
    let mut chunk = vec![0; CHUNK];
    loop {
        let n = body.read(&mut chunk)?;
        if n == 0 {
            return Ok(());
        }
        sink.push(&chunk[..n]).map_err(unwritable)?;
    }
}
