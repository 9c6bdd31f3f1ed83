//! The promises of a store, over a registry.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use super::artifact::{Artifact, Blob, IMAGE_MANIFEST, package_of, tag, version_tag};
use super::client::Client;
use super::entra;
use super::login;
use super::place::Place;
use super::token::Access;
use crate::adapters::http::RetryPolicy;
use crate::adapters::objects::{Wanted, counting};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::name::ModelName;
use crate::domain::package::Manifest;
use crate::domain::version::Version;
use crate::ports::clock::Clock;
use crate::ports::store::{ArtifactStore, Document, FileAddress, Progress, StoreCapabilities};

/// Packages in a repository of an OCI registry.
pub struct OciStore {
    client: Client,
    place: Place,
    /// Layers that this process has put or found.
    known: Mutex<BTreeSet<Digest>>,
}

impl OciStore {
    /// The store at `oci://HOST/REPOSITORY`; nothing is sent yet. The login is that of
    /// `docker login`, or the token of a job for its own registry.
    ///
    /// # Errors
    /// No such address; a configuration of Docker's that cannot be read.
    pub fn new(
        url: &str,
        around: &dyn Fn(&str) -> Option<String>,
        clock: Arc<dyn Clock>,
        retry: RetryPolicy,
    ) -> Result<Self> {
        let place = Place::of(url)?;
        let credentials = login::find(&place.host, around)?;
        let client = Client::new(&place, credentials, clock, retry);
        Ok(Self { client, place, known: Mutex::default() })
    }

    /// Whether the registry is one of Azure's, where a login at Azure does.
    pub fn is_azure(&self) -> bool {
        entra::is_azure(&self.place.host)
    }

    /// Logs in at Azure, where Docker's configuration has no login for the registry.
    #[must_use]
    pub fn with_entra(mut self, login: entra::Login) -> Self {
        self.client.with_entra(login);
        self
    }

    fn remember(&self, digest: &Digest) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(*digest);
    }

    fn is_there(&self, digest: &Digest, size: u64) -> Result<bool> {
        if self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(digest) {
            return Ok(true);
        }
        let there = self.client.size(digest, Access::Push)? == Some(size);
        if there {
            self.remember(digest);
        }
        Ok(there)
    }

    fn at(&self, what: &str) -> impl FnOnce(Error) -> Error {
        let during = format!("{what} oci://{}/{}", self.place.host, self.place.repository);
        move |e| e.during(during)
    }

    fn missing(&self, package: &Digest) -> Error {
        let Place { host, repository } = &self.place;
        Error::not_found(format!("{package} is not in oci://{host}/{repository}"))
            .hint("is this the store that the package was registered with? See `store.url`")
    }

    /// What an artifact names is there, unless somebody deleted it.
    fn deleted(&self, package: &Digest, error: Error) -> Error {
        let there = || matches!(self.client.manifest(&tag(package), Access::Pull), Ok(Some(_)));
        match error.kind() {
            ErrorKind::NotFound if there() => {
                Error::integrity(format!("a part of the package is gone: {error}"))
                    .hint("somebody deleted it in the registry; register the package again")
            }
            _ => error,
        }
    }

    /// The manifest of the artifact that a package is.
    fn artifact(&self, package: &Digest, access: Access) -> Result<Blob> {
        let bytes =
            self.client.manifest(&tag(package), access)?.ok_or_else(|| self.missing(package))?;
        if package_of(&bytes) != Some(*package) {
            let tag = tag(package);
            return Err(Error::integrity(format!("the tag {tag} leads to another artifact"))
                .hint("it was moved behind this program's back; register the package again"));
        }
        Ok(Blob { digest: Digest::of(&bytes), bytes })
    }

    fn publish(&self, manifest: &Manifest) -> Result<Digest> {
        manifest.files.par_iter().try_for_each(|file| {
            match self.is_there(&file.digest, file.size)? {
                true => Ok(()),
                false => Err(Error::not_found(format!("{} is not in the registry", file.digest))
                    .hint("store the files of the package before its manifest")
                    .during(file.path.clone())),
            }
        })?;
        let artifact = Artifact::of(manifest)?;
        for blob in [&artifact.package, &artifact.config] {
            if !self.is_there(&blob.digest, blob.bytes.len() as u64)? {
                self.client.put_bytes(&blob.digest, blob.bytes.clone().into())?;
                self.remember(&blob.digest);
            }
        }
        let tag = tag(&artifact.package.digest);
        let there = self.client.manifest(&tag, Access::Push)?;
        if there.as_ref() != Some(&artifact.manifest.bytes) {
            self.client.put_manifest(&tag, IMAGE_MANIFEST, &artifact.manifest)?;
        }
        Ok(artifact.package.digest)
    }
}

impl ArtifactStore for OciStore {
    fn uri(&self, package: &Digest) -> String {
        format!("oci://{}/{}:{}", self.place.host, self.place.repository, tag(package))
    }

    fn contains(&self, package: &Digest) -> Result<bool> {
        let found =
            self.client.manifest(&tag(package), Access::Pull).map_err(self.at("look at"))?;
        Ok(found.is_some())
    }

    fn put_file(&self, at: FileAddress<'_>, source: &Path, progress: Progress<'_>) -> Result<()> {
        let size = fs::metadata(source).map_err(|e| Error::io("read", source, e))?.len();
        if self.is_there(at.digest, size).map_err(self.at("write to"))? {
            progress(size);
            return Ok(());
        }
        self.client
            .put_file(at.digest, source, size, progress)
            .map_err(|e| e.during(at.path.to_owned()))
            .map_err(self.at("write to"))?;
        self.remember(at.digest);
        Ok(())
    }

    fn put_manifest(&self, manifest: &Manifest) -> Result<Digest> {
        self.publish(manifest).map_err(self.at("write to"))
    }

    fn get_file(&self, at: FileAddress<'_>, target: &Path, progress: Progress<'_>) -> Result<()> {
        let coming = counting(progress);
        let wanted =
            Wanted { into: target, digest: Some(at.digest), progress: &coming, pages: false };
        let fetched = self.client.fetch(at.digest, &wanted);
        fetched.map_err(|e| self.deleted(at.package, e)).map_err(self.at("read"))
    }

    fn get_manifest(&self, package: &Digest) -> Result<Vec<u8>> {
        self.artifact(package, Access::Pull).map_err(self.at("read"))?;
        let bytes = self.client.bytes(package);
        let bytes = bytes.map_err(|e| self.deleted(package, e)).map_err(self.at("read"))?;
        let found = Digest::of(&bytes);
        if found == *package {
            return Ok(bytes);
        }
        let error = Error::integrity(format!("the manifest that came has the digest {found}"))
            .hint("it was changed where it is stored; register the package again");
        Err(self.at("read")(error))
    }

    fn capabilities(&self) -> StoreCapabilities {
        StoreCapabilities { shared: true, deduplicates: true, names: true, documents: true }
    }

    fn name(&self, package: &Digest, model: &ModelName, version: &Version) -> Result<()> {
        let named = || -> Result<()> {
            let artifact = self.artifact(package, Access::Push)?;
            let tag = version_tag(model.as_str(), &version.to_string());
            if self.client.manifest(&tag, Access::Push)?.as_ref() != Some(&artifact.bytes) {
                self.client.put_manifest(&tag, IMAGE_MANIFEST, &artifact)?;
            }
            Ok(())
        };
        named().map_err(self.at("tag a version in"))
    }

    fn also_at(&self, uri: &str) {
        // It ends with a tag.
        let place = uri.rsplit_once(':').and_then(|(place, _)| Place::of(place).ok());
        let same = place.filter(|place| place.host == self.place.host);
        if let Some(other) = same.filter(|place| place.repository != self.place.repository) {
            self.client.mount_from(&other.repository);
        }
    }

    fn check_writable(&self) -> Result<bool> {
        self.client.check_writable().map(|()| true).map_err(self.at("write to"))
    }

    fn attach(&self, package: &Digest, document: Document<'_>) -> Result<()> {
        let attached = || {
            let artifact = self.artifact(package, Access::Push)?;
            self.client.attach(&artifact, document)
        };
        attached().map_err(self.at("attach to"))
    }
}
