//! What is said of a package after it was made, as manifests that refer to it.

use serde_json::{Value, json};

use super::artifact::{Blob, IMAGE_INDEX, IMAGE_MANIFEST};
use super::client::Client;
use super::token::Access;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::ports::store::Document;

/// Media type of an empty configuration.
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// How often the list of those that refer is written, where the registry keeps none.
const WRITES: usize = 4;

impl Client {
    /// Attaches `document` to the manifest `subject`.
    pub(super) fn attach(&self, subject: &Blob, document: Document<'_>) -> Result<()> {
        let empty = Blob { bytes: b"{}".to_vec(), digest: Digest::of(b"{}") };
        let content = Blob { bytes: document.bytes.to_vec(), digest: Digest::of(document.bytes) };
        for blob in [&empty, &content] {
            if self.size(&blob.digest, Access::Push)?.is_none() {
                self.put_bytes(&blob.digest, blob.bytes.clone().into())?;
            }
        }
        let kind = artifact_type(document.kind);
        let manifest = Blob::of(&json!({
            "schemaVersion": 2,
            "mediaType": IMAGE_MANIFEST,
            "artifactType": kind,
            "config": empty.descriptor(EMPTY),
            "layers": [content.descriptor(document.media_type)],
            "subject": subject.descriptor(IMAGE_MANIFEST),
        }))?;
        let name = manifest.digest.to_string();
        let answer = self.put_manifest(&name, IMAGE_MANIFEST, &manifest)?;
        if answer.answer.get("oci-subject").is_some() {
            return Ok(());
        }
        let mut entry = manifest.descriptor(IMAGE_MANIFEST);
        entry["artifactType"] = json!(kind);
        self.list(&subject.digest, &entry)
    }

    /// Adds an entry to the list of those that refer to `subject`, under the tag that stands for a
    /// registry without such lists. There is no compare-and-swap: it is read back.
    fn list(&self, subject: &Digest, entry: &Value) -> Result<()> {
        let tag = format!("sha256-{}", subject.hex());
        for _ in 0..WRITES {
            let mut index = match self.manifest(&tag, Access::Push)? {
                Some(bytes) => serde_json::from_slice(&bytes).unwrap_or(Value::Null),
                None => Value::Null,
            };
            let mut entries = index["manifests"].take().as_array().cloned().unwrap_or_default();
            if entries.iter().any(|there| there["digest"] == entry["digest"]) {
                return Ok(());
            }
            entries.push(entry.clone());
            let index = Blob::of(&json!({
                "schemaVersion": 2,
                "mediaType": IMAGE_INDEX,
                "manifests": entries,
            }))?;
            self.put_manifest(&tag, IMAGE_INDEX, &index)?;
        }
        Err(Error::conflict("somebody else writes the list of documents of the package")
            .hint("run the same command again")
            .retryable())
    }
}

fn artifact_type(kind: &str) -> String {
    format!("application/vnd.outerloop.{kind}.v1")
}
