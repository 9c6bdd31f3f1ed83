//! The container: blobs as a whole, and files into it.

use std::path::Path;
use std::sync::Arc;

use super::access::Renew;
use super::opened::Opened;
use crate::adapters::azure::identity::Tokens;
use crate::adapters::http::RetryPolicy;
use crate::adapters::objects::azure_blob::is_absent_container;
use crate::adapters::objects::{Ask, Bucket, Call, Frame, Label, Landed, Payload, Whole};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::ports::clock::Clock;
use crate::ports::store::Progress;

/// Who made a blob: one call of one process.
const WRITER: &str = "writer";
/// What the one who stored a blob says of its digest; 64 digits, or nothing.
const SHA256: &str = "sha256";
/// Kind of a blob of which nothing is known.
const BYTES: &str = "application/octet-stream";

/// What is known of a blob without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stat {
    /// Bytes.
    pub size: u64,
    /// The digest, as the one says who stored it: 64 digits, or nothing. The bytes may be others.
    pub sha256: String,
    pub(super) tag: String,
    writer: String,
}

/// One container.
pub struct Container {
    pub(super) opened: Arc<Opened>,
    pub(super) bucket: Bucket,
    pub(super) clock: Arc<dyn Clock>,
}

impl Container {
    /// The container `name` of the account at `account_url`, such as
    /// `https://acme.blob.core.windows.net`. Nothing is sent yet.
    pub fn new(
        account_url: &str,
        name: &str,
        tokens: Arc<Tokens>,
        renew: Renew,
        clock: Arc<dyn Clock>,
        retry: RetryPolicy,
    ) -> Self {
        let opened = Arc::new(Opened::new(account_url, name, tokens, renew));
        let bucket = Bucket::new(Arc::clone(&opened) as _, Arc::clone(&clock), retry);
        Self { opened, bucket, clock }
    }

    /// Address of the container, without any signature.
    pub fn url(&self) -> &str {
        self.opened.url()
    }

    /// Makes the blob, if there is none of this name: of two that try, one does. Gives whether it
    /// was made by this call.
    ///
    /// # Errors
    /// The service cannot be reached, or refuses.
    pub fn create(&self, name: &str, content_type: &'static str, bytes: &[u8]) -> Result<bool> {
        let nonce = format!("{:032x}", rand::random::<u128>());
        let metadata = [(WRITER, nonce.clone())];
        let label = Label { content_type, metadata: &metadata };
        let made = self.bucket.put(name, &Payload::new(bytes.to_vec()), true, label);
        match made.map_err(self.during(name))? {
            // An answer that was lost may have been that of this very call.
            Landed::Taken => Ok(self.stat(name)?.is_some_and(|there| there.writer == nonce)),
            Landed::New | Landed::Unconditional => Ok(true),
        }
    }

    /// Writes the blob, whatever is there.
    ///
    /// # Errors
    /// The service cannot be reached, or refuses.
    pub fn write(&self, name: &str, content_type: &'static str, bytes: &[u8]) -> Result<()> {
        let label = Label { content_type, ..Label::default() };
        let put = self.bucket.put(name, &Payload::new(bytes.to_vec()), false, label);
        put.map(|_| ()).map_err(self.during(name))
    }

    /// The blob; none: there is none of this name.
    ///
    /// # Errors
    /// The service cannot be reached, or refuses; there is no such container; more than 64 MiB.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let call = || {
            let call = self.bucket.call(Ask::File { path: name, span: None })?;
            Ok(Call { answers: &[404], ..call })
        };
        let answer = self.bucket.link().whole(&call).map_err(self.during(name))?;
        match answer.status {
            404 if is_absent_container(&answer) => {
                Err(self.bucket.no_container()).map_err(self.during(name))
            }
            404 => Ok(None),
            _ => Ok(Some(answer.body)),
        }
    }

    /// What is known of the blob without reading it; none: there is none of this name.
    ///
    /// # Errors
    /// The service cannot be reached, or refuses; there is no such container.
    pub fn stat(&self, name: &str) -> Result<Option<Stat>> {
        let answer = self.bucket.look(name).map_err(self.during(name))?;
        Ok(answer.map(|answer| {
            let text = |name: &str| answer.answer.get(name).unwrap_or_default().to_owned();
            Stat {
                size: text("content-length").parse().unwrap_or_default(),
                sha256: text(&format!("x-ms-meta-{SHA256}")),
                tag: text("etag"),
                writer: text(&format!("x-ms-meta-{WRITER}")),
            }
        }))
    }

    /// Stores the file at `source` under `name`; it must have this digest. Memory stays flat.
    ///
    /// # Errors
    /// Integrity when it has another digest, and then nothing is to be seen of it; the file cannot
    /// be read; the service cannot be reached, or refuses.
    pub fn upload(
        &self,
        name: &str,
        source: &Path,
        digest: &Digest,
        progress: Progress<'_>,
    ) -> Result<()> {
        let size = std::fs::metadata(source).map_err(|e| Error::io("read", source, e))?.len();
        let whole = Whole { source, size, digest, frame: Frame::default() };
        let metadata = [(SHA256, digest.hex())];
        let label = Label { content_type: BYTES, metadata: &metadata };
        let put = self.bucket.put_file(name, whole, (false, label), progress);
        put.map(|_| ()).map_err(self.during(name))
    }

    /// Whether blobs may be written, asked without writing one.
    ///
    /// # Errors
    /// The service cannot be reached, or refuses.
    pub fn check_writable(&self) -> Result<()> {
        let name = "outerloop-doctor";
        self.bucket.check_writable(name).map_err(self.during(name))
    }

    pub(super) fn during(&self, name: &str) -> impl FnOnce(Error) -> Error {
        let doing = format!("blob {name} of {}", self.url());
        move |error| error.during(doing)
    }
}
