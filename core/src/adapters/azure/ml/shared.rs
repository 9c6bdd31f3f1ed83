//! Registries, which workspaces share.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::PROVIDER;
use super::models::Models;
use crate::adapters::azure::arm::Arm;
use crate::adapters::azure::blob::{Access, Container};
use crate::adapters::http::{HttpClient, Options, Request, RetryPolicy};
use crate::domain::error::{Error, Result};
use crate::domain::secret::Secret;

/// Where registries are looked up by their name.
const DISCOVERY: &str = "https://eastus.api.azureml.ms";

/// A registry, with a login.
pub struct SharedRegistry {
    arm: Arc<Arm>,
    name: String,
    path: Vec<String>,
    retry: RetryPolicy,
}

/// Where files of a version go up to before it is made.
pub struct PendingUpload {
    /// The container.
    pub container: Container,
    /// Its address, which the version names with the folder behind it.
    pub uri: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Discovered {
    subscription_id: String,
    resource_group: String,
}

impl SharedRegistry {
    /// Looks the registry up by its name; `discovery` is where, if not at the usual place.
    ///
    /// # Errors
    /// Not found; the service cannot be reached.
    pub fn find(
        arm: Arc<Arm>,
        name: &str,
        discovery: Option<&str>,
        retry: RetryPolicy,
    ) -> Result<Self> {
        let token =
            arm.tokens().token(crate::adapters::azure::identity::Audience::ResourceManager)?;
        let client = HttpClient::new(Options {
            base: discovery.unwrap_or(DISCOVERY).to_owned(),
            authorization: Some(Secret::new(format!("Bearer {}", token.expose()))),
            headers: vec![("accept", "application/json".to_owned())],
            clock: Arc::clone(arm.clock()),
            retry,
            timeout: None,
        })?;
        let path = ["registrymanagement", "v1.0", "registries", name, "discovery"];
        let answer = client.send(&Request::get(&path).query("api-version", "v1.0"));
        let found: Discovered = answer.and_then(|a| a.json()).map_err(|failure| {
            let absent = failure.status() == Some(404);
            let error = Error::from(failure).during(format!("registry {name}"));
            match absent {
                true => error.hint(
                    "check the registry's name; it is the name alone, as in \
                     azureml://registries/NAME",
                ),
                false => error,
            }
        })?;
        let parts = [
            "subscriptions",
            &found.subscription_id,
            "resourceGroups",
            &found.resource_group,
            "providers",
            PROVIDER,
            "registries",
            name,
        ];
        let path = parts.iter().map(|part| (*part).to_owned()).collect();
        Ok(Self { arm, name: name.to_owned(), path, retry })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its address, as Azure's tools write it.
    pub fn uri(&self) -> String {
        format!("azureml://registries/{}", self.name)
    }

    /// Its models.
    pub fn models(&self) -> Models {
        let mut path = self.path.clone();
        path.push("models".to_owned());
        Models::new(Arc::clone(&self.arm), path)
    }

    /// Where the files of a version go up to before it is made.
    ///
    /// # Errors
    /// The registry cannot be written; the answer names no container.
    pub fn upload(&self, model: &str, version: &str) -> Result<PendingUpload> {
        let answer = self.models().start_upload(model, version)?;
        let (uri, signature) = place(&answer).ok_or_else(|| {
            Error::unavailable(format!("no container is given for {model}:{version}"))
                .hint("run the same command again; `outerloop doctor` checks the registry")
        })?;
        let (account, name) = uri.rsplit_once('/').unwrap_or_default();
        // The same place is given again when its signature is over.
        let (models, model, version) = (self.models(), model.to_owned(), version.to_owned());
        let first = std::sync::Mutex::new(Some(signature));
        let renew = Box::new(move || {
            let held = first.lock().ok().and_then(|mut first| first.take());
            let found = match held {
                Some(signature) => Some(signature),
                None => place(&models.start_upload(&model, &version)?).map(|(_, s)| s),
            };
            found.map(Access::Signature).ok_or_else(|| {
                Error::unavailable("no signature is given for the upload")
                    .hint("run the same command again")
            })
        });
        let tokens = Arc::clone(self.arm.tokens());
        let clock = Arc::clone(self.arm.clock());
        let container = Container::new(account, name, tokens, renew, clock, self.retry);
        Ok(PendingUpload { container, uri: uri.clone() })
    }
}

/// Address and signature of the container in an answer.
fn place(answer: &Value) -> Option<(String, Secret)> {
    let reference = &answer["blobReferenceForConsumption"];
    let uri = reference["blobUri"].as_str()?.trim_end_matches('/').to_owned();
    let signed = reference["credential"]["sasUri"].as_str()?;
    let (_, query) = signed.split_once('?')?;
    Some((uri, Secret::new(query)))
}
