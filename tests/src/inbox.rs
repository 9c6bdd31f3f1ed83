//! A server that takes webhooks, and keeps what it was sent.

use serde_json::Value;

use crate::fake::{Call, Fake, Reply, Site};

/// The secret part of the address.
pub const SECRET: &str = "/services/T0000/B0000/0123456789abcdefghij";

/// What was taken.
#[derive(Default)]
pub struct Inbox {
    /// Bodies with their content types, in order.
    pub taken: Vec<(String, Value)>,
}

impl Inbox {
    /// Starts a server.
    ///
    /// # Panics
    /// Loopback has no free port.
    pub fn start() -> Fake<Self> {
        Fake::start(|_| Self::default())
    }
}

impl Site for Inbox {
    /// Takes JSON by POST at the secret path with its query, and nothing else.
    fn answer(&mut self, call: &Call) -> Reply {
        let kind = call.header("content-type").unwrap_or_default().to_owned();
        let json = call.json();
        let known = call.method == "POST"
            && call.path == SECRET
            && call.asked("sig") == Some("s3cr3t-s1gnature");
        if !known || !kind.starts_with("application/") || !json.is_object() {
            return Reply::bytes(400, "text/plain", b"invalid_payload".to_vec());
        }
        self.taken.push((kind, json));
        Reply::bytes(200, "text/plain", b"ok".to_vec())
    }
}
