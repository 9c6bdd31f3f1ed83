//! A door before a registry: it lets in who shows a token, gives tokens to who knows the password,
//! and takes them back after some calls.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::blocking::Client;

use crate::fake::{Call, Fake, Reply, Site};
use crate::registry::Registry;

/// Headers that belong to one connection.
const OWN: [&str; 5] =
    ["connection", "content-length", "transfer-encoding", "accept-encoding", "authorization"];

/// The door.
pub struct Door {
    own: String,
    to: String,
    client: Client,
    /// Calls that a token is good for; none: there is no door.
    good_for: Option<usize>,
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
        Self::start(&format!("http://{}", registry.host), Some(good_for))
    }

    /// Stands open: what goes wrong is said by rules of the fake.
    ///
    /// # Panics
    /// Loopback has no free port.
    pub fn open(url: &str) -> Fake<Self> {
        Self::start(url, None)
    }

    fn start(to: &str, good_for: Option<usize>) -> Fake<Self> {
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Fake::start(|own| Self {
            own: own.to_owned(),
            to: to.to_owned(),
            client,
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
        self.left = self.good_for.unwrap_or_default();
        Reply::json(200, &serde_json::json!({"token": format!("t{}", self.scopes.len())}))
    }

    fn lets_in(&mut self, call: &Call) -> bool {
        if self.good_for.is_none() {
            return true;
        }
        let token = format!("Bearer t{}", self.scopes.len());
        let good = call.header("authorization") == Some(token.as_str()) && self.left > 0;
        self.left = self.left.saturating_sub(usize::from(good));
        good
    }

    fn ask(&self, call: &Call) -> reqwest::Result<Reply> {
        let mut url =
            reqwest::Url::parse(&format!("{}{}", self.to, call.path)).expect("an address");
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut request = self.client.request(call.method.parse().expect("a method"), url);
        for (name, value) in call.headers.iter().filter(|(name, _)| !OWN.contains(&name.as_str())) {
            request = request.header(name, value);
        }
        let answer = request.body(call.body.clone()).send()?;
        let status = answer.status().as_u16();
        let text = |value: &reqwest::header::HeaderValue| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        let kept =
            |name: &str| !OWN.contains(&name) || name == "content-length" && call.method == "HEAD";
        let headers = answer.headers().iter().filter(|(name, _)| kept(name.as_str()));
        let headers = headers.map(|(name, value)| (name.to_string(), text(value))).collect();
        Ok(Reply { status, headers, body: answer.bytes()?.to_vec() })
    }
}

impl Site for Door {
    fn answer(&mut self, call: &Call) -> Reply {
        if call.path == "/token" && self.good_for.is_some() {
            return self.token(call);
        }
        if !self.lets_in(call) {
            let own = &self.own;
            let challenge = format!("Bearer realm=\"{own}/token\",service=\"acme\"");
            return Reply::empty(401).header("www-authenticate", challenge);
        }
        // A blocking client may not run where the fake's own server runs.
        match std::thread::scope(|scope| scope.spawn(|| self.ask(call)).join()) {
            Ok(Ok(reply)) => reply,
            _ => Reply::empty(502),
        }
    }
}
