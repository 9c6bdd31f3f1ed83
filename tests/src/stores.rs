//! Object stores that run here: Azurite, moto and an emulator of Google's, each on a free port of
//! loopback, filled with files, and stopped by its pid.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::programs::{node_script, program};
use crate::repository_file;

/// A running store with the container or bucket `acme`, which needs a login, and `public`, which
/// needs none. Google's emulator knows no logins.
pub struct Store {
    child: Child,
    facts: Value,
    _files: TempDir,
}

impl Store {
    /// Azure Blob Storage. It checks signatures and shared access signatures.
    ///
    /// # Panics
    /// It was not installed, or does not start.
    pub fn azure(files: &[(&str, &[u8])]) -> Self {
        Self::start(node_script("serve-azurite.js"), files)
    }

    /// The same for clients that speak a newer version of its API than Azurite knows.
    ///
    /// # Panics
    /// It was not installed, or does not start.
    pub fn azure_of_any_version(files: &[(&str, &[u8])]) -> Self {
        let mut command = node_script("serve-azurite.js");
        command.arg("--skipApiVersionCheck");
        Self::start(command, files)
    }

    /// Amazon S3. It checks signatures and rights, and fails where there is no signature.
    ///
    /// # Panics
    /// It was not installed, or does not start.
    pub fn s3(files: &[(&str, &[u8])]) -> Self {
        let mut command = program("python");
        command.arg(repository_file("tests/stores/serve_s3.py"));
        Self::start(command, files)
    }

    /// Amazon S3, for calls without a signature: it looks only at who may read.
    ///
    /// # Panics
    /// It was not installed, or does not start.
    pub fn s3_unsigned(files: &[(&str, &[u8])]) -> Self {
        let mut command = program("python");
        command.arg(repository_file("tests/stores/serve_s3.py")).arg("--unsigned");
        Self::start(command, files)
    }

    /// Google Cloud Storage.
    ///
    /// # Panics
    /// It was not installed, or does not start.
    pub fn google(files: &[(&str, &[u8])]) -> Self {
        let mut command = program("python");
        command.arg(repository_file("tests/stores/serve_google.py"));
        Self::start(command, files)
    }

    pub(crate) fn start(mut command: Command, files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, content) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("creates");
            std::fs::write(path, content).expect("writes");
        }
        command.arg(folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::inherit()).spawn().expect("the store starts");
        let out = child.stdout.take().expect("its output");
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).expect("its output is text");
        let Ok(facts) = serde_json::from_str(&line) else {
            let _ = child.kill();
            let _ = child.wait();
            panic!("the store does not start: it says `{line}`");
        };
        Self { child, facts, _files: folder }
    }

    /// A fact of the store: `url`, a key, a signature.
    ///
    /// # Panics
    /// It has no such fact.
    pub fn fact(&self, name: &str) -> &str {
        self.facts[name].as_str().unwrap_or_else(|| panic!("no {name}: {}", self.facts))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // It ends with its input; what does not is ended.
        drop(self.child.stdin.take());
        for _ in 0..200 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
