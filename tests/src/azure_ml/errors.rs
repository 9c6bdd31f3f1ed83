//! Refusals in the shapes of the service.

use serde_json::{Value, json};

use crate::fake::Reply;

/// The id by which operators find a call.
pub(super) const CORRELATION: &str = "0f0f0f0f-1111-2222-3333-444444444444";

/// A refusal of Azure Resource Manager.
pub(super) fn manager(status: u16, code: &str, message: &str) -> Reply {
    let body = json!({"error": {"code": code, "message": message}});
    Reply::json(status, &body).header("x-ms-correlation-request-id", CORRELATION)
}

/// A refusal of Azure Machine Learning: the useful code is in the details.
pub(super) fn service(status: u16, message: &str, details: &[(&str, &str)]) -> Reply {
    let details: Vec<Value> =
        details.iter().map(|(code, said)| json!({"code": code, "message": said})).collect();
    let correlation = json!({"operation": "op-1", "request": "req-1"});
    let body = json!({"error": {
        "code": "UserError",
        "message": message,
        "details": details,
        "additionalInfo": [
            {"type": "ComponentName", "info": {"value": "managementfrontend"}},
            {"type": "Correlation", "info": {"value": correlation}},
            {"type": "Environment", "info": {"value": "eastus2"}},
            {"type": "Location", "info": {"value": "eastus2"}},
            {"type": "Time", "info": {"value": "2026-01-01T00:00:00Z"}},
        ],
    }});
    Reply::json(status, &body)
}

/// A model or a version that is not there.
pub(super) fn absent(code: &str, message: &str) -> Reply {
    service(404, "The specified resource was not found.", &[(code, message)])
}

/// A refusal of Microsoft Entra.
pub(super) fn entra(status: u16, error: &str, number: u32, words: &str) -> Reply {
    let body = json!({
        "error": error,
        "error_description": format!("AADSTS{number}: {words}"),
        "error_codes": [number],
        "timestamp": "2026-01-01 00:00:00Z",
        "trace_id": "00000000-0000-0000-0000-0000000000aa",
        "correlation_id": CORRELATION,
    });
    Reply::json(status, &body)
}
