//! A package as an artifact of the ModelPack specification of the CNCF.

use serde_json::{Value, json};

use crate::domain::canonical;
use crate::domain::digest::Digest;
use crate::domain::error::Result;
use crate::domain::package::{FileEntry, MANIFEST, Manifest};

/// Media type of a manifest.
pub(super) const IMAGE_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Media type of an index, a list of manifests.
pub(super) const IMAGE_INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// What a ModelPack is.
const MODEL: &str = "application/vnd.cncf.model.manifest.v1+json";
/// Media type of its configuration.
const CONFIG: &str = "application/vnd.cncf.model.config.v1+json";
/// Annotation with the path of a file, of ModelPack.
const FILE_PATH: &str = "org.cncf.model.filepath";
/// The same, as `oras` reads it.
const TITLE: &str = "org.opencontainers.image.title";
/// Annotation with the digest of the package.
pub(super) const PACKAGE: &str = "dev.outerloop.package";

/// A manifest or configuration as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Blob {
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
    /// Their digest.
    pub(super) digest: Digest,
}

impl Blob {
    /// JSON in canonical form: the same package makes the same artifact, wherever it is stored.
    pub(super) fn of(value: &Value) -> Result<Self> {
        let bytes = canonical::to_bytes(value)?;
        Ok(Self { digest: Digest::of(&bytes), bytes })
    }

    /// What refers to it.
    pub(super) fn descriptor(&self, media_type: &str) -> Value {
        json!({
            "mediaType": media_type,
            "digest": self.digest.to_string(),
            "size": self.bytes.len(),
        })
    }
}

/// A package as a registry keeps it, without its files.
#[derive(Debug)]
pub(super) struct Packed {
    /// Digest of the package.
    pub(super) package: Digest,
    /// What the manifest refers to, besides the files: the package's own manifest, in a layer, and
    /// the configuration.
    pub(super) blobs: Vec<Blob>,
    /// The manifest.
    pub(super) manifest: Blob,
}

/// The package as an artifact whose layers are the files as they are.
pub(super) fn model_pack(package: &Manifest) -> Result<Packed> {
    let bytes = package.to_bytes()?;
    let digest = Digest::of(&bytes);
    let own = FileEntry { path: MANIFEST.to_owned(), size: bytes.len() as u64, digest };
    let config = Blob::of(&config(package, &own))?;
    let mut layers = vec![layer(&own, "weight.config")];
    layers.extend(package.files.iter().map(|file| layer(file, kind(&file.path))));
    let manifest = Blob::of(&json!({
        "schemaVersion": 2,
        "mediaType": IMAGE_MANIFEST,
        "artifactType": MODEL,
        "config": config.descriptor(CONFIG),
        "layers": layers,
        "annotations": {PACKAGE: digest.to_string()},
    }))?;
    Ok(Packed { package: digest, blobs: vec![Blob { bytes, digest }, config], manifest })
}

fn config(package: &Manifest, own: &FileEntry) -> Value {
    let provenance = &package.provenance;
    let mut descriptor = serde_json::Map::new();
    for (key, value) in [("revision", &provenance.commit), ("sourceURL", &provenance.repository)] {
        if let Some(value) = value {
            descriptor.insert(key.to_owned(), json!(value));
        }
    }
    let digests: Vec<String> =
        std::iter::once(own).chain(&package.files).map(|file| file.digest.to_string()).collect();
    json!({
        "descriptor": descriptor,
        "config": {"format": package.format.as_str()},
        "modelfs": {"type": "layers", "diffIds": digests},
    })
}

fn layer(file: &FileEntry, kind: &str) -> Value {
    json!({
        "mediaType": format!("application/vnd.cncf.model.{kind}.v1.raw"),
        "digest": file.digest.to_string(),
        "size": file.size,
        "annotations": {FILE_PATH: file.path, TITLE: file.path},
    })
}

/// What a file is to those who load models, by its name.
fn kind(path: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    match end {
        "md" | "txt" | "rst" | "pdf" | "html" if name != "requirements.txt" => "doc",
        "py" | "ipynb" | "sh" => "code",
        "json" | "yaml" | "yml" | "toml" | "ini" | "txt" => "weight.config",
        _ if matches!(name.as_str(), "mlmodel" | "license" | "readme") => "doc",
        _ => "weight",
    }
}

/// The package that an artifact's manifest says it is.
pub(super) fn package_of(manifest: &[u8]) -> Option<Digest> {
    let json: Value = serde_json::from_slice(manifest).ok()?;
    json["annotations"][PACKAGE].as_str()?.parse().ok()
}

/// The tag of a package.
pub(super) fn tag(package: &Digest) -> String {
    format!("sha256-{}", package.hex())
}

/// The tag of a version: letters, digits and `._-`, at most 128 of them.
pub(super) fn version_tag(model: &str, version: &str) -> String {
    let text = format!("{model}-{version}").replace('+', "_");
    text.chars().take(128).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::package::{Format, Provenance};

    fn package() -> Manifest {
        let files = [("README.md", &b"read"[..]), ("a/model.onnx", b"weights")];
        let files = files.map(|(path, bytes)| FileEntry::of(path, bytes)).to_vec();
        Manifest {
            provenance: Provenance { commit: Some("c0ffee".to_owned()), ..Provenance::default() },
            ..Manifest::of(Format::Onnx, files)
        }
    }

    #[test]
    fn a_package_is_a_model_pack() {
        let package = package();
        let artifact = model_pack(&package).unwrap();
        let manifest: Value = serde_json::from_slice(&artifact.manifest.bytes).unwrap();
        assert_eq!(manifest["artifactType"], MODEL);
        assert_eq!(manifest["config"]["digest"], artifact.blobs[1].digest.to_string());
        let layers = manifest["layers"].as_array().unwrap();
        let types: Vec<&str> = layers.iter().map(|l| l["mediaType"].as_str().unwrap()).collect();
        let prefix = "application/vnd.cncf.model";
        let expected = ["weight.config", "doc", "weight"].map(|k| format!("{prefix}.{k}.v1.raw"));
        assert_eq!(types, expected);
        assert_eq!(layers[2]["annotations"][FILE_PATH], "a/model.onnx");
        assert_eq!(layers[2]["digest"], Digest::of(b"weights").to_string());
        assert_eq!(package_of(&artifact.manifest.bytes), package.digest().ok());
        let config: Value = serde_json::from_slice(&artifact.blobs[1].bytes).unwrap();
        assert_eq!(config["descriptor"], json!({"revision": "c0ffee"}));
        assert_eq!(config["modelfs"]["diffIds"].as_array().unwrap().len(), 3);
        let again = model_pack(&package).unwrap();
        assert_eq!(again.manifest, artifact.manifest);
    }

    #[test]
    fn tags_are_tags() {
        assert_eq!(version_tag("churn", "1.2.0-rc.1+build"), "churn-1.2.0-rc.1_build");
        assert!(version_tag(&"m".repeat(128), "1.0.0").len() == 128);
        assert_eq!(tag(&Digest::of(b"")).len(), 71);
    }
}
