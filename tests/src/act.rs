//! act, which plays GitHub's runner on this machine: it runs workflows unchanged, and its records
//! say what they did.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::programs::{output, program};
use crate::{binary, repository_file};

/// Actions of GitHub that need GitHub's servers, and what stands in for them: a folder below
/// `tests/fixtures/actions`.
const STAND_INS: [&str; 3] = [
    "actions/setup-python@a309ff8b426b58ec0e2a45f0f869d46889d02405",
    "actions/upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f",
    "actions/download-artifact@37930b1c2abaa49bbe596cd826c3c89aef350131",
];

/// The runner: it works on one repository, with one set of environment variables.
pub struct Act {
    folder: TempDir,
    repository: PathBuf,
    environment: Vec<(String, String)>,
}

/// One event, and what goes with it.
pub struct Event<'a> {
    /// Its name, such as `push`.
    pub name: &'a str,
    /// The workflow, a file in `.github/workflows`.
    pub workflow: &'a str,
    /// What the runner writes into the file at `GITHUB_EVENT_PATH`.
    pub payload: Value,
    /// Inputs of a `workflow_dispatch`.
    pub inputs: Vec<(String, String)>,
    /// The job's token.
    pub token: &'a str,
}

/// What a run did.
pub struct ActRun {
    /// Every job that ran ended well.
    pub success: bool,
    records: Vec<Value>,
    /// Everything that was said, a line each.
    pub log: String,
}

impl Act {
    /// A runner for the repository at `repository`. Its actions are this repository's own, and the
    /// binary is the one under test.
    ///
    /// # Panics
    /// The actions cannot be copied.
    pub fn new(repository: &Path) -> Self {
        let act = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            repository: repository.to_owned(),
            environment: Vec::new(),
        };
        // act copies the folder at each use: without `target` and `.git` that is quick.
        copy(&repository_file("actions"), &act.export().join("actions"));
        std::fs::copy(repository_file("action.yml"), act.export().join("action.yml"))
            .expect("the umbrella action");
        let artifacts = act.folder.path().join("artifacts");
        let binary = binary();
        act.with("OUTERLOOP_BIN", &binary.to_string_lossy())
            .with("STAND_IN_ARTIFACTS", &artifacts.to_string_lossy())
    }

    /// Sets an environment variable of every step.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn export(&self) -> PathBuf {
        self.folder.path().join("outerloop")
    }

    /// Runs a workflow to its end.
    ///
    /// # Panics
    /// act does not start, or writes what is no record.
    pub fn run(&self, event: &Event<'_>) -> ActRun {
        let payload = self.folder.path().join("event.json");
        std::fs::write(&payload, event.payload.to_string()).expect("writes the payload");
        let mut command = program("act");
        command
            .current_dir(&self.repository)
            .arg(event.name)
            .arg("--workflows")
            .arg(Path::new(".github/workflows").join(event.workflow))
            .arg("--eventpath")
            .arg(&payload)
            .args(["--platform", "ubuntu-latest=-self-hosted", "--json", "--no-cache-server"])
            .args(["--actor", "acme", "--secret", &format!("GITHUB_TOKEN={}", event.token)])
            .arg("--action-cache-path")
            .arg(self.folder.path().join("cache"))
            .args(["--local-repository", &self.local("acme/outerloop@v1", &self.export())]);
        for action in STAND_INS {
            let name = action.split(['/', '@']).nth(1).unwrap_or_default();
            let folder = repository_file("tests/fixtures/actions").join(name);
            command.args(["--local-repository", &self.local(action, &folder)]);
        }
        for (name, value) in &self.environment {
            command.args(["--env", &format!("{name}={value}")]);
        }
        for (name, value) in &event.inputs {
            command.args(["--input", &format!("{name}={value}")]);
        }
        let ran = output(&mut command);
        ActRun::read(ran.code == 0, &ran.stdout, &ran.stderr)
    }

    fn local(&self, action: &str, folder: &Path) -> String {
        let folder = folder.canonicalize().expect("the action's folder");
        format!("{action}={}", folder.display())
    }
}

impl ActRun {
    fn read(success: bool, stdout: &str, stderr: &str) -> Self {
        let parsed = stdout.lines().chain(stderr.lines());
        let records: Vec<Value> =
            parsed.filter_map(|line| serde_json::from_str(line).ok()).collect();
        let said = |record: &Value| record["msg"].as_str().map(|m| m.trim_end().to_owned());
        let mut log: Vec<String> = records.iter().filter_map(said).collect();
        log.extend(stderr.lines().filter(|l| !l.starts_with('{')).map(str::to_owned));
        Self { success, records, log: log.join("\n") }
    }

    /// Holds that every job ended well.
    ///
    /// # Panics
    /// One did not; the log is shown.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        assert!(self.success, "{}", self.log);
        self
    }

    /// Holds that a job failed.
    ///
    /// # Panics
    /// None did; the log is shown.
    #[track_caller]
    pub fn fails(self) -> Self {
        assert!(!self.success, "{}", self.log);
        self
    }

    /// What the step `step` of the job `job` gave as `name`; none when it gave nothing.
    pub fn output(&self, job: &str, step: &str, name: &str) -> Option<String> {
        let own = |r: &&Value| {
            r["command"] == "set-output"
                && r["jobID"] == job
                && r["stepID"][0] == step
                && r["name"] == name
        };
        self.records.iter().rfind(own).and_then(|r| r["arg"].as_str()).map(str::to_owned)
    }

    /// How a job ended: `success`, `failure`; none when it did not run.
    pub fn job(&self, job: &str) -> Option<String> {
        let own = |r: &&Value| r["jobID"] == job && r["jobResult"].is_string();
        self.records.iter().rfind(own).and_then(|r| r["jobResult"].as_str()).map(str::to_owned)
    }

    /// The Markdown of all step summaries.
    pub fn summary(&self) -> String {
        self.contents("summary")
    }

    /// The messages of one kind of workflow command: `notice`, `warning`, `error`.
    pub fn contents(&self, command: &str) -> String {
        let own = |r: &&Value| r["command"] == command;
        let text = |r: &Value| {
            let content = r["content"].as_str().or(r["arg"].as_str());
            content.map(str::to_owned)
        };
        let all: Vec<String> = self.records.iter().filter(own).filter_map(text).collect();
        all.join("\n")
    }
}

/// Copies a folder with everything in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("creates");
    for entry in std::fs::read_dir(from).expect("reads").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copies");
        }
    }
}
