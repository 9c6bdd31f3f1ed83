//! The server that gives a job its OpenID Connect token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::permissions::message;
use super::site::GitHubSite;
use crate::fake::{Call, Reply};

/// The request token that is accepted.
const REQUEST_TOKEN: &str = "rt";

pub(super) fn token(site: &mut GitHubSite, call: &Call) -> Reply {
    if call.header("authorization") != Some(&format!("Bearer {REQUEST_TOKEN}")) {
        return message(401, "Unauthorized");
    }
    let (Some("2.0"), Some(audience)) = (call.asked("api-version"), call.asked("audience")) else {
        site.violated(call, "no api-version or no audience");
        return message(400, "Bad Request");
    };
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({
        "aud": audience,
        "sub": format!("repo:{}:ref:refs/heads/main", site.repository),
        "iss": "https://token.actions.githubusercontent.com",
    });
    let token = format!("{}.{}.c2lnbmF0dXJl", part(json!({ "alg": "none" })), part(claims));
    Reply::json(200, &json!({ "count": 1, "value": token }))
}
