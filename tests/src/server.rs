//! `outerloop serve`, on loopback, on a free port, stopped by its pid.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A running server.
pub struct Server {
    child: Child,
    /// Its address, `http://127.0.0.1:…`.
    pub url: String,
}

impl Server {
    /// Starts `command` and waits until the endpoint's state file names a live address.
    ///
    /// # Panics
    /// It ends, or does not come up in 30 s.
    pub fn start(mut command: Command, folder: &Path, endpoint: &str) -> Self {
        let child = command.stdout(Stdio::null()).spawn().expect("the server starts");
        let mut server = Self { child, url: String::new() };
        let state = folder.join(".outerloop/endpoints").join(endpoint).join("endpoint.json");
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if let Some(status) = server.child.try_wait().expect("can be waited for") {
                panic!("the server ended with {status}");
            }
            let json: Option<Value> =
                std::fs::read(&state).ok().and_then(|b| serde_json::from_slice(&b).ok());
            let pid = json.as_ref().and_then(|j| j["pid"].as_u64());
            if let Some(url) = json.as_ref().and_then(|j| j["url"].as_str())
                && pid == Some(u64::from(server.child.id()))
            {
                server.url = url.trim_end_matches('/').to_owned();
                return server;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the server did not come up in 30 s");
    }

    /// Ends it as a crash would.
    pub fn kill(mut self) {
        self.child.kill().expect("can be killed");
        self.child.wait().expect("can be waited for");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
