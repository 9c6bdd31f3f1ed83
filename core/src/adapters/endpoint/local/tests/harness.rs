//! Starts a real server in this process, with packages from a folder.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::client::LocalEndpoint;
use super::super::probe;
use super::super::server::{ServeOptions, run};
use crate::config::valid::{Config, EndpointConfig, LogConfig, Runtime};
use crate::domain::digest::Digest;
use crate::domain::endpoint::{Mirror, SlotStatus, Traffic};
use crate::domain::error::{Error, Result};
use crate::domain::package::{FILES, FileEntry, Format, MANIFEST, Manifest};
use crate::domain::rollout::Pinned;
use crate::ports::endpoint::{Endpoint, Load};

/// Environment variable that tells the probe process its package.
const PROBED: &str = "OUTERLOOP_TEST_PROBED";

pub(super) const ONNX: &str = "employment";

pub(super) fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/serve").join(name)
}

/// Environment variable that tells the server process its folder.
const SERVED: &str = "OUTERLOOP_TEST_SERVED";

/// Not a test of its own: a server in a process that can be killed.
#[test]
#[ignore = "run by other tests as a server's process"]
fn server_process() {
    if let Some(root) = std::env::var_os(SERVED) {
        run(House::command_in(Path::new(&root)).options()).unwrap();
    }
}

/// Not a test of its own: what the probe's process runs.
#[test]
#[ignore = "run by other tests as the process that proves a model"]
fn probe_process() {
    if let Some(package) = std::env::var_os(PROBED) {
        match probe::run(Path::new(&package)) {
            Ok(()) => std::process::exit(0),
            Err(error) => {
                use std::io::Write;
                let _ = writeln!(std::io::stderr(), "{error}");
                std::process::exit(1);
            }
        }
    }
}

pub(super) struct House {
    pub(super) root: PathBuf,
    pub(super) config: EndpointConfig,
    /// Program that proves models, where it is not this test binary.
    pub(super) prober: Option<PathBuf>,
    _temp: Option<TempDir>,
}

pub(super) struct Served {
    pub(super) endpoint: LocalEndpoint,
    pub(super) http: reqwest::blocking::Client,
    server: Option<JoinHandle<Result<()>>>,
    packages: PathBuf,
}

impl House {
    pub(super) fn onnx() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let house = Self::onnx_in(temp.path());
        Self { _temp: Some(temp), ..house }
    }

    fn onnx_in(root: &Path) -> Self {
        let name = "acme".parse().unwrap();
        let config = Config::without_file(root).unwrap().endpoint(&name).unwrap();
        let config = EndpointConfig {
            request_timeout: Duration::from_secs(5),
            load_timeout: Duration::from_secs(20),
            log: LogConfig { sample: 1.0, max_bytes: 1 << 20, max_files: 4 },
            ..config
        };
        Self { root: root.to_owned(), config, prober: None, _temp: None }
    }

    pub(super) fn command() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let house = Self::command_in(temp.path());
        Self { _temp: Some(temp), ..house }
    }

    fn command_in(root: &Path) -> Self {
        let words = ["python3".into(), testdata("scorer.py").display().to_string()];
        let rest = ["{model}".into(), "{port}".into()];
        let mut house = Self::onnx_in(root);
        house.config.runtime = Runtime::Command {
            command: words.into_iter().chain(rest).collect(),
            health: "/ping".into(),
            score: "/invocations".into(),
        };
        house
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.root.join("endpoints/acme")
    }

    /// A program that proves packages by running this test binary.
    fn prober(&self) -> PathBuf {
        let path = self.root.join("prober.sh");
        let test = "adapters::endpoint::local::tests::harness::probe_process";
        let this = std::env::current_exe().unwrap();
        let script = format!(
            "#!/bin/sh\n{PROBED}=\"$3\" exec '{}' --ignored --exact {test} --nocapture\n",
            this.display()
        );
        if !path.exists() {
            std::fs::write(&path, script).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        path
    }

    pub(super) fn options(&self) -> ServeOptions {
        let packages = self.root.join("store");
        std::fs::create_dir_all(&packages).unwrap();
        let materialise = move |digest: &Digest, target: &Path| {
            let from = packages.join(digest.hex());
            let bytes =
                std::fs::read(from.join(MANIFEST)).map_err(|e| Error::io("read", &from, e))?;
            let manifest = Manifest::from_bytes(&bytes)?;
            std::fs::create_dir_all(target.join(FILES)).unwrap();
            for file in &manifest.files {
                let (from, to) = (from.join(FILES), target.join(FILES));
                std::fs::copy(from.join(&file.path), to.join(&file.path)).unwrap();
            }
            Ok(manifest)
        };
        ServeOptions {
            name: "acme".parse().unwrap(),
            folder: self.folder(),
            config: self.config.clone(),
            materialise: Arc::new(materialise),
            program: self.prober.clone().unwrap_or_else(|| self.prober()),
        }
    }

    /// Serves from a process of its own.
    pub(super) fn serve_apart(&self) -> (std::process::Child, Served) {
        let test = "adapters::endpoint::local::tests::harness::server_process";
        let process = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", test, "--nocapture"])
            .env(SERVED, &self.root)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let endpoint = self.wait(|| false);
        (process, self.served(endpoint, None))
    }

    pub(super) fn serve(&self) -> Served {
        let options = self.options();
        let _ = std::fs::remove_file(self.folder().join("endpoint.json"));
        let server = std::thread::spawn(move || run(options));
        let endpoint = self.wait(|| server.is_finished());
        self.served(endpoint, Some(server))
    }

    fn wait(&self, is_over: impl Fn() -> bool) -> LocalEndpoint {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            match LocalEndpoint::open(&self.folder()) {
                Ok(endpoint) => return endpoint,
                Err(error) => assert!(
                    !is_over() && Instant::now() < deadline,
                    "the server does not start: {error}"
                ),
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn served(&self, endpoint: LocalEndpoint, server: Option<JoinHandle<Result<()>>>) -> Served {
        let packages = self.root.join("store");
        std::fs::create_dir_all(&packages).unwrap();
        Served { endpoint, http: reqwest::blocking::Client::new(), server, packages }
    }
}

/// Puts a package of one file into the store.
pub(super) fn store(
    packages: &Path,
    format: Format,
    file: (&str, &[u8]),
    sample: Option<Value>,
) -> Digest {
    let files = vec![FileEntry::of(file.0, file.1)];
    let manifest = Manifest { sample, ..Manifest::of(format, files) };
    let digest = manifest.digest().unwrap();
    let folder = packages.join(digest.hex());
    std::fs::create_dir_all(folder.join(FILES)).unwrap();
    std::fs::write(folder.join(FILES).join(file.0), file.1).unwrap();
    std::fs::write(folder.join(MANIFEST), manifest.to_bytes().unwrap()).unwrap();
    digest
}

pub(super) fn shares(list: &[(&str, u8)]) -> Traffic {
    Traffic {
        weights: list.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect(),
        mirror: None,
    }
}

impl Served {
    pub(super) fn load_digest(&self, version: &str, digest: Digest) -> Result<SlotStatus> {
        self.endpoint.load(&Load {
            model: "employment".parse().unwrap(),
            pinned: Pinned { version: version.parse().unwrap(), digest },
        })
    }

    /// Loads `testdata/serve/NAME.onnx`.
    pub(super) fn load_onnx(&self, version: &str, name: &str) -> Result<SlotStatus> {
        self.load_onnx_with(version, name, None)
    }

    pub(super) fn load_onnx_with(
        &self,
        version: &str,
        name: &str,
        sample: Option<Value>,
    ) -> Result<SlotStatus> {
        let bytes = std::fs::read(testdata(&format!("{name}.onnx"))).unwrap();
        let file = ("model.onnx", bytes.as_slice());
        self.load_digest(version, store(&self.packages, Format::Onnx, file, sample))
    }

    /// Loads a model for `scorer.py`.
    pub(super) fn load_scorer(&self, version: &str, model: Value) -> Result<SlotStatus> {
        let text = model.to_string();
        let file = ("model.json", text.as_bytes());
        self.load_digest(version, store(&self.packages, Format::Generic, file, None))
    }

    pub(super) fn traffic(&self, list: &[(&str, u8)]) {
        self.endpoint.set_traffic(&shares(list)).unwrap();
    }

    pub(super) fn mirrored(&self, main: &str, copy: &str, percent: u8) {
        let mirror = Some(Mirror { slot: copy.to_owned(), percent });
        let traffic = Traffic { mirror, ..shares(&[(main, 100)]) };
        self.endpoint.set_traffic(&traffic).unwrap();
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.endpoint.url())
    }

    pub(super) fn get(&self, path: &str) -> (u16, String) {
        let reply = self.http.get(self.url(path)).send().unwrap();
        (reply.status().as_u16(), reply.text().unwrap())
    }

    /// Status, answer and the version that gave it.
    pub(super) fn post(&self, path: &str, body: &Value) -> (u16, Value, String) {
        self.post_text(path, body.to_string())
    }

    pub(super) fn post_text(&self, path: &str, body: String) -> (u16, Value, String) {
        let reply = self.http.post(self.url(path)).body(body).send().unwrap();
        let version = reply.headers().get("outerloop-version");
        let version = version.map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
        (reply.status().as_u16(), reply.json().unwrap_or_default(), version)
    }

    pub(super) fn infer(&self, body: &Value) -> (u16, Value, String) {
        self.post("/v2/models/employment/infer", body)
    }

    pub(super) fn counts(&self, slot: &str) -> (u64, u64) {
        let counters = self.endpoint.counters().unwrap();
        counters.get(slot).map_or((0, 0), |c| (c.requests, c.errors))
    }

    /// Waits until `ready`, or fails.
    pub(super) fn eventually(&self, what: &str, ready: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !ready(self) {
            assert!(Instant::now() < deadline, "{what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(super) fn stop(mut self) {
        self.endpoint.shutdown().unwrap();
        self.server.take().unwrap().join().unwrap().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            let _ = self.endpoint.shutdown();
            let _ = server.join();
        }
    }
}

/// A matrix of one column pair a row.
pub(super) fn matrix(rows: &[[f64; 2]]) -> Value {
    json!({ "inputs": [{ "name": "X", "datatype": "FP32", "shape": [rows.len(), 2], "data": rows }] })
}
