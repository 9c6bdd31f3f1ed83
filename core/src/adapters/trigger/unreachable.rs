//! A training on a server that cannot be asked from here: it can be described, so that a dry run on
//! a laptop explains the policy, and it cannot be started.

use crate::domain::error::{Error, ErrorKind, Result};
use crate::ports::trigger::{RunState, Started, TrainingRequest, Trigger};

/// A training on a server that cannot be asked from here.
pub struct UnreachableTrigger {
    name: &'static str,
    what: String,
    kind: ErrorKind,
    why: String,
    hint: Option<String>,
}

impl UnreachableTrigger {
    /// `what` would be started by the trigger `name`, were it not for `error`.
    pub fn new(name: &'static str, what: String, error: &Error) -> Self {
        let hint = error.hint_text().map(str::to_owned);
        Self { name, what, kind: error.kind(), why: error.to_string(), hint }
    }

    fn error(&self) -> Error {
        let error = Error::new(self.kind, self.why.clone());
        match &self.hint {
            Some(hint) => error.hint(hint.clone()),
            None => error,
        }
    }
}

impl Trigger for UnreachableTrigger {
    fn name(&self) -> &'static str {
        self.name
    }

    fn describe(&self) -> String {
        format!("{}; from here it cannot be started: {}", self.what, self.why)
    }

    fn start(&self, _: &TrainingRequest) -> Result<Started> {
        Err(self.error())
    }

    fn state(&self, _: &Started) -> Result<RunState> {
        Err(self.error())
    }
}
