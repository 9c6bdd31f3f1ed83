//! Debian's `docker-registry`, on a free port of loopback, with logins and its files in a temporary
//! folder.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The hash of the password `s3cret` by bcrypt, as `htpasswd -B` writes it.
const USERS: &str = "acme:$2y$05$abcdefghijklmnopqrstuuLK7U1u6pVRmL7L1BBM2aS35PSZnDXlK\n";

/// A running registry. Its user is `acme` with the password `s3cret`.
pub struct Registry {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub host: String,
    folder: TempDir,
}

impl Registry {
    /// Starts one. `login`: only for those who log in.
    ///
    /// # Panics
    /// It was not installed, or does not start.
    pub fn start(login: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let host = free.local_addr().expect("an address").to_string();
        drop(free);
        std::fs::write(folder.path().join("users"), USERS).expect("writes");
        let data = folder.path().join("data");
        let mut config = format!(
            "version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\n\
             storage: {{filesystem: {{rootdirectory: '{}'}}, delete: {{enabled: true}}}}\n\
             http: {{addr: '{host}', relativeurls: true}}\n",
            data.display()
        );
        if login {
            let users = folder.path().join("users");
            config.push_str(&format!(
                "auth: {{htpasswd: {{realm: acme, path: '{}'}}}}\n",
                users.display()
            ));
        }
        let file = folder.path().join("config.yml");
        std::fs::write(&file, config).expect("writes");
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(&file).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.stderr(Stdio::null()).spawn().unwrap_or_else(|e| {
            panic!("docker-registry: {e}: install it (Debian: apt-get install docker-registry)")
        });
        let registry = Self { child, host, folder };
        registry.wait();
        registry
    }

    fn wait(&self) {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(20) {
            if std::net::TcpStream::connect(&self.host).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("docker-registry does not answer at {}", self.host);
    }

    /// A folder for `DOCKER_CONFIG`, as `docker login` would leave it.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn docker_config(&self, name: &str, password: &str) -> PathBuf {
        use base64::Engine as _;
        let auth = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"));
        let config = serde_json::json!({"auths": {self.host.as_str(): {"auth": auth}}});
        let folder = self.folder.path().join(format!("docker-{name}"));
        std::fs::create_dir_all(&folder).expect("creates");
        std::fs::write(folder.join("config.json"), config.to_string()).expect("writes");
        folder
    }

    /// Replaces the bytes of a blob, as a damaged disk or a person would.
    ///
    /// # Panics
    /// It is not there.
    pub fn overwrite(&self, hex: &str, bytes: &[u8]) {
        std::fs::write(self.blob(hex), bytes).expect("writes");
    }

    /// Removes the bytes of a blob, as a person would.
    ///
    /// # Panics
    /// It is not there.
    pub fn remove(&self, hex: &str) {
        std::fs::remove_file(self.blob(hex)).expect("removes");
    }

    fn blob(&self, hex: &str) -> PathBuf {
        let blobs = self.folder.path().join("data/docker/registry/v2/blobs/sha256");
        let place = blobs.join(&hex[..2]).join(hex).join("data");
        assert!(place.is_file(), "{} is not there", place.display());
        place
    }

    /// How many layers, manifests and unfinished uploads a repository has.
    pub fn count(&self, repository: &str) -> [usize; 3] {
        let at = self.folder.path().join("data/docker/registry/v2/repositories").join(repository);
        let entries = |path: &str| files(&at.join(path));
        [entries("_layers/sha256"), entries("_manifests/revisions/sha256"), entries("_uploads")]
    }
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, |entries| entries.flatten().count())
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
