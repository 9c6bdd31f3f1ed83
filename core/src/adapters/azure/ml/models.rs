//! Models and their versions, of a workspace or of a registry.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::adapters::azure::arm::Arm;
use crate::adapters::http::Request;
use crate::domain::error::{Error, ErrorKind, Result};

/// A version of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelVersion {
    /// The version.
    pub version: String,
    /// Its `properties`, as the service gives them.
    pub properties: Value,
    /// When it was made; none: the service does not say.
    pub created: Option<Timestamp>,
}

/// The models of a workspace or of a registry.
pub struct Models {
    arm: Arc<Arm>,
    path: Vec<String>,
}

/// Fields that the service sets by itself.
const OWN: [&str; 4] = ["provisioningState", "jobName", "systemMetadata", "datasets"];

impl ModelVersion {
    fn read(found: &Value) -> Option<Self> {
        let version = found["name"].as_str()?.to_owned();
        let properties = found["properties"].clone();
        let created = found["systemData"]["createdAt"].as_str().and_then(|at| at.parse().ok());
        properties.is_object().then_some(Self { version, properties, created })
    }

    /// One of its `properties`, which never change.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties["properties"][name].as_str()
    }

    /// One of its tags.
    pub fn tag(&self, name: &str) -> Option<&str> {
        self.properties["tags"][name].as_str()
    }

    /// Whether it is archived.
    pub fn is_archived(&self) -> bool {
        self.properties["isArchived"] == true
    }

    /// Its fields as they are written back: without those that the service sets by itself.
    pub fn fields(&self) -> Value {
        let mut fields = self.properties.clone();
        if let Some(map) = fields.as_object_mut() {
            OWN.iter().for_each(|name| drop(map.shift_remove(*name)));
            map.retain(|_, value| !value.is_null());
        }
        fields
    }
}

impl Models {
    /// The models below `path`.
    pub(super) fn new(arm: Arc<Arm>, path: Vec<String>) -> Self {
        Self { arm, path }
    }

    fn at<'a>(&'a self, rest: &[&'a str]) -> Vec<&'a str> {
        self.path.iter().map(String::as_str).chain(rest.iter().copied()).collect()
    }

    /// The version; none: there is no such.
    ///
    /// # Errors
    /// The service cannot be reached, or refuses; the workspace or registry is not there.
    pub fn get(&self, name: &str, version: &str) -> Result<Option<ModelVersion>> {
        match self.arm.send(&Request::get(&self.at(&[name, "versions", version]))) {
            Ok(answer) => {
                let body: Value = answer.json()?;
                ModelVersion::read(&body).map(Some).ok_or_else(|| strange(name, version))
            }
            Err(failure) if is_absent(failure.kind(), failure.said()) => Ok(None),
            Err(failure) => Err(Error::from(failure).during(format!("model {name}:{version}"))),
        }
    }

    /// The version that was made last.
    ///
    /// # Errors
    /// As [`Models::get`].
    pub fn latest(&self, name: &str) -> Result<Option<ModelVersion>> {
        let request = Request::get(&self.at(&[name, "versions"]))
            .query("$orderBy", "createdtime desc")
            .query("$top", "1");
        let found = self.listed(&request, name)?;
        Ok(found.into_iter().next())
    }

    /// All versions, those that are archived too.
    ///
    /// # Errors
    /// As [`Models::get`].
    pub fn all(&self, name: &str) -> Result<Vec<ModelVersion>> {
        let request = Request::get(&self.at(&[name, "versions"])).query("listViewType", "All");
        self.listed(&request, name)
    }

    fn listed(&self, request: &Request, name: &str) -> Result<Vec<ModelVersion>> {
        match self.arm.list(request) {
            Ok(items) => Ok(items.iter().filter_map(ModelVersion::read).collect()),
            Err(failure) if is_absent(failure.kind(), failure.said()) => Ok(Vec::new()),
            Err(failure) => Err(Error::from(failure).during(format!("versions of {name}"))),
        }
    }

    /// Makes the version, or changes what can be changed of it, and waits until it is there.
    ///
    /// # Errors
    /// Conflict where what is there cannot be changed so, or was deleted; the service cannot be
    /// reached, or refuses.
    pub fn put(&self, name: &str, version: &str, fields: &Value) -> Result<()> {
        let what = format!("model {name}:{version}");
        let request = Request::put(&self.at(&[name, "versions", version]))
            .json(&json!({"properties": fields}));
        let told = |failure| Error::from(failure).during(what.clone());
        let answer = self.arm.send(&request).map_err(told)?;
        let body: Value = answer.json().map_err(told)?;
        // A page of a proxy is no answer; nor is one about another model.
        if ModelVersion::read(&body).is_none_or(|found| found.version != version) {
            return Err(strange(name, version));
        }
        self.arm.finish(&answer, &what).map_err(Error::from)
    }

    /// Begins an upload of files for the version, and gives the answer.
    ///
    /// # Errors
    /// The service cannot be reached, or refuses.
    pub(super) fn start_upload(&self, name: &str, version: &str) -> Result<Value> {
        // Asked again, it gives the same place.
        let request = Request::post(&self.at(&[name, "versions", version, "startPendingUpload"]))
            .json(&json!({"pendingUploadType": "TemporaryBlobReference"}))
            .safe_to_repeat();
        let answer = self.arm.send(&request).and_then(|answer| answer.json());
        answer.map_err(|f| Error::from(f).during(format!("upload of {name}:{version}")))
    }
}

/// Whether only the model or its version is absent, and not the workspace around it.
fn is_absent(kind: ErrorKind, said: &str) -> bool {
    let around = ["ResourceNotFound", "ResourceGroupNotFound", "SubscriptionNotFound"];
    kind == ErrorKind::NotFound && !around.iter().any(|code| said.contains(code))
}

fn strange(name: &str, version: &str) -> Error {
    Error::unavailable(format!("the answer about the model {name}:{version} is none"))
        .hint("a proxy may stand between: check HTTPS_PROXY and NO_PROXY, and run it again")
}
