//! The endpoint port over the control API of a running server.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::folder::Folder;
use super::wire::{ErrorBody, LoadBody, UnloadBody};
use crate::domain::endpoint::{EndpointStatus, SlotCounters, SlotStatus, Traffic};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::ports::endpoint::{Endpoint, Load};

/// Longest wait for anything but a load, whose limit is the server's.
const PATIENCE: Duration = Duration::from_secs(30);

/// A local endpoint that runs.
#[derive(Debug)]
pub struct LocalEndpoint {
    name: String,
    url: String,
    token: String,
    client: Client,
}

impl LocalEndpoint {
    /// Finds the server of the endpoint whose state is in `folder`.
    ///
    /// # Errors
    /// No server said that it runs.
    pub fn open(folder: &Path) -> Result<Self> {
        let state = Folder::at(folder);
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let address = state.address().map_err(|e| match e.kind() {
            ErrorKind::NotFound => not_running(&name),
            _ => e,
        })?;
        let token = state.read_token()?;
        let client = Client::builder()
            .no_proxy()
            .timeout(None)
            .build()
            .map_err(|e| Error::internal(format!("no HTTP client: {e}")))?;
        Ok(Self { name: address.name, url: address.url, token, client })
    }

    /// Address for requests.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Asks the server to stop: requests under way end first.
    ///
    /// # Errors
    /// It does not answer.
    pub fn shutdown(&self) -> Result<()> {
        self.send(self.request(Method::POST, "shutdown").timeout(PATIENCE))
    }

    fn request(&self, method: Method, call: &str) -> RequestBuilder {
        let url = format!("{}/control/{call}", self.url);
        self.client.request(method, url).bearer_auth(&self.token)
    }

    fn get<T: DeserializeOwned>(&self, call: &str) -> Result<T> {
        self.send(self.request(Method::GET, call).timeout(PATIENCE))
    }

    fn post<T: DeserializeOwned>(&self, call: &str, body: &impl Serialize) -> Result<T> {
        self.send(self.request(Method::POST, call).json(body))
    }

    fn send<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T> {
        let reply = request.send().map_err(|e| self.unanswered(&e))?;
        let status = reply.status();
        let body = reply.bytes().map_err(|e| self.unanswered(&e))?;
        if status.is_success() {
            return serde_json::from_slice(&body)
                .map_err(|e| Error::internal(format!("{} answered otherwise: {e}", self.url)));
        }
        Err(match serde_json::from_slice::<ErrorBody>(&body) {
            Ok(error) => error.into(),
            Err(_) => Error::unavailable(format!("{} answered {status}", self.url)),
        })
    }

    fn unanswered(&self, error: &reqwest::Error) -> Error {
        if error.is_timeout() {
            return Error::timeout(format!("endpoint {} at {} is too slow", self.name, self.url))
                .retryable();
        }
        not_running(&self.name)
    }
}

fn not_running(name: &str) -> Error {
    Error::unavailable(format!("endpoint {name} does not run"))
        .hint(format!("start it with `outerloop serve --endpoint {name}`"))
        .retryable()
}

impl Endpoint for LocalEndpoint {
    fn status(&self) -> Result<EndpointStatus> {
        self.get("status")
    }

    fn load(&self, load: &Load) -> Result<SlotStatus> {
        let body = LoadBody { model: load.model.clone(), pinned: load.pinned.clone() };
        self.post("load", &body)
    }

    fn set_traffic(&self, traffic: &Traffic) -> Result<()> {
        self.post("traffic", traffic)
    }

    fn counters(&self) -> Result<BTreeMap<String, SlotCounters>> {
        self.get("counters")
    }

    fn unload(&self, slot: &str) -> Result<()> {
        self.post("unload", &UnloadBody { slot: slot.to_owned() })
    }
}
