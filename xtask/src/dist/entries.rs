//! The files of the extension: what `vss-extension.json` maps where.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::process::Result;

/// Files of the extension by their path in it.
pub type Entries = BTreeMap<String, Vec<u8>>;

/// Reads every file that the manifest's `files` name, below `root`, and what the gallery shows.
pub fn collect(root: &Path, manifest: &Value) -> Result<Entries> {
    let mut entries = Entries::new();
    for file in manifest["files"].as_array().into_iter().flatten() {
        let path = file["path"].as_str().ok_or("vss-extension.json: a file without a path")?;
        let place = file["packagePath"].as_str().unwrap_or(path);
        add(&root.join(path), place.trim_matches('/'), &mut entries)?;
    }
    let shown = manifest["content"].as_object().into_iter().flatten();
    let shown = shown.map(|(_, asset)| &asset["path"]).chain([&manifest["icons"]["default"]]);
    for path in shown.filter_map(Value::as_str) {
        if !entries.contains_key(path) {
            add(&root.join(path), path, &mut entries)?;
        }
    }
    Ok(entries)
}

/// Adds a file or all files below a folder.
pub fn add(from: &Path, place: &str, entries: &mut Entries) -> Result<()> {
    let error = |e: std::io::Error| format!("{}: {e}", from.display());
    if !from.is_dir() {
        let bytes = std::fs::read(from).map_err(error)?;
        return match entries.insert(place.to_owned(), bytes) {
            Some(_) => Err(format!("two files of the extension are called {place}")),
            None => Ok(()),
        };
    }
    for entry in std::fs::read_dir(from).map_err(error)? {
        let path = entry.map_err(error)?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or(format!("{}: no UTF-8", path.display()))?;
        add(&path, &format!("{place}/{name}"), entries)?;
    }
    Ok(())
}
