//! Recordings of the Python client and of the service, as small files of the repository.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

use crate::repository_file;

/// One call of a recording, and what was answered.
#[derive(Debug, Clone, Deserialize)]
pub struct Exchange {
    /// `GET`, `PUT` …
    pub method: String,
    /// The path; `~` stands for the address of the workspace's or registry's resource group.
    pub path: String,
    /// The query.
    pub query: BTreeMap<String, String>,
    /// The body, null where there is none.
    pub body: Value,
    /// The status.
    pub status: u16,
    /// The headers of the answer that mean something.
    pub headers: BTreeMap<String, String>,
    /// The body of the answer.
    pub response: Value,
}

/// A recording by its name.
///
/// # Panics
/// There is none.
pub fn recording(name: &str) -> Vec<Exchange> {
    let path = repository_file(&format!("tests/azure_ml/{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// What the real service answered where its answers were kept.
///
/// # Panics
/// The file is not there.
pub fn real_service() -> Value {
    let path = repository_file("tests/azure_ml/real_service.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}
