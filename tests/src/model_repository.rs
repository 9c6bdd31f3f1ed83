//! The example's model repository as its owner has it on a server: a bare remote, a clone to work
//! in, a machine that serves the model, and a store and endpoints that all jobs see.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::programs::{example_python, output};
use crate::{Ran, Server, binary, repository_file};

/// The endpoint that the example deploys to.
pub const ENDPOINT: &str = "prod";

/// The repository.
pub struct ModelRepository {
    folder: TempDir,
}

impl ModelRepository {
    /// The example with one commit on `main`, pushed. For `git` it lives at `address`, which is
    /// rewritten to a bare repository on disk.
    ///
    /// # Panics
    /// It cannot be made.
    pub fn new(address: &str) -> Self {
        let repository = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        let remote = repository.folder.path().join("remote.git");
        let config = format!(
            "[user]\n\tname = acme\n\temail = models@acme.example\n\
             [init]\n\tdefaultBranch = main\n[safe]\n\tdirectory = *\n\
             [url \"file://{}\"]\n\tinsteadOf = {address}\n",
            remote.display()
        );
        std::fs::write(repository.git_config(), config).expect("writes");
        copy(&repository_file("examples/employment"), &repository.work());
        let bare = remote.to_string_lossy().into_owned();
        repository.git(&["init", "--quiet", "--bare", &bare]);
        repository.git(&["init", "--quiet"]);
        repository.git(&["remote", "add", "origin", address]);
        repository.commit("The model's code and its outer loop");
        repository
    }

    /// The clone to work in.
    pub fn work(&self) -> PathBuf {
        self.folder.path().join("models")
    }

    fn git_config(&self) -> PathBuf {
        self.folder.path().join("gitconfig")
    }

    /// Where the machine that serves has its clone, and its endpoints.
    fn server(&self) -> PathBuf {
        self.folder.path().join("server")
    }

    /// What the jobs and the machine that serves find in their environment.
    pub fn environment(&self) -> Vec<(String, String)> {
        let python = example_python();
        let mut all = vec![
            ("OUTERLOOP_STORE".to_owned(), self.folder.path().join("store")),
            ("OUTERLOOP_ENDPOINTS".to_owned(), self.server().join(".outerloop/endpoints")),
            ("GIT_CONFIG_GLOBAL".to_owned(), self.git_config()),
            ("OUTERLOOP_PYTHON".to_owned(), python),
        ];
        if let Some(library) = std::env::var_os("ORT_DYLIB_PATH") {
            all.push(("ORT_DYLIB_PATH".to_owned(), library.into()));
        }
        all.into_iter().map(|(name, path)| (name, path.to_string_lossy().into_owned())).collect()
    }

    /// The folder with the programs of the example's Python.
    ///
    /// # Panics
    /// The Python lies in no folder.
    pub fn python_folder(&self) -> PathBuf {
        example_python().parent().expect("a folder").to_owned()
    }

    /// Runs git in the clone, which must succeed.
    ///
    /// # Panics
    /// It does not.
    #[track_caller]
    pub fn git(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(self.work());
        command.env("GIT_CONFIG_GLOBAL", self.git_config()).env("GIT_CONFIG_NOSYSTEM", "1");
        output(&mut command).exits(0).stdout.trim().to_owned()
    }

    /// Replaces `from`, which must be there, in a file of the clone.
    ///
    /// # Panics
    /// It is not there.
    #[track_caller]
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.work().join(file);
        let text = std::fs::read_to_string(&path).expect("reads");
        assert!(text.contains(from), "`{from}` is not in {file}:\n{text}");
        std::fs::write(path, text.replace(from, to)).expect("writes");
    }

    /// Writes a file of the clone.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn write(&self, file: &str, text: &str) {
        std::fs::write(self.work().join(file), text).expect("writes");
    }

    /// Commits everything on the current branch, pushes it, and gives the commit.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
        self.push()
    }

    /// Pushes the current branch by force, and gives its commit.
    pub fn push(&self) -> String {
        self.git(&["push", "--quiet", "--force", "origin", "HEAD"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs the binary in the clone with `--json`.
    pub fn verb(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(binary());
        command.args(arguments).arg("--json").current_dir(self.work()).envs(self.environment());
        for name in ["GITHUB_ACTIONS", "TF_BUILD"] {
            command.env_remove(name);
        }
        output(&mut command)
    }

    /// Starts the machine that serves.
    pub fn serve(&self) -> Server {
        self.git(&["clone", "--quiet", ".", &self.server().to_string_lossy()]);
        let mut command = Command::new(binary());
        command.args(["serve", "--endpoint", ENDPOINT]);
        command.current_dir(self.server()).envs(self.environment());
        Server::start(command, &self.server(), ENDPOINT)
    }

    /// Requests made of the rows of one of the example's data files.
    ///
    /// # Panics
    /// They cannot be made.
    pub fn requests(&self, data: &str) -> Vec<String> {
        let mut command = Command::new(example_python());
        command.args(["live_requests.py", data]).current_dir(self.work());
        output(&mut command).exits(0).stdout.lines().map(str::to_owned).collect()
    }
}

/// Where requests go.
fn inference(server: &Server) -> String {
    format!("{}/v2/models/employment/infer", server.url)
}

/// Sends requests one after the other; all must be answered.
///
/// # Panics
/// One is not.
pub fn send(server: &Server, requests: &[String]) {
    let client = reqwest::blocking::Client::new();
    let url = inference(server);
    for request in requests {
        let reply = client.post(&url).body(request.clone()).send().expect("an answer");
        assert!(reply.status().is_success(), "{}: {:?}", reply.status(), reply.text());
    }
}

/// Requests that go on in the background until it is stopped.
pub struct Traffic {
    stop: Arc<AtomicBool>,
    failed: Arc<AtomicU64>,
    thread: JoinHandle<u64>,
}

impl Traffic {
    /// Sends `requests` over and over.
    pub fn start(server: &Server, requests: &[String]) -> Self {
        let (stop, failed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (url, requests) = (inference(server), requests.to_vec());
        let (stopped, failures) = (Arc::clone(&stop), Arc::clone(&failed));
        let thread = std::thread::spawn(move || {
            let client = reqwest::blocking::Client::new();
            let mut sent = 0;
            for request in requests.iter().cycle() {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                let reply = client.post(&url).body(request.clone()).send();
                if !reply.is_ok_and(|r| r.status().is_success()) {
                    failures.fetch_add(1, Ordering::Relaxed);
                }
                sent += 1;
                std::thread::sleep(std::time::Duration::from_millis(4));
            }
            sent
        });
        Self { stop, failed, thread }
    }

    /// Stops, and holds that every request was answered; gives their number.
    ///
    /// # Panics
    /// One was not.
    pub fn stop(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        let sent = self.thread.join().expect("the traffic ends");
        assert_eq!(self.failed.load(Ordering::Relaxed), 0, "of {sent} requests");
        sent
    }
}

/// The events of a history with this type, as JSON.
pub fn events(history: &Value, kind: &str) -> Vec<Value> {
    let all = history["events"].as_array().cloned().unwrap_or_default();
    all.into_iter().filter(|logged| logged["event"]["what"]["type"] == json!(kind)).collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("creates");
    for entry in std::fs::read_dir(from).expect("reads").flatten() {
        let name = entry.file_name();
        let left_out = ["build", ".outerloop", "__pycache__"].iter().any(|n| name == *n);
        match entry.path().is_dir() {
            _ if left_out => {}
            true => copy(&entry.path(), &to.join(name)),
            false => {
                std::fs::copy(entry.path(), to.join(name)).expect("copies");
            }
        }
    }
}
