//! Where the demo plays: a git repository with a bare remote, and the programs in it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::environment::Python;
use crate::process::{Result, build, root, run, shown, target};

/// The demo's folders and programs.
pub struct Place {
    /// `target/demo`.
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
    /// Builds the binary, installs Python packages and makes the repository.
    pub fn prepare() -> Result<Self> {
        let binary = build(false)?;
        let python = Python::of_example()?;
        let onnx_runtime = python.onnx_runtime()?;
        let folder = target()?.join("demo");
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
            .env("OUTERLOOP_ACTOR", "acme");
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
        if let Some(url) = json.as_ref().and_then(|j| j["url"].as_str()) {
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
