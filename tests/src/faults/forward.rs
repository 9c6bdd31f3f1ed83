//! Hands calls on to a real server.

use reqwest::blocking::Client;

use crate::fake::{Call, Fake, Reply, Site};

/// Headers that belong to one connection. `host` stays: signatures are of it.
const OWN: [&str; 4] = ["connection", "content-length", "transfer-encoding", "accept-encoding"];

/// A site that asks another server. What goes wrong on the way is said by
/// [`Rule`](crate::fake::Rule)s of the fake.
pub struct Forward {
    to: String,
    client: Client,
}

impl Forward {
    /// Hands on to the server at `to`.
    ///
    /// # Panics
    /// There is no client.
    pub fn new(to: &str) -> Self {
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self { to: to.to_owned(), client }
    }

    /// A proxy before the server at `to`.
    ///
    /// # Panics
    /// Loopback has no free port.
    pub fn before(to: &str) -> Fake<Self> {
        Fake::start(|_| Self::new(to))
    }

    /// The server's answer to a call, without these headers of the call.
    pub fn ask(&self, call: &Call, without: &[&str]) -> Reply {
        // A blocking client may not run where the fake's own server runs.
        let asked = std::thread::scope(|scope| scope.spawn(|| self.sent(call, without)).join());
        match asked {
            Ok(Ok(reply)) => reply,
            Ok(Err(error)) => Reply::bytes(502, "text/plain", error.to_string().into_bytes()),
            Err(_) => Reply::empty(502),
        }
    }

    fn sent(&self, call: &Call, without: &[&str]) -> reqwest::Result<Reply> {
        let mut url =
            reqwest::Url::parse(&format!("{}{}", self.to, call.path)).expect("an address");
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut request = self.client.request(call.method.parse().expect("a method"), url);
        let kept = |name: &str| !OWN.contains(&name) && !without.contains(&name);
        for (name, value) in call.headers.iter().filter(|(name, _)| kept(name)) {
            request = request.header(name, value);
        }
        let answer = request.body(call.body.clone()).send()?;
        let status = answer.status().as_u16();
        let text = |value: &reqwest::header::HeaderValue| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        // The length of a body that is not sent along is told all the same.
        let kept =
            |name: &str| !OWN.contains(&name) || name == "content-length" && call.method == "HEAD";
        let headers = answer.headers().iter().filter(|(name, _)| kept(name.as_str()));
        let headers = headers.map(|(name, value)| (name.to_string(), text(value))).collect();
        Ok(Reply { status, headers, body: answer.bytes()?.to_vec() })
    }
}

impl Site for Forward {
    fn answer(&mut self, call: &Call) -> Reply {
        self.ask(call, &[])
    }
}
