//! What the control API says, for both of its ends.

use serde::{Deserialize, Serialize};

use crate::domain::error::{Error, ErrorKind};
use crate::domain::name::ModelName;
use crate::domain::rollout::Pinned;

/// Body of `POST /control/load`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoadBody {
    /// The model.
    pub(super) model: ModelName,
    /// The version.
    pub(super) pinned: Pinned,
}

/// Body of `POST /control/unload`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnloadBody {
    /// The slot.
    pub(super) slot: String,
}

/// Body of every error; data requests give `error` alone.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ErrorBody {
    /// What went wrong.
    pub(super) error: String,
    /// Its class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<String>,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<String>,
    /// Whether the same call may succeed later.
    #[serde(default)]
    pub(super) retryable: bool,
}

const KINDS: [(ErrorKind, &str, u16); 13] = [
    (ErrorKind::Usage, "usage", 400),
    (ErrorKind::Config, "config", 400),
    (ErrorKind::Input, "input", 422),
    (ErrorKind::NotFound, "not-found", 404),
    (ErrorKind::AlreadyExists, "already-exists", 409),
    (ErrorKind::Conflict, "conflict", 409),
    (ErrorKind::Integrity, "integrity", 422),
    (ErrorKind::Permission, "permission", 403),
    (ErrorKind::Unavailable, "unavailable", 503),
    (ErrorKind::Timeout, "timeout", 504),
    (ErrorKind::Unsupported, "unsupported", 501),
    (ErrorKind::Io, "io", 500),
    (ErrorKind::Internal, "internal", 500),
];

impl From<&Error> for ErrorBody {
    fn from(error: &Error) -> Self {
        let kind = KINDS.iter().find(|k| k.0 == error.kind()).map(|k| k.1.to_owned());
        Self {
            error: error.to_string(),
            kind,
            hint: error.hint_text().map(str::to_owned),
            retryable: error.is_retryable(),
        }
    }
}

impl From<ErrorBody> for Error {
    fn from(body: ErrorBody) -> Self {
        let kind = KINDS.iter().find(|k| Some(k.1) == body.kind.as_deref());
        let mut error = Self::new(kind.map_or(ErrorKind::Internal, |k| k.0), body.error);
        if let Some(hint) = body.hint {
            error = error.hint(hint);
        }
        if body.retryable { error.retryable() } else { error }
    }
}

/// HTTP status of an error.
pub(super) fn status(error: &Error) -> u16 {
    KINDS.iter().find(|k| k.0 == error.kind()).map_or(500, |k| k.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_survives_the_wire() {
        for (kind, _, _) in KINDS {
            let error = Error::new(kind, "the thing").hint("do so").retryable();
            let back = Error::from(ErrorBody::from(&error));
            assert_eq!(back.kind(), kind);
            assert_eq!((back.hint_text(), back.is_retryable()), (Some("do so"), true));
        }
    }
}
