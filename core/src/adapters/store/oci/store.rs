//! The promises of a store, over a registry.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::artifact::{Blob, IMAGE_MANIFEST, Packed, model_pack, package_of, tag, version_tag};
use super::client::Client;
use super::entra;
use super::image::{self, Layer};
use super::login;
use super::place::Place;
use super::tar::Tar;
use super::token::Access;
use crate::adapters::http::RetryPolicy;
use crate::adapters::objects::{Frame, Wanted, Whole, counting};
use crate::config::valid::OciType;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::name::ModelName;
use crate::domain::package::{MANIFEST, Manifest};
use crate::domain::version::Version;
use crate::ports::clock::Clock;
use crate::ports::store::{ArtifactStore, Document, FileAddress, Progress, StoreCapabilities};

/// Packages in a repository of an OCI registry.
pub struct OciStore {
    client: Client,
    place: Place,
    pub(super) kind: OciType,
    /// Layers that this process has put or found.
    known: Mutex<BTreeSet<Digest>>,
    /// Of packages that this process has put, as images: the layer of each file, by package and path.
    put: Mutex<BTreeMap<(Digest, String), Layer>>,
    /// Of packages that this process has read: their layers by path in the image; none: an artifact.
    read: Mutex<BTreeMap<Digest, Option<Layers>>>,
}

type Layers = Arc<BTreeMap<String, Layer>>;

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
        let (known, put, read) = Default::default();
        Ok(Self { client, place, kind: OciType::default(), known, put, read })
    }

    /// What packages become that are stored from now on; both are read.
    #[must_use]
    pub fn storing(self, kind: OciType) -> Self {
        Self { kind, ..self }
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
        locked(&self.known).insert(*digest);
    }

    fn is_there(&self, digest: &Digest, size: u64) -> Result<bool> {
        if locked(&self.known).contains(digest) {
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
        let packed = match self.kind {
            OciType::Artifact => self.as_artifact(manifest)?,
            OciType::Image => self.as_image(manifest)?,
        };
        for blob in &packed.blobs {
            if !self.is_there(&blob.digest, blob.bytes.len() as u64)? {
                self.client.put_bytes(&blob.digest, blob.bytes.clone().into())?;
                self.remember(&blob.digest);
            }
        }
        let tag = tag(&packed.package);
        let there = self.client.manifest(&tag, Access::Push)?;
        if there.as_ref() != Some(&packed.manifest.bytes) {
            self.client.put_manifest(&tag, IMAGE_MANIFEST, &packed.manifest)?;
        }
        locked(&self.read).remove(&packed.package);
        Ok(packed.package)
    }

    fn as_artifact(&self, manifest: &Manifest) -> Result<Packed> {
        manifest.files.par_iter().try_for_each(|file| {
            match self.is_there(&file.digest, file.size)? {
                true => Ok(()),
                false => Err(not_put(&file.digest, &file.path)),
            }
        })?;
        model_pack(manifest)
    }

    /// Only the digest of a file is known of the package, and not that of its layer: it is told by
    /// who put the file, or by the image that is there.
    fn as_image(&self, manifest: &Manifest) -> Result<Packed> {
        let package = manifest.digest()?;
        image::check_count(manifest.files.len())?;
        let there = self.layers(&package, Access::Push)?;
        let layers = manifest.files.par_iter().map(|file| {
            let put = locked(&self.put).get(&(package, file.path.clone())).cloned();
            let layer = match (put, &there) {
                (Some(layer), _) => Some(layer),
                (None, Some(there)) => there.get(&image::place(&file.path)?).cloned(),
                (None, None) => None,
            };
            let layer = layer.ok_or_else(|| not_put(&file.digest, &file.path))?;
            match self.is_there(&layer.digest, layer.size)? {
                true => Ok(layer),
                false => Err(not_put(&file.digest, &file.path)),
            }
        });
        image::image(manifest, &layers.collect::<Result<Vec<_>>>()?)
    }

    fn put_layer(&self, whole: Whole<'_>, progress: Progress<'_>) -> Result<()> {
        if self.is_there(whole.digest, whole.size)? {
            progress(whole.size);
            return Ok(());
        }
        self.client.put_file(whole, progress)?;
        self.remember(whole.digest);
        Ok(())
    }

    /// Puts a file as a layer of an image.
    fn put_archive(
        &self,
        at: FileAddress<'_>,
        (source, size): (&Path, u64),
        progress: Progress<'_>,
    ) -> Result<()> {
        let tar = Tar::of(&image::place(at.path)?, size);
        let digest = tar.digest(source, at.digest)?;
        let whole = Whole { source, size: tar.size(), digest: &digest, frame: tar.frame() };
        // The bytes around the file are none of the package's.
        let told = Mutex::new(0);
        let own = |n: u64| {
            let mut told = locked(&told);
            progress(n.min(size - *told));
            *told += n.min(size - *told);
        };
        self.put_layer(whole, &own)?;
        let layer = Layer { digest, size: tar.size(), within: tar.within() };
        let mut put = locked(&self.put);
        put.insert((*at.package, at.path.to_owned()), layer);
        image::check_count(put.keys().filter(|(package, _)| package == at.package).count())
    }

    /// The layers of a package that is an image, by path; none: it is an artifact, or not there.
    fn layers(&self, package: &Digest, access: Access) -> Result<Option<Layers>> {
        if let Some(found) = locked(&self.read).get(package) {
            return Ok(found.clone());
        }
        match self.client.manifest(&tag(package), access)? {
            Some(manifest) => Ok(self.keep(package, &manifest)),
            None => Ok(None),
        }
    }

    fn keep(&self, package: &Digest, manifest: &[u8]) -> Option<Layers> {
        let layers = image::layers(manifest).map(Arc::new);
        locked(&self.read).insert(*package, layers.clone());
        layers
    }

    /// Fetches a file: a blob, or what an archive holds.
    fn fetch(&self, at: FileAddress<'_>, target: &Path, progress: Progress<'_>) -> Result<()> {
        let (blob, within) = match self.layers(at.package, Access::Pull)? {
            None => (*at.digest, None),
            Some(layers) => {
                let layer = layers.get(&image::place(at.path)?).ok_or_else(|| {
                    Error::integrity(format!("the image has no layer with {}", at.path))
                        .hint("it was changed in the registry; register the package again")
                })?;
                (layer.digest, Some(layer.within))
            }
        };
        let coming = counting(progress);
        let wanted = Wanted {
            into: target,
            digest: Some(at.digest),
            progress: &coming,
            pages: false,
            within,
        };
        self.client.fetch(&blob, &wanted)
    }

    /// The bytes of `outerloop-package.json`, as the registry has them.
    fn manifest_bytes(&self, package: &Digest) -> Result<Vec<u8>> {
        let artifact = self.artifact(package, Access::Pull)?;
        let Some(layers) = self.keep(package, &artifact.bytes) else {
            return self.client.bytes(package);
        };
        let layer = layers.get(MANIFEST).ok_or_else(|| {
            Error::integrity("the image has no layer with the package's manifest")
                .hint("it was changed in the registry; register the package again")
        })?;
        Ok(layer.within.of(&self.client.bytes(&layer.digest)?, 0).to_vec())
    }
}

fn not_put(digest: &Digest, path: &str) -> Error {
    Error::not_found(format!("{digest} is not in the registry"))
        .hint("store the files of the package before its manifest")
        .during(path.to_owned())
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
        let whole = Whole { source, size, digest: at.digest, frame: Frame::default() };
        let put = match self.kind {
            OciType::Artifact => self.put_layer(whole, progress),
            OciType::Image => self.put_archive(at, (source, size), progress),
        };
        put.map_err(|e| e.during(at.path.to_owned())).map_err(self.at("write to"))
    }

    fn put_manifest(&self, manifest: &Manifest) -> Result<Digest> {
        self.publish(manifest).map_err(self.at("write to"))
    }

    fn get_file(&self, at: FileAddress<'_>, target: &Path, progress: Progress<'_>) -> Result<()> {
        let fetched = self.fetch(at, target, progress);
        fetched.map_err(|e| self.deleted(at.package, e)).map_err(self.at("read"))
    }

    fn get_manifest(&self, package: &Digest) -> Result<Vec<u8>> {
        let bytes = self.manifest_bytes(package);
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
