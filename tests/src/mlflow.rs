//! An MLflow server of the test's own, with SQLite and the artifacts through the server, and MLflow's
//! own Python client for it.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use outerloop_core::adapters::http::RetryPolicy;
use outerloop_core::adapters::mlflow::{Login, Server};
use outerloop_core::adapters::registry::mlflow::{Mlflow, MlflowRegistry};
use outerloop_core::ports::clock::Clock;
use serde_json::Value;

use crate::programs::{folder, output};
use crate::stores::Store;
use crate::{Ran, repository_file};

/// A running MLflow server; stopped by its pid when dropped.
pub struct MlflowServer {
    store: Store,
}

impl Default for MlflowServer {
    fn default() -> Self {
        Self::start()
    }
}

impl MlflowServer {
    /// Starts one; it takes some seconds.
    ///
    /// # Panics
    /// It was not installed, or does not start.
    pub fn start() -> Self {
        Self::with(&[], &[])
    }

    /// Starts one with arguments for `tests/stores/serve_mlflow.py` and variables of its own.
    ///
    /// # Panics
    /// As [`MlflowServer::start`].
    pub fn with(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(python());
        command.arg(repository_file("tests/stores/serve_mlflow.py")).args(arguments);
        command.envs(variables.iter().copied());
        Self { store: Store::start(command, &[]) }
    }

    /// The server that tests share which get along with others' models; it ends with the process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<MlflowServer> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// A fact of `tests/stores/serve_mlflow.py`.
    pub fn fact(&self, name: &str) -> &str {
        self.store.fact(name)
    }

    /// What the server has been asked so far, and answered: a line a call.
    ///
    /// # Panics
    /// It cannot be read.
    pub fn log(&self) -> String {
        let bytes = std::fs::read(self.fact("log")).expect("its log");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Its address.
    pub fn url(&self) -> &str {
        self.store.fact("url")
    }

    /// Where it keeps the artifacts.
    pub fn artifacts(&self) -> PathBuf {
        self.store.fact("artifacts").into()
    }

    /// Calls its REST API below `api/2.0/`; answers with JSON, or null.
    ///
    /// # Panics
    /// It does not answer.
    pub fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        self.call_as(None, method, &format!("2.0/{path}"), body)
    }

    /// As [`MlflowServer::call`], below `api/`, as the user `login`, with a password.
    ///
    /// # Panics
    /// It does not answer.
    pub fn call_as(
        &self,
        login: Option<(&str, &str)>,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Value {
        let client = reqwest::blocking::Client::builder().no_proxy().build().expect("a client");
        let url = format!("{}/api/{path}", self.url());
        let request = client.request(method.parse().expect("a method"), url);
        let request = match login {
            Some((user, password)) => request.basic_auth(user, Some(password)),
            None => request,
        };
        let request = if body.is_null() { request } else { request.json(body) };
        let answer = request.send().expect("it answers").bytes().expect("a body");
        serde_json::from_slice(&answer).unwrap_or_default()
    }

    /// Deletes every registered model.
    pub fn empty(&self) {
        let models =
            self.call("GET", "mlflow/registered-models/search?max_results=1000", &Value::Null);
        for model in models["registered_models"].as_array().into_iter().flatten() {
            let body = serde_json::json!({"name": model["name"]});
            self.call("DELETE", "mlflow/registered-models/delete", &body);
        }
    }

    /// Runs a Python program with MLflow's client set to this server.
    pub fn python(&self, program: &str, arguments: &[&str]) -> Ran {
        self.python_with(program, arguments, &[])
    }

    /// As [`MlflowServer::python`], with variables of its own.
    pub fn python_with(
        &self,
        program: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Ran {
        output(
            Command::new(python())
                .arg("-c")
                .arg(program)
                .args(arguments)
                .env("MLFLOW_TRACKING_URI", self.url())
                .env("MLFLOW_DISABLE_TELEMETRY", "true")
                .env("GIT_PYTHON_REFRESH", "quiet")
                .envs(variables.iter().copied()),
        )
    }
}

/// The Python with MLflow.
///
/// # Panics
/// It was not installed.
pub fn python() -> PathBuf {
    folder("OUTERLOOP_TEST_MLFLOW").join("python")
}

/// The machine's clock, which is wrong by so many hours and waits a twentieth of what it is told.
#[derive(Debug)]
pub struct Hurried(pub i64);

impl Clock for Hurried {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now() - jiff::SignedDuration::from_hours(self.0)
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration / 20);
    }
}

/// The server at `url`, as a process has it.
///
/// # Panics
/// No address.
pub fn server(url: &str, hours: i64, retry: RetryPolicy) -> Arc<Server> {
    let server = Server::new(url, Login::default(), Arc::new(Hurried(hours)), retry);
    Arc::new(server.expect("an address"))
}

/// The registry at `url`, as a process has it whose clock is wrong by so many hours.
pub fn registry(url: &str, hours: i64) -> MlflowRegistry {
    registry_trying(url, hours, RetryPolicy::default())
}

/// The same, which tries calls in this way.
pub fn registry_trying(url: &str, hours: i64, retry: RetryPolicy) -> MlflowRegistry {
    Mlflow::registry(server(url, hours, retry), Arc::new(Hurried(hours)))
}
