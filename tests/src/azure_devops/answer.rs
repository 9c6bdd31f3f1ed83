//! Answers in the server's shapes.

use serde_json::{Value, json};

use crate::fake::Reply;

/// An answer, or the refusal of a call.
pub(super) type Answer = Result<Reply, Reply>;

/// Success.
pub(super) fn ok(body: Value) -> Answer {
    Ok(Reply::json(200, &body))
}

/// A list.
pub(super) fn list(items: Vec<Value>) -> Answer {
    ok(json!({"count": items.len(), "value": items}))
}

/// A refusal with the server's kind of body.
pub(super) fn refusal(status: u16, type_key: &str, message: &str) -> Reply {
    Reply::json(
        status,
        &json!({
            "$id": "1", "innerException": null, "message": message, "typeKey": type_key,
            "errorCode": 0, "eventId": 3000,
        }),
    )
    .header("x-vss-e2eid", "00000000-0000-0000-0000-000000000001")
}

/// It does not exist.
pub(super) fn missing(what: &str) -> Reply {
    refusal(404, "NotFoundException", &format!("{what} does not exist."))
}
