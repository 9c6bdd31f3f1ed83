//! Logins: the job's own identity, applications, machines.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::errors::entra;
use super::world::{Answer, CLIENT, SECRET, TENANT, World};
use crate::fake::{Call, Reply};

/// Kind of an assertion, by RFC 7523.
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Who may ask for an assertion.
const REQUEST_TOKEN: &str = "Bearer rt";

impl World {
    /// A token of the job's own identity, as GitHub makes them.
    pub(super) fn oidc(&mut self, call: &Call) -> Answer {
        if call.header("authorization") != Some(REQUEST_TOKEN) {
            return Err(Reply::json(401, &json!({"message": "Unauthorized"})));
        }
        if call.asked("audience") != Some("api://AzureADTokenExchange") {
            self.violated(call, "another audience");
        }
        self.assertions += 1;
        let claims = json!({"sub": "repo:acme/churn:ref:refs/heads/main", "n": self.assertions});
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let token = format!("{}.{}.c2ln", part(json!({"alg": "none"})), part(claims));
        Ok(Reply::json(200, &json!({"count": 1, "value": token})))
    }

    /// A token for an application.
    pub(super) fn token(&mut self, call: &Call, tenant: &str) -> Answer {
        if call.header("content-type") != Some("application/x-www-form-urlencoded") {
            self.violated(call, "no form");
        }
        let form = String::from_utf8_lossy(&call.body).into_owned();
        let form = Call::new("POST", "/", &form, Default::default(), Vec::new()).query;
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        if tenant != TENANT {
            let words = format!("Tenant '{tenant}' not found.");
            return Err(entra(400, "invalid_request", 90002, &words));
        }
        if field("client_id") != CLIENT {
            let words = format!("Application '{}' was not found.", field("client_id"));
            return Err(entra(400, "unauthorized_client", 700016, &words));
        }
        let known = ["client_id", "grant_type", "scope", "client_secret", "client_assertion"];
        let known = |name: &&String| {
            known.contains(&name.as_str()) || name.as_str() == "client_assertion_type"
        };
        if field("grant_type") != "client_credentials" || !form.keys().all(|k| known(&k)) {
            self.violated(call, "no client credentials grant");
        }
        match (field("client_secret"), field("client_assertion")) {
            (SECRET, "") => {}
            ("", assertion) if assertion.split('.').count() == 3 => {
                if field("client_assertion_type") != ASSERTION {
                    self.violated(call, "no kind of the assertion");
                }
                if assertion.ends_with(".wrong") {
                    let words = "No matching federated identity record found.";
                    return Err(entra(400, "invalid_request", 700213, words));
                }
            }
            (wrong, _) => {
                let words = format!("Invalid client secret provided: {wrong}");
                return Err(entra(401, "invalid_client", 7000215, &words));
            }
        }
        let token = self.give(field("scope"));
        let body = json!({
            "token_type": "Bearer", "expires_in": self.life, "ext_expires_in": self.life,
            "access_token": token,
        });
        Ok(Reply::json(200, &body))
    }

    /// A token for the machine itself.
    pub(super) fn machine(&mut self, call: &Call) -> Answer {
        let asked = (call.header("metadata"), call.header("x-identity-header"));
        if !matches!(asked, (Some("true"), _) | (_, Some("header-value"))) {
            return Err(Reply::json(400, &json!({"error": "invalid_request"})));
        }
        if call.asked("client_id").is_some_and(|client| client != CLIENT) {
            let words =
                json!({"error": "invalid_request", "error_description": "Identity not found"});
            return Err(Reply::json(400, &words));
        }
        let token = self.give(call.asked("resource").unwrap_or_default());
        let ends = (jiff::Timestamp::now().as_second() as u64 + self.life).to_string();
        let body = json!({"access_token": token, "expires_on": ends, "token_type": "Bearer"});
        Ok(Reply::json(200, &body))
    }

    fn give(&mut self, scope: &str) -> String {
        self.given += 1;
        let audience = match scope {
            scope if scope.contains("storage") => "storage",
            scope if scope.starts_with("https://containerregistry.azure.net") => "registry",
            _ => "manager",
        };
        let token = format!("{audience}-token-{}", self.given);
        self.tokens.insert(token.clone());
        token
    }
}
