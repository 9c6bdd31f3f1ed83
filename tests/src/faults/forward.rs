//! Hands calls on to a real server.

use reqwest::blocking::Client;

use crate::fake::{Call, Fake, Reply, Site};

/// Headers that belong to one connection.
const OWN: [&str; 5] =
    ["host", "connection", "content-length", "transfer-encoding", "accept-encoding"];

/// A site that asks another server. What goes wrong on the way is said by
/// [`Rule`](crate::fake::Rule)s of the fake.
pub struct Forward {
    to: String,
    client: Client,
}

impl Forward {
    /// A proxy before the server at `to`.
    ///
    /// # Panics
    /// Loopback has no free port.
    pub fn before(to: &str) -> Fake<Self> {
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Fake::start(|_| Self { to: to.to_owned(), client })
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
        let headers: Vec<(String, String)> = answer
            .headers()
            .iter()
            .filter(|(name, _)| !OWN.contains(&name.as_str()))
            .map(|(name, value)| {
                (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        Ok(Reply { status, headers, body: answer.bytes()?.to_vec() })
    }
}

impl Site for Forward {
    fn answer(&mut self, call: &Call) -> Reply {
        // A blocking client may not run where the fake's own server runs.
        let asked = std::thread::scope(|scope| scope.spawn(|| self.ask(call)).join());
        match asked {
            Ok(Ok(reply)) => reply,
            Ok(Err(error)) => Reply::bytes(502, "text/plain", error.to_string().into_bytes()),
            Err(_) => Reply::empty(502),
        }
    }
}
