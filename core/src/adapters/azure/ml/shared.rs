//! Registries, which workspaces share.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

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

/// The files of a version.
pub struct SharedFiles {
    /// The container.
    pub container: Container,
    /// The folder or file in it.
    pub path: String,
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

    /// Opens the files of a version, which are at `uri` as the version says.
    ///
    /// # Errors
    /// The address is none of a blob; the registry may not be read.
    pub fn files(&self, model: &str, version: &str, uri: &str) -> Result<SharedFiles> {
        let (account, name, path) = blob(uri).ok_or_else(|| {
            Error::unavailable(format!("{model}:{version} is at `{uri}`, which is no blob"))
                .hint("look at the model in the studio")
        })?;
        let mut target = self.path.clone();
        target.extend(["datareferences", model, "versions", version].map(str::to_owned));
        let asset = format!("{}/models/{model}/versions/{version}", self.uri());
        let asked = json!({"assetId": asset, "blobUri": uri});
        let (arm, what) = (Arc::clone(&self.arm), format!("files of {model}:{version}"));
        // A signature ends after a while: each is asked for anew. It only reads.
        let renew = Box::new(move || {
            let target: Vec<&str> = target.iter().map(String::as_str).collect();
            let request = Request::post(&target).json(&asked).safe_to_repeat();
            let answer = arm.send(&request).and_then(|answer| answer.json::<Value>());
            let answer = answer.map_err(|f| Error::from(f).during(what.clone()))?;
            match place(&answer) {
                Some((_, signature)) => Ok(Access::Signature(signature)),
                // The files are open to everybody, or to the login.
                None if answer["blobReferenceForConsumption"].is_object() => Ok(Access::Identity),
                None => Err(Error::unavailable(format!("{what}: the answer is none"))
                    .hint("a proxy may stand between: check HTTPS_PROXY and NO_PROXY")),
            }
        });
        let (tokens, clock) = (Arc::clone(self.arm.tokens()), Arc::clone(self.arm.clock()));
        let container = Container::new(&account, &name, tokens, renew, clock, self.retry);
        Ok(SharedFiles { container, path })
    }
}

/// Account, container and path of a blob's address. At an address of numbers, as emulators have
/// it, the account is the first part of the path.
fn blob(uri: &str) -> Option<(String, String, String)> {
    let (scheme, rest) = uri.split('?').next()?.split_once("://")?;
    let (host, path) = rest.split_once('/')?;
    let numbers = host.split(':').next()?.parse::<std::net::Ipv4Addr>().is_ok();
    let (account, path) = match numbers {
        true => {
            let (account, path) = path.split_once('/')?;
            (format!("{scheme}://{host}/{account}"), path)
        }
        false => (format!("{scheme}://{host}"), path),
    };
    let (container, path) = path.split_once('/')?;
    let path = path.trim_matches('/');
    let whole = !container.is_empty() && !path.is_empty();
    whole.then(|| (account, container.to_owned(), path.to_owned()))
}

/// Address and signature of the container in an answer.
fn place(answer: &Value) -> Option<(String, Secret)> {
    let reference = &answer["blobReferenceForConsumption"];
    let uri = reference["blobUri"].as_str()?.trim_end_matches('/').to_owned();
    let signed = reference["credential"]["sasUri"].as_str()?;
    let (_, query) = signed.split_once('?')?;
    Some((uri, Secret::new(query)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_blob_has_an_account_a_container_and_a_path() {
        let parts = |uri: &str| blob(uri).map(|(a, c, p)| [a, c, p]);
        assert_eq!(
            parts("https://acme.blob.core.windows.net/reg-1/LocalUpload/a/model?sv=1").unwrap(),
            ["https://acme.blob.core.windows.net", "reg-1", "LocalUpload/a/model"]
        );
        assert_eq!(
            parts("http://127.0.0.1:10000/devstoreaccount1/acme/x/").unwrap(),
            ["http://127.0.0.1:10000/devstoreaccount1", "acme", "x"]
        );
        for wrong in ["", "azureml://x", "https://acme.blob.core.windows.net/reg-1", "x/y/z"] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }
}
