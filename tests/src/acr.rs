//! The door of an Azure Container Registry before a real registry, by its documented wire: a token of
//! Microsoft Entra is exchanged for one of the registry's own, and that one for those of calls.

use std::collections::BTreeSet;

use serde_json::json;

use crate::fake::{Call, Fake, Reply, Site};
use crate::faults::Forward;
use crate::registry::Registry;

/// The door.
pub struct Acr {
    own: String,
    behind: Forward,
    /// Tokens of Microsoft Entra that it takes.
    pub entra: BTreeSet<String>,
    /// Its own tokens that are good.
    pub own_tokens: BTreeSet<String>,
    /// What each exchange was asked with.
    pub exchanges: Vec<String>,
    /// The scopes of the tokens for calls, in order.
    pub scopes: Vec<String>,
    /// Whether everybody may read.
    pub open: bool,
    access: BTreeSet<(String, String)>,
}

impl Acr {
    /// Stands before `registry`.
    ///
    /// # Panics
    /// Loopback has no free port.
    pub fn before(registry: &Registry) -> Fake<Self> {
        let behind = Forward::new(&format!("http://{}", registry.host));
        Fake::start(|own| Self {
            own: own.to_owned(),
            behind,
            entra: BTreeSet::new(),
            own_tokens: BTreeSet::new(),
            exchanges: Vec::new(),
            scopes: Vec::new(),
            open: false,
            access: BTreeSet::new(),
        })
    }

    fn service(&self) -> &str {
        self.own.trim_start_matches("http://")
    }

    fn exchange(&mut self, form: &Call) -> Reply {
        let field = |name: &str| form.asked(name).unwrap_or_default().to_owned();
        self.exchanges.push(field("access_token"));
        if field("grant_type") != "access_token" || field("service") != self.service() {
            return refused(400, "UNSUPPORTED", "the form is not that of an exchange");
        }
        if !self.entra.contains(&field("access_token")) {
            return refused(401, "UNAUTHORIZED", "AAD token validation failed");
        }
        let token = format!("own-{}", self.exchanges.len());
        self.own_tokens.insert(token.clone());
        Reply::json(200, &json!({"refresh_token": token}))
    }

    fn token(&mut self, call: &Call, form: &Call) -> Reply {
        let field = |name: &str| form.asked(name).unwrap_or_default().to_owned();
        let anonymous = call.method == "GET" && call.header("authorization").is_none();
        let scope = if anonymous { call.asked("scope") } else { form.asked("scope") };
        let scope = scope.unwrap_or_default().to_owned();
        let lets = match anonymous {
            true => self.open && scope.ends_with(":pull"),
            false => {
                field("grant_type") == "refresh_token"
                    && field("service") == self.service()
                    && self.own_tokens.contains(&field("refresh_token"))
            }
        };
        if !lets {
            return refused(401, "UNAUTHORIZED", "authentication required");
        }
        self.scopes.push(scope.clone());
        let token = format!("access-{}", self.scopes.len());
        let actions = scope.rsplit(':').next().unwrap_or_default();
        self.access.extend(actions.split(',').map(|action| (token.clone(), action.to_owned())));
        Reply::json(200, &json!({"access_token": token}))
    }

    fn lets_in(&self, call: &Call) -> bool {
        let action = if matches!(call.method.as_str(), "GET" | "HEAD") { "pull" } else { "push" };
        let shown = call.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        shown.is_some_and(|token| self.access.contains(&(token.to_owned(), action.to_owned())))
    }
}

fn refused(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({"errors": [{"code": code, "message": message}]}))
}

impl Site for Acr {
    fn answer(&mut self, call: &Call) -> Reply {
        let form = String::from_utf8_lossy(&call.body).into_owned();
        match (call.method.as_str(), call.path.as_str()) {
            ("POST", "/oauth2/exchange") => {
                self.exchange(&Call::new("POST", "/", &form, Default::default(), Vec::new()))
            }
            (_, "/oauth2/token") => {
                self.token(call, &Call::new("POST", "/", &form, Default::default(), Vec::new()))
            }
            _ if self.lets_in(call) => self.behind.ask(call, &["authorization"]),
            _ => {
                let (own, service) = (&self.own, self.service());
                let challenge =
                    format!("Bearer realm=\"{own}/oauth2/token\",service=\"{service}\"");
                refused(401, "UNAUTHORIZED", "authentication required")
                    .header("www-authenticate", challenge)
            }
        }
    }
}
