//! A task of the extension as `cargo xtask dist` would pack it, with small programs.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::agent::Agent;
use crate::release::{VERSION, sum};
use crate::repository_file;

/// A task's folder, and the folders of an agent.
pub struct Task {
    folder: tempfile::TempDir,
}

/// This machine's target, and its name in the tool cache.
pub fn machine() -> (&'static str, &'static str) {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => ("x86_64-unknown-linux-gnu", "x64"),
        ("linux", "aarch64") => ("aarch64-unknown-linux-gnu", "arm64"),
        ("macos", "x86_64") => ("x86_64-apple-darwin", "x64"),
        ("macos", "aarch64") => ("aarch64-apple-darwin", "arm64"),
        (system, processor) => panic!("nothing is released for {system} on {processor}"),
    }
}

impl Task {
    /// The task `name` with the shim and these outputs.
    pub fn new(name: &str, outputs: &[&str]) -> Self {
        let task = Self { folder: tempfile::tempdir().expect("a folder") };
        let shim = repository_file("tasks/shim");
        for entry in std::fs::read_dir(shim).expect("the shim") {
            let file = entry.expect("a file").path();
            let bytes = std::fs::read(&file).expect("reads");
            task.write(Path::new(file.file_name().expect("a name")), &bytes);
        }
        let handler = json!({"target": "index.js"});
        let manifest = json!({
            "name": name,
            "inputs": [{"name": "ref", "type": "string"}, {"name": "downloadBase", "type": "string"}],
            "execution": {"Node20_1": handler, "Node24": handler},
            "restrictions": {
                "commands": {"mode": "restricted"},
                "settableVariables": {"allowed": outputs},
            },
        });
        task.write(Path::new("task.json"), manifest.to_string().as_bytes());
        task
    }

    /// The task's own folder.
    pub fn place(&self) -> PathBuf {
        self.folder.path().join("the task's folder")
    }

    /// The agent's tool cache.
    pub fn tools(&self) -> PathBuf {
        self.folder.path().join("tool cache")
    }

    /// Where the tool cache has the program.
    pub fn cached(&self) -> PathBuf {
        self.tools().join("outerloop").join(VERSION).join(machine().1).join("outerloop")
    }

    /// The agent's folder for temporary files.
    pub fn temporary(&self) -> PathBuf {
        let folder = self.folder.path().join("temporary");
        std::fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    /// Writes a file of the task.
    pub fn write(&self, name: &Path, bytes: &[u8]) {
        write(&self.place().join(name), bytes, 0o644);
    }

    /// Pins this machine's program, and its archive.
    pub fn pin(&self, program: &[u8], archive: &[u8]) {
        let pins = json!({
            "version": VERSION,
            "download": "http://127.0.0.1:1",
            "binaries": {machine().0: {"sha256": sum(program), "archive": sum(archive)}},
        });
        self.write(Path::new("pins.json"), pins.to_string().as_bytes());
    }

    /// Pins a script and puts it into the tool cache, without the right to be run, as a share that
    /// knows no such right would.
    #[must_use]
    pub fn with_program(self, script: &str) -> Self {
        self.pin(script.as_bytes(), b"");
        write(&self.cached(), script.as_bytes(), 0o644);
        self.complete();
        self
    }

    /// Marks the place in the tool cache as complete.
    pub fn complete(&self) {
        let folder = self.cached();
        let folder = folder.parent().expect("a folder");
        write(&folder.with_file_name(format!("{}.complete", machine().1)), b"", 0o644);
    }

    /// A step with the task.
    pub fn step(&self) -> Agent {
        let temporary = self.temporary();
        let agent = Agent::new(&self.place()).tools(&self.tools());
        agent.environment("AGENT_TEMPDIRECTORY", &temporary.display().to_string())
    }
}

/// Writes a file with these rights, and the folders above it.
pub fn write(file: &Path, bytes: &[u8], mode: u32) {
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("creates");
    std::fs::write(file, bytes).expect("writes");
    std::fs::set_permissions(file, PermissionsExt::from_mode(mode)).expect("sets rights");
}

/// The manifest of a task's folder.
pub fn manifest(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("task.json")).expect("a manifest");
    serde_json::from_str(&text).expect("JSON")
}
