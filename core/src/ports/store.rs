//! Where the bytes of packages are kept, by their digest.

use std::path::Path;

use crate::domain::digest::Digest;
use crate::domain::error::Result;

/// Told the number of bytes as they are read or written, from any thread.
pub type Progress<'a> = &'a (dyn Fn(u64) + Sync);

/// Content-addressed storage.
///
/// Promises, held by [`crate::conformance::store`]: a blob is visible only when it is whole; what
/// is read is hashed again, and other bytes than the digest says are an integrity error and leave
/// nothing at the target; writing what is there already does nothing.
pub trait ArtifactStore: Send + Sync {
    /// Address of the package with this manifest digest, for people and other tools.
    fn uri(&self, package: &Digest) -> String;
    /// Whether the blob is there.
    fn contains(&self, digest: &Digest) -> Result<bool>;
    /// Stores the file at `source`, whose digest must be `digest`: other bytes are an integrity
    /// error, and nothing is stored.
    fn put_file(&self, digest: &Digest, source: &Path, progress: Progress<'_>) -> Result<()>;
    /// Stores `bytes` and gives their digest.
    fn put_bytes(&self, bytes: &[u8]) -> Result<Digest>;
    /// Writes the blob to `target` (through a temporary name beside it).
    fn get_file(&self, digest: &Digest, target: &Path, progress: Progress<'_>) -> Result<()>;
    /// The blob's bytes.
    fn get_bytes(&self, digest: &Digest) -> Result<Vec<u8>>;
    /// Whether other machines can read what is stored here.
    fn is_shared(&self) -> bool;
}
