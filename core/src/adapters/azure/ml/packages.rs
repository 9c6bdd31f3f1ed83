//! Packages as folders of blobs, of which the manifest comes last: `outerloop/packages/<hex>/files/…` in
//! the default datastore of a workspace, `outerloop/<hex>/files/…` in what a registry gives. Azure's own
//! tools can load models from them.

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::workspace::Workspace;
use crate::adapters::azure::blob::Container;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::package::{FILES, MANIFEST, Manifest};
use crate::files::place::{Mode, NewFile};
use crate::ports::store::{ArtifactStore, FileAddress, Progress, StoreCapabilities};

/// Where packages are in a datastore.
const PACKAGES: &str = "outerloop/packages";

/// Packages in a container of Azure Machine Learning.
pub struct Packages {
    held: Held,
    /// The folder with a folder for each package.
    packages: String,
    /// What stands before the path of a blob in its address.
    uri: String,
}

/// Whose container it is.
enum Held {
    /// The default datastore of a workspace.
    Workspace(Arc<Workspace>),
    /// One that was opened for a version of a registry.
    Registry(Container),
}

impl Packages {
    /// The store in `workspace`: its default datastore.
    ///
    /// # Errors
    /// The workspace or its default datastore cannot be read.
    pub fn open(workspace: Arc<Workspace>) -> Result<Self> {
        let uri = format!("{}/paths", workspace.datastore()?.uri);
        Ok(Self { held: Held::Workspace(workspace), packages: PACKAGES.to_owned(), uri })
    }

    /// The packages below `packages` in a container that a registry opened for a version.
    pub fn of_registry(container: Container, packages: &str) -> Self {
        let uri = container.url().to_owned();
        Self { held: Held::Registry(container), packages: packages.to_owned(), uri }
    }

    fn container(&self) -> Result<&Container> {
        match &self.held {
            Held::Workspace(workspace) => Ok(&workspace.datastore()?.container),
            Held::Registry(container) => Ok(container),
        }
    }

    fn missing(&self, package: &Digest, what: &str) -> Error {
        Error::not_found(format!("{what} of the package {package} is not in {}", self.uri))
            .hint("is this the workspace or registry that the package was put into?")
    }

    fn folder(&self, package: &Digest) -> String {
        format!("{}/{}", self.packages, package.hex())
    }

    fn file(&self, at: FileAddress<'_>) -> String {
        format!("{}/{FILES}/{}", self.folder(at.package), at.path)
    }

    fn manifest_of(&self, package: &Digest) -> String {
        format!("{}/{MANIFEST}", self.folder(package))
    }
}

fn tampered(name: &str, found: &Digest) -> Error {
    Error::integrity(format!("the blob {name} has the digest {found}"))
        .hint("it was changed or cut short; remove it and register the package again")
}

impl ArtifactStore for Packages {
    fn uri(&self, package: &Digest) -> String {
        format!("{}/{}", self.uri, self.folder(package))
    }

    fn contains(&self, package: &Digest) -> Result<bool> {
        Ok(self.container()?.stat(&self.manifest_of(package))?.is_some())
    }

    fn put_file(&self, at: FileAddress<'_>, source: &Path, progress: Progress<'_>) -> Result<()> {
        let (container, name) = (self.container()?, self.file(at));
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
            match container.stat(&self.file(at))? {
                Some(stat) if stat.size == entry.size => Ok(()),
                _ => Err(self.missing(&package, &entry.path)),
            }
        })?;
        let (name, bytes) = (self.manifest_of(&package), manifest.to_bytes()?);
        if container.read(&name)?.is_none_or(|there| there != bytes) {
            container.write(&name, "application/json", &bytes)?;
        }
        Ok(package)
    }

    fn get_file(&self, at: FileAddress<'_>, target: &Path, progress: Progress<'_>) -> Result<()> {
        let name = self.file(at);
        let mut new = NewFile::beside(target, Mode::Ordinary)?;
        let found = self.container()?.download(&name, (new.file(), target), progress)?;
        let found = found.ok_or_else(|| self.missing(at.package, at.path))?;
        match found == *at.digest {
            true => new.commit(),
            false => Err(tampered(&name, &found)),
        }
    }

    fn get_manifest(&self, package: &Digest) -> Result<Vec<u8>> {
        let name = self.manifest_of(package);
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

impl std::fmt::Debug for Packages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packages").field("uri", &self.uri).finish_non_exhaustive()
    }
}
