//! Operations that go on after the answer.

use std::time::Instant;

use serde_json::{Value, json};

use super::errors::service;
use super::server::API;
use super::world::{Answer, Operation, SUBSCRIPTION, World};
use crate::fake::{Call, Reply};

/// Where they are asked after.
fn place(id: &str) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.MachineLearningServices/locations/\
         eastus2/mfeOperationsStatus/{id}"
    )
}

impl World {
    /// Begins an operation and says so in `reply`, as the service does: with a signed address, and
    /// mostly without a time to come back at.
    pub(super) fn begin(&mut self, reply: Reply, end: Value) -> Reply {
        let id = format!("mfe:{}", self.operations.len() + 1);
        let address =
            format!("{}{}?api-version={API}&t=1&c=x%2Fy&s=z%3D&h=q", self.url, place(&id));
        let until = Instant::now() + self.lasts;
        self.operations.insert(id, Operation { left: self.slow, until, end });
        let reply = reply.header("azure-asyncoperation", address);
        let reply = reply.header("x-ms-async-operation-timeout", "PT1H30M");
        match self.retry_after {
            Some(wait) => reply.header("retry-after", wait),
            None => reply,
        }
    }

    pub(super) fn operation(&mut self, call: &Call, id: &str) -> Answer {
        if call.query.get("c").map(String::as_str) != Some("x/y") || !call.path.contains(id) {
            self.violated(call, "the signed address was changed");
        }
        let Some(operation) = self.operations.get_mut(id) else {
            return Err(service(404, "no such operation", &[]));
        };
        if operation.left > 0 || Instant::now() < operation.until {
            operation.left = operation.left.saturating_sub(1);
            let reply = Reply::json(
                200,
                &json!({
                    "id": place(id), "name": id, "startTime": "2026-01-01T00:00:00Z",
                    "endTime": "0001-01-01T00:00:00+00:00", "percentComplete": 0.0,
                    "status": "Updating",
                }),
            );
            return Ok(match self.retry_after {
                Some(wait) => reply.header("retry-after", wait),
                None => reply,
            });
        }
        let mut body = operation.end.clone();
        body["id"] = json!(place(id));
        body["name"] = json!(id);
        Ok(Reply::json(200, &body))
    }
}
