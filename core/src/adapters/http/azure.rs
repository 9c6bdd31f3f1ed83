//! What Azure's servers put into their errors besides a message: the code that says what is wrong is
//! inside `details` or `additionalInfo`, and so is the id by which their operators find the call.

use serde_json::Value;

/// Deepest nesting that is looked at.
const DEEP: usize = 4;

/// The details of an error, each as `Code: message`, the code alone, or the message alone.
pub(super) fn details(answer: &Value) -> Vec<String> {
    let (mut found, error) = (Vec::new(), &answer["error"]);
    // `UserError` says nothing, and a code without a message is quoted as one.
    let code = error["code"].as_str().filter(|code| !matches!(*code, "" | "UserError"));
    found.extend(code.filter(|_| error["message"].is_string()).map(str::to_owned));
    gather(error, DEEP, &mut found);
    found
}

fn gather(error: &Value, deep: usize, found: &mut Vec<String>) {
    if deep == 0 {
        return;
    }
    for detail in error["details"].as_array().into_iter().flatten() {
        let text = |name: &str| detail[name].as_str().filter(|text| !text.is_empty());
        match (text("code"), text("message")) {
            (Some(code), Some(message)) => found.push(format!("{code}: {message}")),
            (one, other) => found.extend(one.or(other).map(str::to_owned)),
        }
        gather(detail, deep - 1, found);
    }
    let mut inner = &error["innererror"];
    for info in error["additionalInfo"].as_array().into_iter().flatten() {
        if info["type"] == "InnerError" {
            inner = &info["info"]["value"];
        }
    }
    for _ in 0..deep {
        found.extend(inner["code"].as_str().map(str::to_owned));
        inner =
            if inner["innerError"].is_null() { &inner["innererror"] } else { &inner["innerError"] };
    }
}

/// The id by which the server's operators find the call.
pub(super) fn correlation(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    if let Some(id) = answer["correlation_id"].as_str() {
        return Some(id.to_owned());
    }
    let infos = answer["error"]["additionalInfo"].as_array()?;
    let info = infos.iter().find(|info| info["type"] == "Correlation")?;
    info["info"]["value"]["operation"].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_code_that_says_what_is_wrong_is_found_inside() {
        let answer = json!({"error": {
            "code": "UserError", "message": "not found",
            "details": [{"code": "ModelNotFound", "message": "no model X"}, {"message": "m"}, {}],
            "additionalInfo": [
                {"type": "Correlation", "info": {"value": {"operation": "op1", "request": "r1"}}},
                {"type": "InnerError", "info": {"value": {"code": "NotFound", "innerError": {"code": "Gone"}}}},
            ],
        }});
        assert_eq!(details(&answer), ["ModelNotFound: no model X", "m", "NotFound", "Gone"]);
        assert_eq!(correlation(answer.to_string().as_bytes()).as_deref(), Some("op1"));
        assert!(details(&json!([])).is_empty() && correlation(b"<html>").is_none());
    }
}
