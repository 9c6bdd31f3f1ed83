//! Datastores: containers of blobs that a workspace knows, with what opens them.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::workspace::Workspace;
use crate::adapters::azure::arm::Arm;
use crate::adapters::azure::blob::{Access, Container};
use crate::adapters::http::Request;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::secret::Secret;

/// Hours that a secret is asked for that ends by itself.
const HOURS: u32 = 1;

/// A datastore.
pub struct Datastore {
    /// Its name.
    pub name: String,
    /// Its container.
    pub container: Container,
    /// Its address, as Azure's tools write it; paths follow behind `/paths/`.
    pub uri: String,
}

#[derive(Deserialize)]
struct Found {
    name: String,
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    datastore_type: String,
    account_name: Option<String>,
    container_name: Option<String>,
    endpoint: Option<String>,
    protocol: Option<String>,
    #[serde(default)]
    credentials: Value,
}

/// The default datastore of `workspace`.
pub(super) fn default(workspace: &Workspace) -> Result<Datastore> {
    let path = workspace.path(&["datastores"]);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let request = Request::get(&path)
        .query("isDefault", "true")
        .query("count", "30")
        .query("orderByAsc", "false");
    let found = workspace.arm().list(&request)?.into_iter().next().ok_or_else(|| {
        Error::not_found("the workspace has no default datastore")
            .hint("set one in the studio, or name another store with store.url")
    })?;
    opened(workspace, read(found)?)
}

/// The datastore `name` of `workspace`.
pub(super) fn named(workspace: &Workspace, name: &str) -> Result<Datastore> {
    let path = workspace.path(&["datastores", name]);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let found: Value = workspace.arm().send(&Request::get(&path))?.json()?;
    opened(workspace, read(found)?)
}

fn read(found: Value) -> Result<Found> {
    serde_json::from_value(found).map_err(|e| {
        Error::unavailable(format!("a datastore that cannot be read: {e}"))
            .hint("look at the datastore in the studio")
    })
}

fn opened(workspace: &Workspace, found: Found) -> Result<Datastore> {
    let Found { name, properties: of } = found;
    let (Some(account), Some(container), "AzureBlob") =
        (of.account_name, of.container_name, of.datastore_type.as_str())
    else {
        let message = format!("the datastore {name} is one of {}, not of blobs", of.datastore_type);
        return Err(Error::new(ErrorKind::Unsupported, message)
            .hint("make a datastore of Azure Blob Storage the default, or name another store"));
    };
    let url = match workspace.endpoint() {
        Some(url) => url.to_owned(),
        None => format!(
            "{}://{account}.blob.{}",
            of.protocol.as_deref().unwrap_or("https"),
            of.endpoint.as_deref().unwrap_or("core.windows.net")
        ),
    };
    let keeps_secret = of.credentials["credentialsType"] != "None";
    let (arm, path) = (Arc::clone(workspace.arm()), workspace.path(&["datastores", &name]));
    let renew = Box::new(move || match keeps_secret {
        true => secrets(&arm, &path, &account),
        false => Ok(Access::Identity),
    });
    let tokens = Arc::clone(workspace.arm().tokens());
    let clock = Arc::clone(workspace.arm().clock());
    let uri = format!("{}/datastores/{name}", workspace.uri());
    let container = Container::new(&url, &container, tokens, renew, clock, workspace.retry());
    Ok(Datastore { name, container, uri })
}

/// How the datastore is opened now. Who may not see its secrets opens it by the login itself.
fn secrets(arm: &Arm, path: &[String], account: &str) -> Result<Access> {
    let mut path: Vec<&str> = path.iter().map(String::as_str).collect();
    path.push("listSecrets");
    // It only reads.
    let request = Request::post(&path)
        .json(&json!({"expirableSecret": true, "expireAfterHours": HOURS}))
        .safe_to_repeat();
    let answer = match arm.send(&request) {
        Ok(answer) => answer,
        Err(failure) if failure.kind() == ErrorKind::Permission => {
            tracing::info!("the secrets of the datastore may not be read; the login opens it");
            return Ok(Access::Identity);
        }
        Err(failure) => return Err(failure.into()),
    };
    let body: Value = answer.json()?;
    let text = |name: &str| body[name].as_str().map(Secret::new);
    match (body["secretsType"].as_str(), text("key"), text("sasToken")) {
        (Some("AccountKey"), Some(key), _) => Ok(Access::Key { account: account.to_owned(), key }),
        (Some("Sas"), _, Some(signature)) => Ok(Access::Signature(signature)),
        _ => Ok(Access::Identity),
    }
}
