//! A door before a registry: it lets in who shows a token, gives tokens to who knows the password,
//! and takes them back after some calls.

use std::path::{Path, PathBuf};

use crate::fake::{Call, Fake, Reply, Site};
use crate::faults::Forward;
use crate::registry::Registry;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The door.
pub struct Door {
    own: String,
    behind: Forward,
    /// Calls that a token is good for.
    good_for: usize,
    left: usize,
    /// The scopes of the tokens that were given.
    pub scopes: Vec<String>,
}

impl Door {
    /// Stands before `registry`, with tokens that are good for so many calls.
    ///
    /// # Panics
    /// Loopback has no free port.
    pub fn before(registry: &Registry, good_for: usize) -> Fake<Self> {
        let behind = Forward::new(&format!("http://{}", registry.host));
        Fake::start(|own| Self {
            own: own.to_owned(),
            behind,
            good_for,
            left: 0,
            scopes: Vec::new(),
        })
    }

    /// A folder for `DOCKER_CONFIG` with a login at the door.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn docker_config(below: &Path, host: &str, name: &str, password: &str) -> PathBuf {
        let auth = STANDARD.encode(format!("{name}:{password}"));
        let config = serde_json::json!({"auths": {host: {"auth": auth}}});
        let folder = below.join(format!("docker-{password}"));
        std::fs::create_dir_all(&folder).expect("creates");
        std::fs::write(folder.join("config.json"), config.to_string()).expect("writes");
        folder
    }

    fn token(&mut self, call: &Call) -> Reply {
        let login = format!("Basic {}", STANDARD.encode("acme:s3cret"));
        if call.header("authorization") != Some(login.as_str()) {
            let said = serde_json::json!({"details": "incorrect username or password"});
            return Reply::json(401, &said);
        }
        self.scopes.push(call.asked("scope").unwrap_or_default().to_owned());
        self.left = self.good_for;
        Reply::json(200, &serde_json::json!({"token": format!("t{}", self.scopes.len())}))
    }

    fn lets_in(&mut self, call: &Call) -> bool {
        let token = format!("Bearer t{}", self.scopes.len());
        let good = call.header("authorization") == Some(token.as_str()) && self.left > 0;
        self.left = self.left.saturating_sub(usize::from(good));
        good
    }
}

impl Site for Door {
    fn answer(&mut self, call: &Call) -> Reply {
        if call.path == "/token" {
            return self.token(call);
        }
        if !self.lets_in(call) {
            let own = &self.own;
            let challenge = format!("Bearer realm=\"{own}/token\",service=\"acme\"");
            return Reply::empty(401).header("www-authenticate", challenge);
        }
        self.behind.ask(call, &["authorization"])
    }
}
