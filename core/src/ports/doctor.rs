//! What `doctor` looks at: one small question to one backend each.

use crate::domain::error::Result;

/// What a probe found, where it is well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// In plain words.
    pub message: String,
    /// What is not wrong, and still better otherwise.
    pub warning: Option<String>,
}

impl Found {
    /// All is well.
    pub fn well(message: impl Into<String>) -> Self {
        Self { message: message.into(), warning: None }
    }

    /// It works, and `warning` says what would be better.
    pub fn but(message: impl Into<String>, warning: impl Into<String>) -> Self {
        Self { message: message.into(), warning: Some(warning.into()) }
    }
}

/// The question itself.
pub type Ask = Box<dyn FnOnce() -> Result<Found>>;

/// A question to a backend. A backend has as many as can go wrong on their own: that it is named
/// rightly, that it can be reached, that the login is taken, that it may be written.
pub struct Probe {
    /// What is asked about, in kebab-case; unique.
    pub id: &'static str,
    /// The probe without which this one would only fail for the same reason.
    pub needs: Option<&'static str>,
    /// The question. What is wrong comes back as an error with a hint.
    pub ask: Ask,
}

impl Probe {
    /// A probe that stands alone.
    pub fn new(id: &'static str, ask: impl FnOnce() -> Result<Found> + 'static) -> Self {
        Self { id, needs: None, ask: Box::new(ask) }
    }

    /// Only where the probe `other` found all well.
    #[must_use]
    pub fn after(mut self, other: &'static str) -> Self {
        self.needs = Some(other);
        self
    }
}
