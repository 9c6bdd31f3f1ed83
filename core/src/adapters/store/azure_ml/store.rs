//! Packages as folders of blobs; the manifest comes last.

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use crate::adapters::azure::blob::Container;
use crate::adapters::azure::ml::Workspace;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::package::{FILES, MANIFEST, Manifest};
use crate::files::place::{Mode, NewFile};
use crate::ports::store::{ArtifactStore, FileAddress, Progress, StoreCapabilities};

/// Where packages are.
const PACKAGES: &str = "outerloop/packages";

/// The default datastore of a workspace, as store.
pub struct AzureMlStore {
    workspace: Arc<Workspace>,
    /// Address of the datastore, as long as it was not asked for.
    uri: String,
}

impl AzureMlStore {
    /// The store in `workspace`.
    ///
    /// # Errors
    /// The workspace or its default datastore cannot be read.
    pub fn open(workspace: Arc<Workspace>) -> Result<Self> {
        let uri = workspace.datastore()?.uri.clone();
        Ok(Self { workspace, uri })
    }

    fn container(&self) -> Result<&Container> {
        Ok(&self.workspace.datastore()?.container)
    }

    fn missing(&self, package: &Digest, what: &str) -> Error {
        Error::not_found(format!("{what} of the package {package} is not in {}", self.uri))
            .hint("is this the workspace that the package was registered with?")
    }
}

fn folder(package: &Digest) -> String {
    format!("{PACKAGES}/{}", package.hex())
}

fn file(at: FileAddress<'_>) -> String {
    format!("{}/{FILES}/{}", folder(at.package), at.path)
}

fn manifest_of(package: &Digest) -> String {
    format!("{}/{MANIFEST}", folder(package))
}

fn tampered(name: &str, found: &Digest) -> Error {
    Error::integrity(format!("the blob {name} has the digest {found}"))
        .hint("it was changed or cut short; remove it and register the package again")
}

impl ArtifactStore for AzureMlStore {
    fn uri(&self, package: &Digest) -> String {
        format!("{}/paths/{}", self.uri, folder(package))
    }

    fn contains(&self, package: &Digest) -> Result<bool> {
        Ok(self.container()?.stat(&manifest_of(package))?.is_some())
    }

    fn put_file(&self, at: FileAddress<'_>, source: &Path, progress: Progress<'_>) -> Result<()> {
        let (container, name) = (self.container()?, file(at));
        let size = std::fs::metadata(source).map_err(|e| Error::io("read", source, e))?.len();
        let there = container.stat(&name)?;
        if there.is_some_and(|stat| stat.size == size && stat.sha256 == at.digest.hex()) {
            progress(size);
            return Ok(());
        }
        container.upload(&name, source, at.digest, progress)
    }

    fn put_manifest(&self, manifest: &Manifest) -> Result<Digest> {
        let (container, package) = (self.container()?, manifest.digest()?);
        manifest.files.par_iter().try_for_each(|entry| {
            let at = FileAddress { package: &package, path: &entry.path, digest: &entry.digest };
            match container.stat(&file(at))? {
                Some(stat) if stat.size == entry.size => Ok(()),
                _ => Err(self.missing(&package, &entry.path)),
            }
        })?;
        let (name, bytes) = (manifest_of(&package), manifest.to_bytes()?);
        if container.read(&name)?.is_none_or(|there| there != bytes) {
            container.write(&name, "application/json", &bytes)?;
        }
        Ok(package)
    }

    fn get_file(&self, at: FileAddress<'_>, target: &Path, progress: Progress<'_>) -> Result<()> {
        let name = file(at);
        let mut new = NewFile::beside(target, Mode::Ordinary)?;
        let found = self.container()?.download(&name, (new.file(), target), progress)?;
        let found = found.ok_or_else(|| self.missing(at.package, at.path))?;
        match found == *at.digest {
            true => new.commit(),
            false => Err(tampered(&name, &found)),
        }
    }

    fn get_manifest(&self, package: &Digest) -> Result<Vec<u8>> {
        let name = manifest_of(package);
        let bytes = self.container()?.read(&name)?;
        let bytes = bytes.ok_or_else(|| self.missing(package, "the manifest"))?;
        let found = Digest::of(&bytes);
        if found == *package { Ok(bytes) } else { Err(tampered(&name, &found)) }
    }

    fn check_writable(&self) -> Result<bool> {
        self.container()?.check_writable().map(|()| true)
    }

    fn capabilities(&self) -> StoreCapabilities {
        StoreCapabilities { shared: true, deduplicates: false, names: false, documents: false }
    }
}

impl std::fmt::Debug for AzureMlStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AzureMlStore").field("uri", &self.uri).finish_non_exhaustive()
    }
}
