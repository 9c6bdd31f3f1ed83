//! Runs the `git` program: arguments never pass a shell, nothing is asked on a terminal, and a
//! run that hangs is ended.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::login::JobLogin;
use crate::config::env;
use crate::domain::error::{Error, Result};

/// Variables that would point `git` at another repository than ours.
const REPOSITORY_VARIABLES: [&str; 8] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
];

/// The `git` program, set on one repository.
#[derive(Debug, Clone)]
pub(super) struct Program {
    /// Program name or path.
    pub path: PathBuf,
    /// The repository's git folder.
    pub git_dir: PathBuf,
    /// Where relative addresses of remotes start.
    pub working_dir: PathBuf,
    /// Longest time that one run may take.
    pub limit: Duration,
    /// The login of the CI job, where there is one.
    pub login: Option<JobLogin>,
}

/// What one run of `git` gave.
#[derive(Debug)]
pub(super) struct Output {
    /// Whether it ended with 0.
    pub success: bool,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Program {
    /// Runs `git` with `arguments` to its end.
    ///
    /// # Errors
    /// Unavailable when the program is missing, timeout when it takes longer than the limit.
    pub fn run(&self, arguments: &[&str]) -> Result<Output> {
        let mut child = self.command(arguments).spawn().map_err(|e| missing(&self.path, e))?;
        let stdout = drain(child.stdout.take());
        let stderr = drain(child.stderr.take());
        let verb = arguments.first().copied().unwrap_or_default();
        let status = self.wait(&mut child, verb)?;
        Ok(Output { success: status.success(), stdout: text(stdout), stderr: text(stderr) })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        for variable in REPOSITORY_VARIABLES {
            command.env_remove(variable);
        }
        command
            .arg("--git-dir")
            .arg(&self.git_dir)
            .args(["-c", "gc.auto=0", "-c", "maintenance.auto=false"])
            .args(arguments)
            .current_dir(&self.working_dir)
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GCM_INTERACTIVE", "never")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(login) = &self.login {
            let inherited = env::get("GIT_CONFIG_COUNT");
            command.envs(login.variables(inherited.as_deref()));
        }
        command
    }

    fn wait(&self, child: &mut Child, verb: &str) -> Result<ExitStatus> {
        let deadline = Instant::now() + self.limit;
        let mut pause = Duration::from_millis(1);
        loop {
            let ended = child.try_wait().map_err(|e| Error::io("wait for", &self.path, e))?;
            if let Some(status) = ended {
                return Ok(status);
            }
            if Instant::now() >= deadline {
                // Best effort: the process may end by itself in the same moment.
                let _ = child.kill();
                let _ = child.wait();
                let seconds = self.limit.as_secs();
                return Err(Error::timeout(format!("`git {verb}` took longer than {seconds} s"))
                    .hint("check the network and that the remote needs no password typed in")
                    .retryable());
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }
}

fn missing(path: &Path, error: std::io::Error) -> Error {
    Error::unavailable(format!("cannot run `{}`: {error}", path.display()))
        .hint("install git and put it on PATH; the registry fetches and pushes through it")
        .caused_by(error)
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> Option<JoinHandle<Vec<u8>>> {
    let mut pipe = pipe?;
    Some(std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before a broken pipe is still worth showing.
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    }))
}

fn text(reader: Option<JoinHandle<Vec<u8>>>) -> String {
    let bytes = reader.and_then(|r| r.join().ok()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
