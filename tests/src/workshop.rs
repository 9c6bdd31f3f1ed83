//! A model repository in a temporary folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::server::Server;
use crate::{Ran, binary};

/// How the variables begin that a CI system gives to its steps.
const OF_CI: [&str; 7] =
    ["ACTIONS_", "AGENT_", "BUILD_", "GITHUB_", "INPUT_", "SYSTEM_", "TF_BUILD"];

/// A model repository in a temporary folder, gone when dropped.
pub struct Workshop {
    folder: TempDir,
}

impl Default for Workshop {
    fn default() -> Self {
        Self::new()
    }
}

impl Workshop {
    /// A git repository with one commit and no remote.
    pub fn new() -> Self {
        let workshop = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        workshop.git(&["init", "--quiet", "-b", "main"]);
        workshop.git(&["commit", "--quiet", "--allow-empty", "-m", "start"]);
        workshop
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs git, which must succeed.
    pub fn git(&self, arguments: &[&str]) -> String {
        let identity = ["-c", "user.name=acme", "-c", "user.email=models@acme.example"];
        let out = Command::new("git")
            .args(identity)
            .args(arguments)
            .current_dir(self.path())
            .output()
            .expect("git runs");
        assert!(
            out.status.success(),
            "git {arguments:?}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
        String::from_utf8_lossy(&out.stdout).trim().to_owned()
    }

    /// Writes a file and gives its path.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("creates");
        std::fs::write(&path, content).expect("writes");
        path
    }

    /// Copies a file of the repository here.
    pub fn copy(&self, from: &str, to: &str) -> PathBuf {
        let bytes = std::fs::read(crate::repository_file(from)).expect("reads");
        self.write(to, bytes)
    }

    /// The binary with these arguments, to be run here.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .current_dir(self.path())
            .env("OUTERLOOP_ACTOR", "acme")
            .env_remove("OUTERLOOP_CONFIG")
            .stdin(Stdio::null());
        // The tests may themselves run in a step of a CI system.
        for (name, _) in std::env::vars_os() {
            let own = name.to_string_lossy();
            if OF_CI.iter().any(|prefix| own.starts_with(prefix)) {
                command.env_remove(&name);
            }
        }
        command
    }

    /// Runs the binary.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Self::ran(&mut self.command(arguments))
    }

    /// Runs a command that was prepared by [`Workshop::command`].
    pub fn ran(command: &mut Command) -> Ran {
        let out = command.output().expect("the binary runs");
        Ran {
            code: out.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&out.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&out.stderr).into_owned(),
        }
    }

    /// Packages and registers a generic model with this content.
    pub fn register(&self, model: &str, content: &str) -> Ran {
        self.write("model.bin", content);
        self.run(&["package", "--model", "model.bin"]).exits(0);
        self.run(&["register", "--name", model, "--json"])
    }

    /// Starts `outerloop serve` and waits until it answers.
    pub fn serve(&self, endpoint: &str) -> Server {
        Server::start(self.command(&["serve", "--endpoint", endpoint]), self.path(), endpoint)
    }
}
