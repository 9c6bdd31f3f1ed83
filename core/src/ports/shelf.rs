//! A place that finished versions are copied to and others take them from. It keeps no history of
//! its own, unlike a [`crate::ports::registry::Registry`].

use std::path::Path;

use crate::domain::error::Result;
use crate::domain::name::Alias;
use crate::domain::package::Manifest;
use crate::domain::record::VersionRecord;
use crate::domain::reference::ModelRef;
use crate::ports::store::ArtifactStore;

/// A version on its way to a shelf.
#[derive(Debug, Clone, Copy)]
pub struct Shared<'a> {
    /// The version.
    pub record: &'a VersionRecord,
    /// What is in its package.
    pub manifest: &'a Manifest,
    /// The package's folder, whose files were found right.
    pub package: &'a Path,
    /// The alias that it gets there.
    pub alias: &'a Alias,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its address there.
    pub uri: String,
    /// The version that had the alias before.
    pub previous: Option<String>,
}

/// A version that was placed.
pub struct Found {
    /// The version, as it is there.
    pub record: VersionRecord,
    /// What holds its package.
    pub store: Box<dyn ArtifactStore>,
}

/// A place that finished versions are copied to.
pub trait Shelf: Send + Sync {
    /// Copies the version, gives it the alias, and takes the alias from the one that had it. The
    /// same version again changes nothing.
    ///
    /// # Errors
    /// Another package has the version there; the shelf cannot be reached or written.
    fn place(&self, shared: &Shared<'_>) -> Result<Placed>;

    /// The version that `reference` means, and the store that its package can be fetched from.
    ///
    /// # Errors
    /// There is no such version, or this program did not place it; the shelf cannot be reached or
    /// read.
    fn find(&self, reference: &ModelRef) -> Result<Found>;
}
