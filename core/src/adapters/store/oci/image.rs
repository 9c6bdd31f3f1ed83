//! A package as a container image: an image of files, without a program, that a container runtime
//! unpacks. The model's files are below `/models`, where KServe looks for them, and the package's own
//! manifest is beside that folder. A file is a layer.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::artifact::{Blob, IMAGE_MANIFEST, PACKAGE, Packed};
use super::tar::Tar;
use crate::adapters::objects::Within;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::package::{MANIFEST, Manifest};

/// Media type of an image's configuration.
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
/// Media type of a layer that is not compressed.
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
/// Folder of the model's files.
const FOLDER: &str = "models";
/// Most layers that every container runtime mounts one above the other.
const MOST: usize = 127;
/// How the name of a file begins that, in a layer, means the absence of another.
const WHITEOUT: &str = ".wh.";
/// Annotation with the path of the file in the image.
const PATH: &str = "dev.outerloop.path";
/// Annotation with the number of bytes in the layer before the file's own.
const OFFSET: &str = "dev.outerloop.offset";
/// Annotation with the number of the file's bytes.
const LENGTH: &str = "dev.outerloop.size";

/// A layer with one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layer {
    /// Digest of the layer.
    pub(super) digest: Digest,
    /// Its bytes.
    pub(super) size: u64,
    /// Where the file is in it.
    pub(super) within: Within,
}

impl Layer {
    fn descriptor(&self, path: &str) -> Value {
        json!({
            "mediaType": LAYER,
            "digest": self.digest.to_string(),
            "size": self.size,
            "annotations": {
                PATH: path,
                OFFSET: self.within.offset.to_string(),
                LENGTH: self.within.length.to_string(),
            },
        })
    }

    fn read(descriptor: &Value) -> Option<(String, Self)> {
        let said = |key: &str| descriptor["annotations"][key].as_str();
        let layer = Self {
            digest: descriptor["digest"].as_str()?.parse().ok()?,
            size: descriptor["size"].as_u64()?,
            within: Within {
                offset: said(OFFSET)?.parse().ok()?,
                length: said(LENGTH)?.parse().ok()?,
                all: descriptor["size"].as_u64()?,
            },
        };
        Some((said(PATH)?.to_owned(), layer))
    }
}

/// Where a file of the package is in the image.
///
/// # Errors
/// Its name means the absence of a file there.
pub(super) fn place(path: &str) -> Result<String> {
    if path.split('/').any(|part| part.starts_with(WHITEOUT)) {
        let message = format!("{} cannot be in a container image", path.escape_debug());
        return Err(Error::input(message).hint(
            "names that begin with `.wh.` delete files there; rename it and package the model \
             again, or set store.oci-type to artifact",
        ));
    }
    Ok(format!("{FOLDER}/{path}"))
}

/// Refuses a package of so many files that not every runtime could mount it.
///
/// # Errors
/// They are too many.
pub(super) fn check_count(files: usize) -> Result<()> {
    let most = MOST - 1;
    if files <= most {
        return Ok(());
    }
    let message = format!("the package has more than {most} files, each of which would be a layer");
    Err(Error::input(message).hint(format!(
        "container runtimes mount {MOST} layers; pack the small files into one, or set \
         store.oci-type to artifact"
    )))
}

/// The image of a package whose files are these layers, in the package's order.
pub(super) fn image(package: &Manifest, layers: &[Layer]) -> Result<Packed> {
    let bytes = package.to_bytes()?;
    let digest = Digest::of(&bytes);
    let tar = Tar::of(MANIFEST, bytes.len() as u64);
    let own = tar.around(&bytes);
    let own = Blob { digest: Digest::of(&own), bytes: own };
    let first = Layer { digest: own.digest, size: tar.size(), within: tar.within() };
    let mut descriptors = vec![first.descriptor(MANIFEST)];
    for (file, layer) in package.files.iter().zip(layers) {
        descriptors.push(layer.descriptor(&place(&file.path)?));
    }
    // Nothing is compressed: a layer and its content have one digest.
    let contents: Vec<Value> = descriptors.iter().map(|layer| layer["digest"].clone()).collect();
    let config = Blob::of(&config(package, &contents))?;
    let manifest = Blob::of(&json!({
        "schemaVersion": 2,
        "mediaType": IMAGE_MANIFEST,
        "config": config.descriptor(CONFIG),
        "layers": descriptors,
        "annotations": {PACKAGE: digest.to_string()},
    }))?;
    Ok(Packed { package: digest, blobs: vec![own, config], manifest })
}

/// The specification wants a platform, also of an image in which nothing runs.
fn config(package: &Manifest, contents: &[Value]) -> Value {
    let provenance = &package.provenance;
    let mut labels = serde_json::Map::new();
    for (key, value) in [
        ("org.opencontainers.image.revision", &provenance.commit),
        ("org.opencontainers.image.source", &provenance.repository),
    ] {
        if let Some(value) = value {
            labels.insert(key.to_owned(), json!(value));
        }
    }
    json!({
        "architecture": "amd64",
        "os": "linux",
        "config": {"Labels": labels},
        "rootfs": {"type": "layers", "diff_ids": contents},
    })
}

/// The layers of an image by the path of the file in each; none: it is no image.
pub(super) fn layers(manifest: &[u8]) -> Option<BTreeMap<String, Layer>> {
    let json: Value = serde_json::from_slice(manifest).ok()?;
    if json["config"]["mediaType"] != CONFIG {
        return None;
    }
    Some(json["layers"].as_array()?.iter().filter_map(Layer::read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::ErrorKind;
    use crate::domain::package::{FileEntry, Format, Provenance};

    fn package() -> Manifest {
        let files = [("README.md", &b"read"[..]), ("a/model.onnx", b"weights")];
        let files = files.map(|(path, bytes)| FileEntry::of(path, bytes)).to_vec();
        Manifest {
            provenance: Provenance { commit: Some("c0ffee".to_owned()), ..Provenance::default() },
            ..Manifest::of(Format::Onnx, files)
        }
    }

    fn layer(path: &str, bytes: &[u8]) -> Layer {
        let tar = Tar::of(&place(path).unwrap(), bytes.len() as u64);
        let digest = Digest::of(&tar.around(bytes));
        Layer { digest, size: tar.size(), within: tar.within() }
    }

    #[test]
    fn a_package_is_an_image_with_a_layer_a_file() {
        let package = package();
        let own = [layer("README.md", b"read"), layer("a/model.onnx", b"weights")];
        let packed = image(&package, &own).unwrap();
        assert_eq!(packed.package, package.digest().unwrap());
        let manifest: Value = serde_json::from_slice(&packed.manifest.bytes).unwrap();
        assert!(manifest.get("artifactType").is_none());
        assert!(manifest["layers"].as_array().unwrap().iter().all(|l| l["mediaType"] == LAYER));
        let config: Value = serde_json::from_slice(&packed.blobs[1].bytes).unwrap();
        assert_eq!(manifest["config"]["digest"], packed.blobs[1].digest.to_string());
        assert_eq!(config["rootfs"]["diff_ids"][2], own[1].digest.to_string());
        assert_eq!(
            config["config"]["Labels"],
            json!({"org.opencontainers.image.revision": "c0ffee"})
        );
        let found = layers(&packed.manifest.bytes).unwrap();
        assert_eq!(found["models/a/model.onnx"], own[1]);
        let manifest = &found[MANIFEST];
        assert_eq!(manifest.within.of(&packed.blobs[0].bytes, 0), package.to_bytes().unwrap());
        assert_eq!(image(&package, &own).unwrap().manifest, packed.manifest);
    }

    #[test]
    fn a_model_pack_is_no_image() {
        let packed = super::super::artifact::model_pack(&package()).unwrap();
        assert_eq!(layers(&packed.manifest.bytes), None);
        assert_eq!(layers(b"{}"), None);
    }

    #[test]
    fn what_an_image_cannot_hold_is_refused() {
        assert_eq!(place("a/b.whole").unwrap(), "models/a/b.whole");
        for path in [".wh.model", "a/.wh..wh..opq", ".wh.a/b"] {
            assert_eq!(place(path).unwrap_err().kind(), ErrorKind::Input);
        }
        check_count(126).unwrap();
        assert!(check_count(127).unwrap_err().hint_text().is_some());
    }
}
