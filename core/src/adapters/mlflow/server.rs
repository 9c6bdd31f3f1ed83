//! One MLflow server and its calls.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::login::Login;
use super::refused::{no_mlflow, refused};
use crate::adapters::http::{HttpClient, Options, Request, Response, RetryPolicy, Sink, Upload};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::secret::Secret;
use crate::ports::clock::Clock;

/// The oldest MLflow that has aliases of registered models.
const OLDEST: semver::Version = semver::Version::new(2, 3, 0);
/// Most races with others that one call may lose.
const RACES: u32 = 5;
/// Where most calls are.
const API: [&str; 3] = ["api", "2.0", "mlflow"];
/// Where the artifacts are that go through the server.
const ARTIFACTS: [&str; 3] = ["api", "2.0", "mlflow-artifacts"];

/// An MLflow server.
pub struct Server {
    base: String,
    client: HttpClient,
    supported: OnceLock<()>,
}

impl Server {
    /// The server at `base`; nothing is sent yet.
    ///
    /// # Errors
    /// No address; certificates that are none; a login with characters that no header can have.
    pub fn new(base: &str, login: Login, clock: Arc<dyn Clock>) -> Result<Self> {
        let options = Options {
            base: base.to_owned(),
            authorization: login.authorization.map(|secret| Secret::new(secret.expose())),
            headers: Vec::new(),
            clock,
            retry: RetryPolicy::default(),
            timeout: None,
        };
        let pem = login.certificates.as_deref().unwrap_or_default();
        let client = HttpClient::trusting(options, pem)?;
        Ok(Self { base: base.to_owned(), client, supported: OnceLock::new() })
    }

    /// Its address.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Time, for those who wait between calls.
    pub fn clock(&self) -> &dyn Clock {
        self.client.clock()
    }

    /// Refuses a server that is too old. Those that do not tell their version, as the clouds that
    /// speak MLflow's language, are taken for new.
    ///
    /// # Errors
    /// The server is older than MLflow 2.3, or none of MLflow.
    pub fn check_version(&self) -> Result<()> {
        if self.supported.get().is_some() {
            return Ok(());
        }
        let answer = match self.client.send(&Request::get(&["version"])) {
            Ok(answer) => answer,
            Err(failure) if matches!(failure.status(), Some(400 | 404 | 405)) => {
                return self.take_for_new();
            }
            Err(failure) => return Err(refused(failure, &self.base)),
        };
        let text = String::from_utf8_lossy(answer.bytes());
        // Pre-releases are written 3.0.0rc1, which is no semantic version.
        let numbers: String =
            text.trim().chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        match semver::Version::parse(numbers.trim_end_matches('.')) {
            Ok(version) if version < OLDEST => Err(Error::new(
                ErrorKind::Unsupported,
                format!("{} runs MLflow {version}, which has no aliases", self.base),
            )
            .hint(format!("MLflow {OLDEST} or newer is needed; ask for an upgrade of the server"))),
            Ok(_) => self.take_for_new(),
            Err(_) => Err(no_mlflow(&self.base, "it tells no version")),
        }
    }

    fn take_for_new(&self) -> Result<()> {
        self.supported.get_or_init(|| ());
        Ok(())
    }

    /// Reads `call`, such as `registered-models/get`, with these parameters.
    ///
    /// # Errors
    /// What the server says, as this program's errors; unavailable when it does not answer.
    pub fn get<T: DeserializeOwned>(&self, call: &str, query: &[(&str, &str)]) -> Result<T> {
        let request = Request::get(&path(&API, call));
        let request = query.iter().fold(request, |r, (name, value)| r.query(name, *value));
        self.json(&request)
    }

    /// Sends `body` to `call`. For what does the same when it is sent twice. Two that set the same
    /// new tag at once are one too many for MLflow's database: who comes second sends again.
    ///
    /// # Errors
    /// As [`Server::get`].
    pub fn set<T: DeserializeOwned>(&self, call: &str, body: &Value) -> Result<T> {
        let request = Request::post(&path(&API, call)).safe_to_repeat().json(body);
        let mut left = RACES;
        let answer = loop {
            match self.client.send(&request) {
                Err(failure) if left > 0 && failure.said().contains("IntegrityError") => left -= 1,
                answer => break answer.map_err(|failure| refused(failure, &self.base))?,
            }
        };
        self.read(&answer)
    }

    /// Sends `body` to `call`, which creates something. The second value says whether nobody knows
    /// if the server did it: look before sending again.
    ///
    /// # Errors
    /// As [`Server::get`].
    pub fn create<T: DeserializeOwned>(
        &self,
        call: &str,
        body: &Value,
    ) -> std::result::Result<T, (Error, bool)> {
        let sent = self.client.send(&Request::post(&path(&API, call)).json(body));
        let answer = sent.map_err(|failure| {
            let unclear = failure.is_ambiguous();
            (refused(failure, &self.base), unclear)
        })?;
        self.read(&answer).map_err(|error| (error, true))
    }

    /// Deletes by `call`.
    ///
    /// # Errors
    /// As [`Server::get`].
    pub fn delete(&self, call: &str, body: &Value) -> Result<()> {
        let _: Value = self.json(&Request::delete(&path(&API, call)).json(body))?;
        Ok(())
    }

    fn json<T: DeserializeOwned>(&self, request: &Request) -> Result<T> {
        let answer = self.client.send(request).map_err(|failure| refused(failure, &self.base))?;
        self.read(&answer)
    }

    fn read<T: DeserializeOwned>(&self, answer: &Response) -> Result<T> {
        if answer.header("content-type").is_some_and(|kind| kind.contains("html")) {
            return Err(no_mlflow(&self.base, "it answers with a page for browsers"));
        }
        answer.json().map_err(|failure| no_mlflow(&self.base, &failure.to_string()))
    }

    /// The files and folders in the folder `folder` of the artifacts.
    ///
    /// # Errors
    /// As [`Server::get`].
    pub fn list(&self, folder: &str) -> Result<Value> {
        let request = Request::get(&path(&ARTIFACTS, "artifacts")).query("path", folder);
        self.json(&request)
    }

    /// Writes an artifact.
    ///
    /// # Errors
    /// As [`Server::get`]; the file cannot be read.
    pub fn put(&self, place: &str, upload: Upload) -> Result<()> {
        let request = Request::put(&artifact(place)).upload(upload);
        self.client.send(&request).map(|_| ()).map_err(|failure| refused(failure, &self.base))
    }

    /// Writes an artifact of these bytes.
    ///
    /// # Errors
    /// As [`Server::get`].
    pub fn put_bytes(&self, place: &str, bytes: Vec<u8>, beside: &Path) -> Result<()> {
        let file = beside.join("bytes");
        std::fs::write(&file, &bytes).map_err(|e| Error::io("write", &file, e))?;
        self.put(place, Upload::new(&file, bytes.len() as u64))
    }

    /// Reads an artifact into `sink`.
    ///
    /// # Errors
    /// As [`Server::get`]; the sink's.
    pub fn fetch(&self, place: &str, sink: &mut dyn Sink) -> Result<()> {
        let request = Request::get(&artifact(place));
        let answer = self.client.download(&request, sink);
        answer.map(|_| ()).map_err(|failure| refused(failure, &self.base))
    }

    /// Removes an artifact.
    ///
    /// # Errors
    /// As [`Server::get`].
    pub fn remove(&self, place: &str) -> Result<()> {
        let removed = self.client.send(&Request::delete(&artifact(place)));
        removed.map(|_| ()).map_err(|failure| refused(failure, &self.base))
    }
}

fn path<'a>(root: &[&'a str], call: &'a str) -> Vec<&'a str> {
    root.iter().copied().chain(call.split('/')).collect()
}

fn artifact(place: &str) -> Vec<&str> {
    ARTIFACTS.iter().copied().chain(["artifacts"]).chain(place.split('/')).collect()
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("base", &self.base).finish_non_exhaustive()
    }
}
