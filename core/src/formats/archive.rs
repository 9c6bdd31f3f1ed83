//! Models in zip archives: PyTorch and Keras 3.

use std::path::Path;

use super::inspect::Inspection;
use super::zip;
use crate::domain::error::Result;
use crate::domain::package::Format;

/// Reads `path` when it is a zip archive of a model.
///
/// # Errors
/// A zip archive that is cut short.
pub fn inspect(path: &Path, head: &[u8]) -> Result<Option<Inspection>> {
    if !head.starts_with(b"PK\x03\x04") {
        return Ok(None);
    }
    let names = zip::names(path)?;
    let has = |name: &str| names.iter().any(|n| n == name);
    if has("config.json") && has("model.weights.h5") {
        return Ok(Some(Inspection::of(Format::Keras).with("container", "zip")));
    }
    let Some(root) = names.iter().find_map(|n| n.strip_suffix("/data.pkl")) else {
        return Ok(None);
    };
    let below = |folder: &str| {
        let prefix = format!("{root}/{folder}/");
        names.iter().filter(|n| n.starts_with(&prefix)).count()
    };
    let kind = if below("code") > 0 { "torchscript" } else { "pickle" };
    Ok(Some(
        Inspection::of(Format::Torch)
            .with("container", "zip")
            .with("kind", kind)
            .with("storages", below("data")),
    ))
}
