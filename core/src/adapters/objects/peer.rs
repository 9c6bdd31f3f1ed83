//! Who is at the other end of a conversation, as far as logins go.

use reqwest::header::HeaderMap;

use super::asked::Call;
use crate::domain::error::Result;

/// The other end of a conversation.
pub(in crate::adapters) trait Peer: Sync {
    /// What describes the login, as a hint.
    fn login(&self) -> &str;

    /// What to do about an error that the server gives this name; none: what holds everywhere.
    fn advice(&self, _code: &str) -> Option<String> {
        None
    }

    /// Gets another login than the one that `refused` carries, which the server does not take; false:
    /// there is no other.
    ///
    /// # Errors
    /// The other one cannot be had.
    fn renew(&self, _refused: &Call) -> Result<bool> {
        Ok(false)
    }

    /// Whether these are headers of the server's, and not of something that answers in its place.
    fn is_own(&self, _headers: &HeaderMap) -> bool {
        true
    }
}

/// One of which nothing is known but what describes the login.
impl Peer for &'static str {
    fn login(&self) -> &str {
        self
    }
}
