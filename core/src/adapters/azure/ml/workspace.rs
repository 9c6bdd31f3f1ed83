//! A workspace.

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::PROVIDER;
use super::datastore::{self, Datastore};
use super::models::Models;
use crate::adapters::azure::arm::Arm;
use crate::adapters::http::{Request, RetryPolicy};
use crate::domain::error::{Error, Result};

/// Where a workspace is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Id of the subscription.
    pub subscription: String,
    /// Name of the resource group.
    pub group: String,
    /// Name of the workspace.
    pub name: String,
}

/// A workspace, with a login.
pub struct Workspace {
    arm: Arc<Arm>,
    place: Place,
    /// Address of the blobs, where it is not the account's own.
    endpoint: Option<String>,
    retry: RetryPolicy,
    datastore: OnceLock<Datastore>,
}

impl Workspace {
    /// The workspace at `place`. Nothing is sent yet. `endpoint` is the address of the storage
    /// account's blobs, where it is not the usual one.
    pub fn new(arm: Arc<Arm>, place: Place, endpoint: Option<String>, retry: RetryPolicy) -> Self {
        Self { arm, place, endpoint, retry, datastore: OnceLock::new() }
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Its address, as Azure's tools write it.
    pub fn uri(&self) -> String {
        let Place { subscription, group, name } = &self.place;
        format!("azureml://subscriptions/{subscription}/resourcegroups/{group}/workspaces/{name}")
    }

    /// Azure Resource Manager.
    pub(super) fn arm(&self) -> &Arc<Arm> {
        &self.arm
    }

    /// How often a call is tried.
    pub(super) fn retry(&self) -> RetryPolicy {
        self.retry
    }

    /// Address of the blobs, where it is not the account's own.
    pub(super) fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// The path of what is below the workspace.
    pub(super) fn path(&self, rest: &[&str]) -> Vec<String> {
        let Place { subscription, group, name } = &self.place;
        let start = ["subscriptions", subscription, "resourceGroups", group, "providers", PROVIDER];
        let own = ["workspaces", name.as_str()];
        start.iter().chain(&own).chain(rest).map(|part| (*part).to_owned()).collect()
    }

    /// Proves that the workspace is there and may be read; gives its region.
    ///
    /// # Errors
    /// Not found, by what is wrong: the subscription, the resource group or the name; no permission.
    pub fn check(&self) -> Result<String> {
        let path = self.path(&[]);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let answer = self.arm.send(&Request::get(&path));
        let body: Value = answer
            .and_then(|answer| answer.json())
            .map_err(|f| Error::from(f).during(format!("workspace {}", self.place.name)))?;
        Ok(body["location"].as_str().unwrap_or_default().to_owned())
    }

    /// Its models.
    pub fn models(&self) -> Models {
        Models::new(Arc::clone(&self.arm), self.path(&["models"]))
    }

    /// The properties of a job.
    ///
    /// # Errors
    /// Not found; the service cannot be reached, or refuses.
    pub fn job(&self, name: &str) -> Result<Value> {
        let path = self.path(&["jobs", name]);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let answer = self.arm.send(&Request::get(&path)).and_then(|a| a.json::<Value>());
        let body = answer.map_err(|f| Error::from(f).during(format!("job {name}")))?;
        Ok(body["properties"].clone())
    }

    /// The datastore of this name.
    ///
    /// # Errors
    /// Not found; it cannot be read, or is none of blobs.
    pub fn datastore_named(&self, name: &str) -> Result<Datastore> {
        datastore::named(self, name).map_err(|e| e.during(format!("datastore {name}")))
    }

    /// Its default datastore.
    ///
    /// # Errors
    /// It cannot be read, or is none of blobs.
    pub fn datastore(&self) -> Result<&Datastore> {
        if let Some(found) = self.datastore.get() {
            return Ok(found);
        }
        let found = datastore::default(self)
            .map_err(|e| e.during(format!("default datastore of {}", self.place.name)))?;
        Ok(self.datastore.get_or_init(|| found))
    }
}
