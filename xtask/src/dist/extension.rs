//! The Azure DevOps extension: a zip file with two manifests, and a folder for each task that holds
//! everything the task needs.

use std::io::{Cursor, Write};
use std::path::Path;

use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::binaries::Built;
use super::entries::{self, Entries};
use super::manifest;
use super::release::Release;
use super::sums::Sums;
use crate::process::Result;

/// Programs for these come with the installer task: the agents that are used most. A third would not
/// fit below [`LIMIT`]; the others are downloaded.
const CARRIED: [&str; 2] = ["x86_64-pc-windows-msvc", "x86_64-unknown-linux-gnu"];

/// Bytes that the smallest server takes.
const LIMIT: usize = 26_000_000;

/// Packs what `folder` (with `vss-extension.json`) holds, with the checksums in each task and the
/// programs in the installer.
pub fn pack(folder: &Path, release: &Release, sums: &Sums, built: &[Built]) -> Result<Vec<u8>> {
    let manifest = json(&std::fs::read(folder.join("vss-extension.json")).map_err(|e| {
        format!("{}/vss-extension.json: {e}; run `cargo xtask generate`", folder.display())
    })?)?;
    let mut entries = entries::collect(folder, &manifest)?;
    let tasks = tasks(&entries)?;
    let mut pins = serde_json::to_vec_pretty(&sums.pins()).map_err(|e| e.to_string())?;
    pins.push(b'\n');
    for (place, task) in &tasks {
        check(place, task, &entries, release)?;
        entries.insert(format!("{place}/pins.json"), pins.clone());
    }
    carry(&tasks, built, &mut entries)?;
    entries.extend(manifest::write(&manifest, &entries, &release.version)?);
    let bytes = zipped(&entries).map_err(|e| format!("the extension: {e}"))?;
    if bytes.len() > LIMIT {
        let size = bytes.len();
        return Err(format!(
            "the extension has {size} bytes, more than the {LIMIT} that servers take; pack it with \
             --without-binaries"
        ));
    }
    Ok(bytes)
}

fn json(bytes: &[u8]) -> Result<Value> {
    serde_json::from_slice(bytes).map_err(|e| format!("no JSON: {e}"))
}

/// The folders that hold a task, with its manifest.
fn tasks(entries: &Entries) -> Result<Vec<(String, Value)>> {
    let manifests = entries.iter().filter_map(|(path, bytes)| {
        let place = path.strip_suffix("/task.json")?;
        Some(json(bytes).map(|task| (place.to_owned(), task)).map_err(|e| format!("{path}: {e}")))
    });
    manifests.collect()
}

/// What agents would trip over: a handler's file that is not there, an older version's number (an
/// agent keeps the task that it has for a number), a name that the shim takes for no verb.
fn check(place: &str, task: &Value, entries: &Entries, release: &Release) -> Result<()> {
    let handlers = task["execution"].as_object().into_iter().flatten();
    for (handler, settings) in handlers {
        let target = settings["target"].as_str().unwrap_or_default();
        if !entries.contains_key(&format!("{place}/{target}")) {
            return Err(format!(
                "{place}/task.json: {handler} names `{target}`, which is not there"
            ));
        }
    }
    let part = |name: &str| task["version"][name].to_string().replace('"', "");
    let version = format!("{}.{}.{}", part("Major"), part("Minor"), part("Patch"));
    if version != release.version {
        return Err(format!(
            "{place}/task.json is version {version}, the release {}; run `cargo xtask generate`",
            release.version
        ));
    }
    match task["name"].as_str() {
        Some(name) if name.starts_with("Outerloop") => Ok(()),
        _ => Err(format!("{place}/task.json: the name must begin with Outerloop")),
    }
}

fn carry(tasks: &[(String, Value)], built: &[Built], entries: &mut Entries) -> Result<()> {
    let carried: Vec<_> = built.iter().filter(|b| CARRIED.contains(&b.target.as_str())).collect();
    if carried.is_empty() {
        return Ok(());
    }
    let installer = tasks.iter().find(|(_, task)| task["name"] == "OuterloopInstaller");
    let (place, _) = installer.ok_or("the extension has no task OuterloopInstaller")?;
    for built in carried {
        let path = format!("{place}/bin/{}/{}", built.target, built.file_name);
        entries.insert(path, built.bytes.clone());
    }
    Ok(())
}

/// Sorted by path, one time for all: the same entries give the same bytes.
fn zipped(entries: &Entries) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    for (path, bytes) in entries {
        zip.start_file(path.as_str(), options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
#[path = "extension_tests.rs"]
mod tests;
