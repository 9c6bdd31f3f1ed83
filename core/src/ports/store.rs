//! Where the bytes of packages are kept.

use std::path::Path;

use serde::Serialize;

use crate::domain::digest::Digest;
use crate::domain::error::Result;
use crate::domain::name::ModelName;
use crate::domain::package::Manifest;
use crate::domain::version::Version;

/// Told the number of bytes as they are read or written, from any thread.
pub type Progress<'a> = &'a (dyn Fn(u64) + Sync);

/// Where a file of a package is. A store that is addressed by content looks at the digest alone;
/// one with folders keeps `<package>/files/<path>`, so that other tools can read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileAddress<'a> {
    /// Digest of the package.
    pub package: &'a Digest,
    /// Path below `files/`, as the manifest writes it.
    pub path: &'a str,
    /// Digest of the file's bytes.
    pub digest: &'a Digest,
}

/// Something that was said of a package after it was made, kept beside it.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// What it is: `verdict`, `report`.
    pub kind: &'a str,
    /// Its media type, such as `application/json`.
    pub media_type: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// What a store can do beyond its promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StoreCapabilities {
    /// Other machines can read what is stored here.
    pub shared: bool,
    /// Equal files of several packages are kept once.
    pub deduplicates: bool,
    /// A version's name leads to its package ([`ArtifactStore::name`]).
    pub names: bool,
    /// Documents are kept beside a package ([`ArtifactStore::attach`]).
    pub documents: bool,
}

/// Storage of packages.
///
/// Promises, held by [`crate::conformance::store`]: a package is visible only when it is whole; what
/// is read is hashed again, and other bytes than the digest says are an integrity error and leave
/// nothing at the target; writing what is there already does nothing.
pub trait ArtifactStore: Send + Sync {
    /// Address of the package with this digest, for people and other tools.
    fn uri(&self, package: &Digest) -> String;
    /// Whether the package is there; then it is whole.
    fn contains(&self, package: &Digest) -> Result<bool>;
    /// Stores the file at `source`, whose digest must be the one of the address: other bytes are an
    /// integrity error, and nothing is stored.
    fn put_file(&self, at: FileAddress<'_>, source: &Path, progress: Progress<'_>) -> Result<()>;
    /// Makes the package visible, after all its files were put, and gives its digest. A file that
    /// is not there is an error of the kind `NotFound`, and the package stays invisible.
    fn put_manifest(&self, manifest: &Manifest) -> Result<Digest>;
    /// Writes the file to `target` (through a temporary name beside it).
    fn get_file(&self, at: FileAddress<'_>, target: &Path, progress: Progress<'_>) -> Result<()>;
    /// The bytes of the package's manifest.
    fn get_manifest(&self, package: &Digest) -> Result<Vec<u8>>;
    /// What the store can do beyond its promises.
    fn capabilities(&self) -> StoreCapabilities;

    /// Lets the name of a version lead to its package, where the store has names. It is said again
    /// whenever the version is registered again.
    fn name(&self, _package: &Digest, _model: &ModelName, _version: &Version) -> Result<()> {
        Ok(())
    }

    /// Told that the files of a package are at this address of another store, too: a store may take
    /// them from there, and they are not sent.
    fn also_at(&self, _uri: &str) {}

    /// Whether packages may be stored here, asked without storing anything; false: that cannot be
    /// asked.
    ///
    /// # Errors
    /// It cannot be reached, or the login may not write.
    fn check_writable(&self) -> Result<bool> {
        Ok(false)
    }

    /// Keeps a document beside the package, where the store can; the same one twice is kept once.
    fn attach(&self, _package: &Digest, _document: Document<'_>) -> Result<()> {
        Ok(())
    }
}
