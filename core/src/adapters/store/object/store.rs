//! `<prefix>/blobs/sha256/ab/<hex>`: the layout of the store in a folder, in a bucket.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use crate::adapters::http::RetryPolicy;
use crate::adapters::objects::{
    Bucket, ByEnvironment, Cloud, Environment, Frame, Label, Landed, Payload, Whole,
};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::package::Manifest;
use crate::ports::clock::Clock;
use crate::ports::store::{ArtifactStore, FileAddress, Progress, StoreCapabilities};

/// How often it is looked again what is there, when somebody else writes the same at the same time.
const LOOKS: usize = 4;

/// Content-addressed storage in a bucket of Amazon S3 or Google Cloud Storage, or in a container of
/// Azure Blob Storage.
pub struct ObjectStore {
    bucket: Bucket,
    /// As it is written, without a `/` at its end.
    url: String,
    /// Begin of every path: empty, or with a `/` at its end.
    prefix: String,
    /// What this process has put or found, and needs no second look.
    known: Mutex<BTreeSet<Digest>>,
}

impl ObjectStore {
    /// The store at `az://`, `abfss://`, `s3://` or `gs://` `…/BUCKET/PREFIX`; nothing is sent yet.
    ///
    /// # Errors
    /// Another scheme, or no bucket.
    pub fn new(
        url: &str,
        around: impl Into<Environment>,
        clock: Arc<dyn Clock>,
        retry: RetryPolicy,
    ) -> Result<Self> {
        let wrong = || {
            Error::config(format!("`{}` is no address of an object store", url.escape_debug()))
                .hint("write az://CONTAINER/FOLDER, s3://BUCKET/FOLDER or gs://BUCKET/FOLDER")
        };
        let url = url.trim_end_matches('/');
        let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
        let cloud = Cloud::of(scheme).ok_or_else(wrong)?;
        let (holder, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let unclear = |part: &str| matches!(part, "" | "." | "..") || part.contains(['?', '#']);
        if unclear(holder) || !prefix.is_empty() && prefix.split('/').any(unclear) {
            return Err(wrong());
        }
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        let caller = ByEnvironment { cloud, holder: holder.to_owned(), around: around.into() };
        let bucket = Bucket::new(Arc::new(caller), clock, retry);
        Ok(Self { bucket, url: url.to_owned(), prefix, known: Mutex::default() })
    }

    /// Path of a blob in the bucket.
    fn place(&self, digest: &Digest) -> String {
        let hex = digest.hex();
        format!("{}blobs/sha256/{}/{hex}", self.prefix, &hex[..2])
    }

    fn is_known(&self, digest: &Digest) -> bool {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(digest)
    }

    fn remember(&self, digest: &Digest) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(*digest);
    }

    /// Puts a blob of this many bytes by `put`, which is told whether there is none. One of another
    /// length was cut short behind this program's back, and is written again.
    fn put(
        &self,
        digest: &Digest,
        size: u64,
        put: &dyn Fn(&str, bool) -> Result<Landed>,
    ) -> Result<bool> {
        let path = self.place(digest);
        let mut condition = true;
        for _ in 0..LOOKS {
            let (found, sure) = match self.bucket.size(&path) {
                Ok(found) => (found, true),
                // Some logins may write and not look; the store says whether something is there.
                Err(e) if e.kind() == ErrorKind::Permission => (None, false),
                Err(e) => return Err(e),
            };
            if found == Some(size) {
                self.remember(digest);
                return Ok(false);
            }
            match put(&path, condition && found.is_none())? {
                Landed::Unconditional => condition = false,
                Landed::Taken if sure => {}
                Landed::Taken | Landed::New => {
                    self.remember(digest);
                    return Ok(true);
                }
            }
        }
        Err(Error::conflict(format!("{path} is being written by somebody else"))
            .hint("run the same command again")
            .retryable())
    }

    fn at(&self, digest: &Digest, doing: &str) -> impl FnOnce(Error) -> Error {
        let place = format!("{doing} {}/blobs/sha256/{}", self.url, digest.hex());
        move |e| e.during(place)
    }

    fn must_be_there(&self, digest: &Digest, size: u64) -> Result<()> {
        if self.is_known(digest) || self.bucket.size(&self.place(digest))? == Some(size) {
            return Ok(());
        }
        Err(Error::not_found(format!("{digest} is not in the store {}", self.url))
            .hint("store the files of the package before its manifest"))
    }
}

impl ArtifactStore for ObjectStore {
    fn uri(&self, package: &Digest) -> String {
        let hex = package.hex();
        format!("{}/blobs/sha256/{}/{hex}", self.url, &hex[..2])
    }

    fn contains(&self, package: &Digest) -> Result<bool> {
        let size = self.bucket.size(&self.place(package)).map_err(self.at(package, "look at"))?;
        Ok(size.is_some())
    }

    fn put_file(&self, at: FileAddress<'_>, source: &Path, progress: Progress<'_>) -> Result<()> {
        let size = fs::metadata(source).map_err(|e| Error::io("read", source, e))?.len();
        let whole = Whole { source, size, digest: at.digest, frame: Frame::default() };
        let put = |path: &str, fresh| {
            self.bucket.put_file(path, whole, (fresh, Label::default()), progress)
        };
        if !self.put(at.digest, size, &put).map_err(self.at(at.digest, "write"))? {
            progress(size);
        }
        Ok(())
    }

    fn put_manifest(&self, manifest: &Manifest) -> Result<Digest> {
        manifest.files.par_iter().try_for_each(|file| {
            self.must_be_there(&file.digest, file.size).map_err(|e| e.during(file.path.clone()))
        })?;
        let body = Payload::new(manifest.to_bytes()?);
        let digest = Digest::from_raw(body.hash());
        let put = |path: &str, fresh| self.bucket.put(path, &body, fresh, Label::default());
        self.put(&digest, body.bytes.len() as u64, &put).map_err(self.at(&digest, "write"))?;
        Ok(digest)
    }

    fn get_file(&self, at: FileAddress<'_>, target: &Path, progress: Progress<'_>) -> Result<()> {
        self.bucket
            .fetch(&self.place(at.digest), at.digest, target, progress)
            .map_err(self.at(at.digest, "read"))
    }

    fn get_manifest(&self, package: &Digest) -> Result<Vec<u8>> {
        let bytes = self.bucket.bytes(&self.place(package)).map_err(self.at(package, "read"))?;
        let found = Digest::of(&bytes);
        if found != *package {
            return Err(self.at(package, "read")(
                Error::integrity(format!("the bytes that came have the digest {found}"))
                    .hint("they were changed where they are stored; remove them and register the package again"),
            ));
        }
        Ok(bytes)
    }

    fn check_writable(&self) -> Result<bool> {
        let path = format!("{}blobs/outerloop-doctor", self.prefix);
        let asked = self.bucket.check_writable(&path);
        asked.map(|()| true).map_err(|e| e.during(format!("write to {}", self.url)))
    }

    fn capabilities(&self) -> StoreCapabilities {
        StoreCapabilities { shared: true, deduplicates: true, names: false, documents: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::clock::SystemClock;

    fn open(url: &str) -> Result<ObjectStore> {
        ObjectStore::new(
            url,
            Arc::new(|_: &str| None),
            Arc::new(SystemClock),
            RetryPolicy::default(),
        )
    }

    #[test]
    fn the_address_of_a_package_is_below_the_prefix() {
        let digest = Digest::of(b"{}");
        for url in ["s3://acme", "s3://acme/models/", "gs://acme/a/b", "az://models/x"] {
            let uri = open(url).unwrap().uri(&digest);
            let end = format!("/blobs/sha256/44/{}", digest.hex());
            assert_eq!(uri, format!("{}{end}", url.trim_end_matches('/')));
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for url in ["", "s3://", "s3:///x", "acme", "ftp://acme/x", "s3://acme//x", "gs://a/../b"] {
            assert!(open(url).err().unwrap().hint_text().is_some(), "{url}");
        }
    }
}
