//! Whether a body has the fields that GitHub documents.

use serde_json::Value;

use super::permissions::message;
use super::site::GitHubSite;
use crate::fake::{Call, Reply};

/// The body, when it has every field of `required`, and none but those and `optional`. A field is
/// `name:kind`; kinds are `text`, `number`, `flag`, `list`, `object` and `any`.
pub(super) fn body(
    site: &mut GitHubSite,
    call: &Call,
    required: &[&str],
    optional: &[&str],
) -> Result<Value, Reply> {
    let body = call.json();
    let wrong = match body.as_object() {
        None => Some("the body is no JSON object".to_owned()),
        Some(_) => wrong(&body, required, optional),
    };
    match wrong {
        None => Ok(body),
        Some(why) => {
            site.violated(call, &why);
            Err(message(422, &format!("Invalid request.\n\n{why}")))
        }
    }
}

/// What is wrong with an object.
pub(super) fn wrong(object: &Value, required: &[&str], optional: &[&str]) -> Option<String> {
    let parts = |field: &&str| {
        let (name, kind) = field.split_once(':').expect("`name:kind`");
        (name.to_owned(), kind.to_owned())
    };
    let known: Vec<_> = required.iter().chain(optional).map(parts).collect();
    for (name, _) in required.iter().map(parts) {
        if object[&name].is_null() {
            return Some(format!("\"{name}\" wasn't supplied."));
        }
    }
    for (name, value) in object.as_object().into_iter().flatten() {
        match known.iter().find(|(n, _)| n == name) {
            None => return Some(format!("\"{name}\" is not a permitted key.")),
            Some((_, kind)) if !is(value, kind) => {
                return Some(format!("For '{name}', {value} is not a {kind}."));
            }
            Some(_) => {}
        }
    }
    None
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "text" => value.is_string(),
        "number" => value.is_u64(),
        "flag" => value.is_boolean(),
        "list" => value.is_array(),
        "object" => value.is_object(),
        "any" => true,
        other => panic!("`{other}` is no kind"),
    }
}
