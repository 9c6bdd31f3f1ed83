//! Who makes calls of what is asked of a bucket or container.

use jiff::Timestamp;
use reqwest::header::HeaderMap;

use super::Environment;
use super::asked::{Ask, Call};
use super::cloud::Cloud;
use super::peer::Peer;
use crate::domain::error::Result;

/// Knows the address of a bucket or container, and the login.
pub(in crate::adapters) trait Caller: Peer + Send + Sync {
    /// Which object store it is of.
    fn cloud(&self) -> Cloud;

    /// The call that asks it.
    ///
    /// # Errors
    /// No login, or one that cannot be used.
    fn call(&self, ask: Ask<'_>, now: Timestamp) -> Result<Call>;
}

/// A bucket or container whose login the environment describes.
pub(in crate::adapters) struct ByEnvironment {
    pub(in crate::adapters) cloud: Cloud,
    /// Its name (`container@account…` for Azure).
    pub(in crate::adapters) holder: String,
    pub(in crate::adapters) around: Environment,
}

impl Peer for ByEnvironment {
    fn login(&self) -> &str {
        self.cloud.login()
    }

    fn is_own(&self, headers: &HeaderMap) -> bool {
        self.cloud.is_own(headers)
    }
}

impl Caller for ByEnvironment {
    fn cloud(&self) -> Cloud {
        self.cloud
    }

    fn call(&self, ask: Ask<'_>, now: Timestamp) -> Result<Call> {
        self.cloud.call(&self.holder, ask, self.around.surroundings(), now)
    }
}
