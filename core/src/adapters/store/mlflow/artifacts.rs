//! Names of a package's files among the artifacts, and what is there already.

use std::collections::BTreeMap;

use crate::adapters::mlflow::Server;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::package::FILES;

/// The artifact of a package's file. MLflow refuses names that it might take for a way out of the
/// artifacts; a part of a path that holds such a character is written in hex digits.
pub(super) fn place(root: &str, path: &str) -> String {
    let parts: Vec<String> = path.split('/').map(part).collect();
    format!("{root}/{FILES}/{}", parts.join("/"))
}

fn part(text: &str) -> String {
    let refused = |c: char| c.is_control() || "%#?;\\:*\"<>|".contains(c);
    if !text.contains(refused) && !text.starts_with("~hex~") {
        return text.to_owned();
    }
    let digits: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("~hex~{digits}")
}

/// Size of each file in the folder, by name; empty where there is no such folder.
pub(super) fn sizes(server: &Server, folder: &str) -> Result<BTreeMap<String, u64>> {
    let listed = match server.list(folder) {
        Ok(listed) => listed,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(e) => return Err(e),
    };
    let files = listed["files"].as_array().into_iter().flatten();
    let file = |file: &serde_json::Value| {
        let name = file["path"].as_str()?.rsplit('/').next()?.to_owned();
        // Some stores tell sizes as text, and that of an empty file is left out.
        let size = &file["file_size"];
        let size = size.as_u64().or_else(|| size.as_str()?.parse().ok()).unwrap_or(0);
        (file["is_dir"] != true).then_some((name, size))
    };
    Ok(files.filter_map(file).collect())
}

/// The folder and the name of an artifact.
pub(super) fn split(place: &str) -> Result<(&str, &str)> {
    place.rsplit_once('/').ok_or_else(|| Error::internal(format!("`{place}` is in no folder")))
}
