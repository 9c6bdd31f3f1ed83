//! What an endpoint keeps on disk: address, token, slots, packages and logs.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::digest::Digest;
use crate::domain::endpoint::Traffic;
use crate::domain::error::{Error, Result};
use crate::domain::name::ModelName;
use crate::domain::rollout::Pinned;

/// Where a running server is found: `endpoint.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Address {
    /// The endpoint's name.
    pub(super) name: String,
    /// Its URL.
    pub(super) url: String,
    /// The server's process.
    pub(super) pid: u32,
}

/// What is loaded and how requests are shared out: `state.json`, written before it is so.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// The port, so that a restart takes the same.
    pub(super) port: u16,
    /// The slots.
    pub(super) slots: Vec<Saved>,
    /// The shares.
    pub(super) traffic: Traffic,
}

/// One slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Saved {
    /// The model.
    pub(super) model: ModelName,
    /// The version.
    pub(super) pinned: Pinned,
}

/// The folder.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes the folder, if need be.
    ///
    /// # Errors
    /// It cannot be made.
    pub(super) fn create(path: &Path) -> Result<Self> {
        let absolute = std::path::absolute(path).map_err(|e| Error::io("resolve", path, e))?;
        let folder = Self(absolute);
        for part in [folder.0.clone(), folder.packages(), folder.logs(), folder.children()] {
            std::fs::create_dir_all(&part).map_err(|e| Error::io("create", &part, e))?;
        }
        Ok(folder)
    }

    /// The folder of an endpoint that may run.
    pub(super) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Takes the folder for this process, until the file is dropped.
    ///
    /// # Errors
    /// Another server has it.
    pub(super) fn lock(&self) -> Result<File> {
        let path = self.0.join("lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|e| Error::io("open", &path, e))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(std::fs::TryLockError::WouldBlock) => {
                let whose = self.address().map_or_else(
                    |_| "another server".to_owned(),
                    |a| format!("a server (process {}) at {}", a.pid, a.url),
                );
                Err(Error::conflict(format!("{whose} already serves this endpoint"))
                    .hint("stop that server first, or give the endpoint another name"))
            }
            Err(std::fs::TryLockError::Error(e)) => Err(Error::io("lock", &path, e)),
        }
    }

    /// The token of the control API; made on first use, readable by the owner alone.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub(super) fn token(&self) -> Result<String> {
        if let Ok(token) = self.read_token() {
            return Ok(token);
        }
        use std::fmt::Write as _;
        let secret: [u8; 32] = rand::random();
        let mut token = String::with_capacity(64);
        for byte in secret {
            let _ = write!(token, "{byte:02x}");
        }
        write_whole(&self.0.join("token"), token.as_bytes())?;
        Ok(token)
    }

    /// The token of an endpoint that runs.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn read_token(&self) -> Result<String> {
        let path = self.0.join("token");
        let token = std::fs::read_to_string(&path).map_err(|e| Error::io("read", &path, e))?;
        let token = token.trim().to_owned();
        if token.len() < 32 {
            return Err(Error::integrity(format!("{} holds no token", path.display()))
                .hint("remove the file and start the server again"));
        }
        Ok(token)
    }

    /// Where the server is found.
    ///
    /// # Errors
    /// No server said so.
    pub(super) fn address(&self) -> Result<Address> {
        read_json(&self.0.join("endpoint.json"))
    }

    /// Says where the server is found.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn set_address(&self, address: &Address) -> Result<()> {
        write_json(&self.0.join("endpoint.json"), address)
    }

    /// Says that no server is to be found.
    pub(super) fn remove_address(&self) {
        let _ = std::fs::remove_file(self.0.join("endpoint.json"));
    }

    /// What was served last; nothing where nothing was.
    ///
    /// # Errors
    /// The file is there but cannot be read.
    pub(super) fn state(&self) -> Result<State> {
        let path = self.0.join("state.json");
        if path.exists() { read_json(&path) } else { Ok(State::default()) }
    }

    /// Writes down what is to be served.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn set_state(&self, state: &State) -> Result<()> {
        write_json(&self.0.join("state.json"), state)
    }

    /// Folder of one package.
    pub(super) fn package(&self, digest: &Digest) -> PathBuf {
        self.packages().join(digest.hex())
    }

    /// Folder of packages.
    pub(super) fn packages(&self) -> PathBuf {
        self.0.join("packages")
    }

    /// Folder of the request log.
    pub(super) fn logs(&self) -> PathBuf {
        self.0.join("log")
    }

    /// Folder of notes and output of child processes.
    pub(super) fn children(&self) -> PathBuf {
        self.0.join("children")
    }
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = std::fs::read(path).map_err(|e| Error::io("read", path, e))?;
    serde_json::from_slice(&bytes).map_err(|e| {
        Error::integrity(format!("{} cannot be read: {e}", path.display()))
            .hint("remove the file; the next deploy loads what is to be served")
    })
}

fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let bytes = serde_json::to_vec_pretty(value).map_err(|e| Error::internal(e.to_string()))?;
    write_whole(path, &bytes)
}

/// Writes to a temporary name (mode 0600) beside `path`, then renames.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |e| Error::io("write", path, e);
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_data().map_err(failed)?;
    file.persist(path).map(drop).map_err(|e| failed(e.error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_token_is_kept_and_private() {
        use std::os::unix::fs::PermissionsExt;
        let temp = tempfile::tempdir().unwrap();
        let folder = Folder::create(temp.path()).unwrap();
        let token = folder.token().unwrap();
        assert_eq!(token.len(), 64);
        assert_eq!(folder.token().unwrap(), token);
        let mode = std::fs::metadata(temp.path().join("token")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_second_server_is_refused_by_name() {
        let temp = tempfile::tempdir().unwrap();
        let folder = Folder::create(temp.path()).unwrap();
        let _held = folder.lock().unwrap();
        let address = Address { name: "acme".into(), url: "http://127.0.0.1:1".into(), pid: 42 };
        folder.set_address(&address).unwrap();
        let error = folder.lock().unwrap_err();
        assert!(error.to_string().contains("process 42"), "{error}");
    }
}
