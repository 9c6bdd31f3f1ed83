//! The fake as a running server.

use std::ops::Deref;

use super::site::GitHubSite;
use crate::fake::Fake;

/// A fake of GitHub that runs; it ends when it is dropped.
pub struct GitHubFake(Fake<GitHubSite>);

impl Default for GitHubFake {
    fn default() -> Self {
        Self::start()
    }
}

impl GitHubFake {
    /// Starts it, with an empty repository `acme/models`.
    ///
    /// # Panics
    /// Loopback has no free port.
    pub fn start() -> Self {
        Self(Fake::start(GitHubSite::new))
    }

    /// Holds that GitHub would have known every call.
    ///
    /// # Panics
    /// It would not; the calls are named.
    #[track_caller]
    pub fn assert_no_violations(&self) {
        let violations = self.state().violations.clone();
        assert!(violations.is_empty(), "{violations:#?}");
    }
}

impl Deref for GitHubFake {
    type Target = Fake<GitHubSite>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
