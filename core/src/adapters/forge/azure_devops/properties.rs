//! Properties of a run, which a gate on the server can read.

use serde_json::{Value, json};

use crate::adapters::azure::devops::{DevOps, UPDATE_BUILD};
use crate::adapters::http::Request;
use crate::domain::error::{Error, Result};
use crate::ports::forge::Change;

/// The one version in which the server has this call.
const PREVIEW: &str = "7.1-preview.1";

/// Sets a property of this run; nothing is done outside of one.
pub(super) fn set(devops: &DevOps, name: &str, value: &str) -> Result<Change> {
    let run = devops.run();
    let Some(build) = &run.build else { return Ok(Change::Unchanged) };
    if name.is_empty() || name.contains(['/', '~', ',']) {
        let shown = name.escape_debug();
        return Err(Error::internal(format!("`{shown}` cannot name a property")));
    }
    let path = [run.project_id.as_str(), "_apis", "build", "builds", build, "properties"];
    let read = Request::get(&path).query("filter", name);
    let held: Value = devops.send_as(PREVIEW, &read, UPDATE_BUILD)?.json().map_err(Error::from)?;
    let held = &held["value"][name];
    let change = match held.as_str().or_else(|| held["$value"].as_str()) {
        Some(same) if same == value => return Ok(Change::Unchanged),
        Some(_) => Change::Updated,
        None => Change::Created,
    };
    let patch = json!([{"op": "add", "path": format!("/{name}"), "value": value}]);
    let write = Request::patch(&path).json_as("application/json-patch+json", &patch);
    devops.send_as(PREVIEW, &write, UPDATE_BUILD)?;
    Ok(change)
}
