//! `repository_dispatch`: tells a repository that a training is due; its workflows listen.

use serde_json::{Value, json};

use super::runs::{Runs, Sent};
use crate::adapters::github::{GitHub, Login, Permission};
use crate::adapters::http::{self, Request};
use crate::domain::error::{Error, Result};
use crate::domain::retrain::Reason;
use crate::ports::trigger::{RunState, Started, TrainingRequest, Trigger};

/// Characters of an event's type.
const TYPE: usize = 100;
/// Characters of a payload on GitHub.
const PAYLOAD: usize = 65_535;
/// Characters of one reason's message.
const MESSAGE: usize = 1_000;

/// Sends a `repository_dispatch`.
pub struct DispatchTrigger {
    github: GitHub,
    event_type: String,
}

impl DispatchTrigger {
    /// A trigger; nothing is sent yet.
    ///
    /// # Errors
    /// An event type that GitHub does not take; as [`GitHub::new`].
    pub fn new(login: Login, event_type: &str) -> Result<Self> {
        let length = event_type.chars().count();
        if length == 0 || length > TYPE {
            return Err(Error::config(format!(
                "`retrain.dispatch.event-type` has {length} characters"
            ))
            .hint(format!("GitHub takes 1 to {TYPE}, such as `outerloop-retrain`")));
        }
        Ok(Self { github: GitHub::new(login)?, event_type: event_type.to_owned() })
    }

    fn runs(&self) -> Runs<'_> {
        Runs {
            github: &self.github,
            request: Request::get(&self.github.path(&["actions", "runs"]))
                .query("event", "repository_dispatch"),
            needs: Permission::Runs,
            page: format!("{}/actions?query=event%3Arepository_dispatch", self.github.web()),
        }
    }

    fn send(&self, request: &TrainingRequest) -> http::Result<Sent> {
        let body = json!({ "event_type": self.event_type, "client_payload": payload(request) });
        let path = self.github.path(&["dispatches"]);
        self.github.send(&Request::post(&path).json(&body), Permission::Contents)?;
        Ok(Sent::Taken)
    }
}

/// What the workflow gets as `github.event.client_payload`. Long messages are cut, and the last
/// reasons left out, until it fits.
fn payload(request: &TrainingRequest) -> Value {
    let short = |reason: &Reason| {
        let message: String = reason.message.chars().take(MESSAGE).collect();
        json!({ "code": reason.code, "message": message })
    };
    let mut reasons: Vec<Value> = request.reasons.iter().map(short).collect();
    loop {
        let payload = json!({ "event": request.event.to_string(), "model": request.model, "reasons": reasons });
        if payload.to_string().len() <= PAYLOAD || reasons.pop().is_none() {
            return payload;
        }
    }
}

impl Trigger for DispatchTrigger {
    fn name(&self) -> &'static str {
        "github-dispatch"
    }

    fn describe(&self) -> String {
        format!("sends a `{}` dispatch to {}", self.event_type, self.github.full_name())
    }

    fn preview(&self, _request: &TrainingRequest) -> Result<String> {
        let path = self.github.path(&[]);
        self.github.send(&Request::get(&path), Permission::Read)?;
        Ok(format!(
            "{}; every workflow there with `repository_dispatch: {{types: [{}]}}` starts",
            self.describe(),
            self.event_type
        ))
    }

    fn start(&self, request: &TrainingRequest) -> Result<Started> {
        self.runs().start_once(request.event, |failure| failure, || self.send(request))
    }

    fn state(&self, started: &Started) -> Result<RunState> {
        self.runs().state(started)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::digest::Digest;

    #[test]
    fn a_payload_with_many_long_reasons_fits() {
        let reason = |n: usize| Reason { code: "drift".to_owned(), message: "é\"".repeat(n) };
        let request = TrainingRequest {
            model: "churn".parse().unwrap(),
            event: Digest::of(b"event"),
            reasons: (0..200).map(|_| reason(5_000)).collect(),
        };
        let payload = payload(&request);
        assert!(payload.to_string().len() <= PAYLOAD);
        let kept = payload["reasons"].as_array().unwrap();
        assert!(kept.len() > 10 && kept.len() < 200, "{}", kept.len());
        assert_eq!(payload["event"], Digest::of(b"event").to_string());
    }
}
