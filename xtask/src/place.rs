//! Where the demo and some benchmarks play: a model repository with a bare remote, and the programs
//! in it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::environment::Python;
use crate::process::{Result, build, root, run, shown, target};

/// A model repository, the example's, and the programs that it needs.
pub struct Place {
    /// The folder around it: the remote, the server's log.
    pub folder: PathBuf,
    /// The model's repository.
    pub work: PathBuf,
    binary: PathBuf,
    python: Python,
    onnx_runtime: PathBuf,
}

/// What a verb answered.
pub struct Answer {
    /// Exit code.
    pub code: i32,
    /// The JSON on standard output.
    pub json: Value,
    /// The command as typed.
    pub command: String,
}

impl Place {
    /// Builds the binary, installs Python packages and makes the repository in `target/<name>`.
    pub fn prepare(name: &str, release: bool) -> Result<Self> {
        let binary = build(release)?;
        let python = Python::of_example()?;
        let onnx_runtime = python.onnx_runtime()?;
        let folder = target()?.join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        }
        let work = folder.join("acme-models");
        copy(&root().join("examples/employment"), &work)?;
        let place = Self { folder, work, binary, python, onnx_runtime };
        place.make_repository()?;
        Ok(place)
    }

    fn make_repository(&self) -> Result<()> {
        let remote = self.folder.join("remote.git");
        run(Command::new("git").args(["init", "--quiet", "--bare", "-b", "main"]).arg(&remote))?;
        self.git(&["init", "--quiet", "-b", "main"])?;
        self.git(&["config", "user.name", "acme"])?;
        self.git(&["config", "user.email", "models@acme.example"])?;
        self.git(&["add", "."])?;
        self.git(&["commit", "--quiet", "-m", "The model's code and its outer loop"])?;
        run(self.command("git").args(["remote", "add", "origin"]).arg(&remote))?;
        self.git(&["push", "--quiet", "-u", "origin", "main"])
    }

    fn git(&self, arguments: &[&str]) -> Result<()> {
        run(self.command("git").args(arguments))
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        let folders = [self.binary.parent().unwrap_or(Path::new("/")), &self.python.bin];
        let path = std::env::var_os("PATH").unwrap_or_default();
        let all = folders.into_iter().map(Path::to_owned).chain(std::env::split_paths(&path));
        if let Ok(joined) = std::env::join_paths(all) {
            command.env("PATH", joined);
        }
        command
            .current_dir(&self.work)
            .env("OUTERLOOP_PYTHON", &self.python.program)
            .env("ORT_DYLIB_PATH", &self.onnx_runtime)
            .env("OUTERLOOP_ACTOR", "acme")
            .env("GIT_CONFIG_GLOBAL", "/dev/null");
        command
    }

    /// Runs a Python script of the example and gives its output.
    pub fn python(&self, arguments: &[&str]) -> Result<String> {
        crate::process::output(self.command(&self.python.program).args(arguments))
    }

    /// Runs a verb with `--json`; an exit code outside `expected` is an error.
    pub fn verb(&self, arguments: &[&str], expected: &[i32]) -> Result<Answer> {
        let mut command = self.command(&self.binary);
        command.args(arguments).arg("--json");
        let out = command.output().map_err(|e| format!("{}: {e}", shown(&command)))?;
        let code = out.status.code().unwrap_or(-1);
        let talk = String::from_utf8_lossy(&out.stderr).into_owned();
        if !expected.contains(&code) {
            let said = String::from_utf8_lossy(&out.stdout).into_owned();
            return Err(format!("{} gave exit code {code}\n{talk}{said}", shown(&command)));
        }
        let json = serde_json::from_slice(&out.stdout)
            .map_err(|e| format!("{}: output is not JSON: {e}\n{talk}", shown(&command)))?;
        Ok(Answer { code, json, command: format!("outerloop {}", arguments.join(" ")) })
    }

    /// Runs a verb for people and gives what it prints.
    pub fn text(&self, arguments: &[&str]) -> Result<String> {
        crate::process::output(self.command(&self.binary).args(arguments))
    }

    /// Trains, packages and registers 1.0.0, and puts quick rollouts and an endpoint whose slot is a
    /// child process into the configuration.
    pub fn first_version(&self) -> Result<()> {
        let file = self.work.join("outerloop.yaml");
        let text =
            std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let quick =
            text.replace("bake: 2s", "bake: 200ms").replace("min-requests: 60", "min-requests: 30");
        let relay = "endpoints:\n  backing: {}\n  relay:\n    runtime: command\n    \
                     command: [outerloop, serve, --endpoint, backing, --port, \"{port}\"]\n";
        let text = quick.replace("endpoints:\n", relay);
        std::fs::write(&file, text).map_err(|e| format!("{}: {e}", file.display()))?;
        self.version("logistic")
    }

    /// Trains, packages and registers 1.1.0.
    pub fn second_version(&self) -> Result<()> {
        self.version("boosting")
    }

    fn version(&self, kind: &str) -> Result<()> {
        self.python(&[
            "train.py",
            "--model",
            kind,
            "--data",
            "data/2015.parquet",
            "--out",
            "build",
        ])?;
        self.verb(&["package"], &[0])?;
        self.verb(&["register"], &[0]).map(|_| ())
    }

    fn endpoint_state(&self, endpoint: &str) -> Result<Value> {
        let file = self.work.join(".outerloop/endpoints").join(endpoint).join("endpoint.json");
        let bytes = std::fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        serde_json::from_slice(&bytes).map_err(|e| format!("{}: {e}", file.display()))
    }

    /// host:port of an endpoint.
    pub fn address_of(&self, endpoint: &str) -> Result<String> {
        let url = self.endpoint_state(endpoint)?["url"].as_str().unwrap_or_default().to_owned();
        Ok(url.trim_start_matches("http://").trim_end_matches('/').to_owned())
    }

    /// Process id of an endpoint's server.
    pub fn pid_of(&self, endpoint: &str) -> Result<String> {
        Ok(self.endpoint_state(endpoint)?["pid"].to_string())
    }

    /// A verb's command, for those who want to do more than wait for its answer.
    pub fn verb_command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(&self.binary);
        command.args(arguments);
        command
    }

    /// Starts `outerloop serve` and waits until it answers.
    pub fn serve(&self, endpoint: &str) -> Result<Server> {
        let log =
            std::fs::File::create(self.folder.join("serve.log")).map_err(|e| e.to_string())?;
        let mut command = self.command(&self.binary);
        command.args(["serve", "--endpoint", endpoint]).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.stderr(log).spawn().map_err(|e| format!("{}: {e}", shown(&command)))?;
        let mut server = Server { child, address: String::new() };
        let state = self.work.join(".outerloop/endpoints").join(endpoint).join("endpoint.json");
        server.address = wait_for_address(&state, &mut server.child)?;
        Ok(server)
    }
}

/// A running `outerloop serve`, stopped by its pid when dropped.
pub struct Server {
    child: Child,
    /// host:port
    pub address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status();
        let deadline = Instant::now() + Duration::from_secs(10);
        while asked.is_ok() && Instant::now() < deadline {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_for_address(state: &Path, child: &mut Child) -> Result<String> {
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline {
        if let Ok(Some(status)) = child.try_wait() {
            return Err(format!("outerloop serve ended with {status}; see serve.log"));
        }
        let json: Option<Value> =
            std::fs::read(state).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let own = json.as_ref().is_some_and(|j| j["pid"].as_u64() == Some(child.id().into()));
        if let Some(url) = json.as_ref().and_then(|j| j["url"].as_str()).filter(|_| own) {
            let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
            if std::net::TcpStream::connect(&address).is_ok() {
                return Ok(address);
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err("outerloop serve did not come up in 30 s; see serve.log".to_owned())
}

/// Copies the files of a folder that git would keep.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let error = |e: std::io::Error| format!("{}: {e}", from.display());
    std::fs::create_dir_all(to).map_err(error)?;
    for entry in std::fs::read_dir(from).map_err(error)? {
        let path = entry.map_err(error)?.path();
        let Some(name) = path.file_name() else { continue };
        if matches!(name.to_str(), Some("build" | ".outerloop" | "__pycache__")) {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else {
            std::fs::copy(&path, to.join(name)).map_err(error)?;
        }
    }
    Ok(())
}
