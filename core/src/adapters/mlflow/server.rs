//! One MLflow server and its calls.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::artifacts::Direct;
use super::login::Login;
use super::refused::{About, no_mlflow, refused};
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

/// The environment, which describes the logins of object stores.
pub type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// An MLflow server.
pub struct Server {
    base: String,
    client: HttpClient,
    clock: Arc<dyn Clock>,
    retry: RetryPolicy,
    supported: OnceLock<()>,
    around: Environment,
    direct: Direct,
    /// A large file uses several connections, and memory for each: one at a time.
    large: Mutex<()>,
}

impl Server {
    /// The server at `base`; nothing is sent yet. It may say nothing for as long as `retry` says of a
    /// server of files: it may have to fetch one from a bucket first.
    ///
    /// # Errors
    /// No address; certificates that are none; a login with characters that no header can have.
    pub fn new(
        base: &str,
        login: Login,
        clock: Arc<dyn Clock>,
        retry: RetryPolicy,
    ) -> Result<Self> {
        let options = Options {
            base: base.to_owned(),
            authorization: login.authorization.map(|secret| Secret::new(secret.expose())),
            headers: Vec::new(),
            clock: Arc::clone(&clock),
            retry,
            timeout: Some(retry.stalled),
        };
        let client = HttpClient::trusting(options, &login.trust)?;
        Ok(Self {
            base: base.to_owned(),
            client,
            clock,
            retry,
            supported: OnceLock::new(),
            around: Arc::new(|_| None),
            direct: Direct::read(&|_| None),
            large: Mutex::default(),
        })
    }

    /// The same server, whose artifacts are reached as the environment says.
    #[must_use]
    pub fn within(mut self, around: Environment) -> Self {
        self.direct = Direct::read(&*around);
        Self { around, ..self }
    }

    /// Its address.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Time, for those who wait between calls.
    pub fn clock(&self) -> &dyn Clock {
        self.client.clock()
    }

    /// The same, to be kept.
    pub(super) fn shared_clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// The environment.
    pub(super) fn around(&self) -> Environment {
        Arc::clone(&self.around)
    }

    /// Whether files may go past the server.
    pub(super) fn direct(&self) -> &Direct {
        &self.direct
    }

    /// Held while a large file is sent.
    pub(super) fn one_large_file(&self) -> MutexGuard<'_, ()> {
        self.large.lock().unwrap_or_else(PoisonError::into_inner)
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
            Err(failure) => return Err(refused(failure, &self.base, &About::default())),
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
        let answer = self.send(&request, &About::read(call, query))?;
        self.read(&answer)
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
                answer => {
                    let about = About::write(call, body);
                    break answer.map_err(|failure| refused(failure, &self.base, &about))?;
                }
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
            (refused(failure, &self.base, &About::write(call, body)), unclear)
        })?;
        self.read(&answer).map_err(|error| (error, true))
    }

    /// Deletes by `call`.
    ///
    /// # Errors
    /// As [`Server::get`].
    pub fn delete(&self, call: &str, body: &Value) -> Result<()> {
        let request = Request::delete(&path(&API, call)).json(body);
        let answer = self.send(&request, &About::write(call, body))?;
        self.read::<Value>(&answer).map(|_| ())
    }

    fn send(&self, request: &Request, about: &About<'_>) -> Result<Response> {
        self.client.send(request).map_err(|failure| refused(failure, &self.base, about))
    }

    fn read<T: DeserializeOwned>(&self, answer: &Response) -> Result<T> {
        if answer.header("content-type").is_some_and(|kind| kind.contains("html")) {
            return Err(no_mlflow(&self.base, "it answers with a page for browsers"));
        }
        answer.json().map_err(|failure| no_mlflow(&self.base, &failure.to_string()))
    }

    /// Asks for or changes artifacts; the answer is JSON, or nothing.
    ///
    /// # Errors
    /// As [`Server::get`].
    pub(super) fn artifact(&self, request: &Request) -> Result<Value> {
        let answer = self.send(request, &About::artifacts(request.method()))?;
        if answer.bytes().is_empty() {
            return Ok(Value::Null);
        }
        self.read(&answer)
    }

    /// Reads an artifact into `sink`.
    ///
    /// # Errors
    /// As [`Server::get`]; the sink's.
    pub(super) fn download(&self, request: &Request, sink: &mut dyn Sink) -> Result<()> {
        let answer = self.client.download(request, sink);
        let about = About::artifacts(request.method());
        answer.map(|_| ()).map_err(|failure| refused(failure, &self.base, &about))
    }

    /// Sends a file to an address that the server has signed, on whatever server that is.
    ///
    /// # Errors
    /// No address; a server that refuses it or does not answer.
    pub(super) fn send_to(
        &self,
        url: &str,
        headers: &[(String, String)],
        upload: Upload,
    ) -> Result<()> {
        let client = HttpClient::new(Options {
            base: url.split('?').next().unwrap_or_default().to_owned(),
            authorization: None,
            headers: Vec::new(),
            clock: Arc::clone(&self.clock),
            retry: self.retry,
            timeout: Some(self.retry.stalled),
        })?;
        let request = client.linked_put(url)?.upload(upload);
        let named = |r: Request, (n, v): &(String, String)| r.header(n.clone(), v.clone());
        client.send(&headers.iter().fold(request, named))?;
        Ok(())
    }
}

fn path<'a>(root: &[&'a str], call: &'a str) -> Vec<&'a str> {
    root.iter().copied().chain(call.split('/')).collect()
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("base", &self.base).finish_non_exhaustive()
    }
}
