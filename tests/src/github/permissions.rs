//! What a token may do.

use std::collections::BTreeMap;

use serde_json::json;

use crate::fake::Reply;

/// How much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Reading.
    Read,
    /// Reading and writing.
    Write,
}

/// What a token may do, as below `permissions:` of a job.
#[derive(Debug, Clone)]
pub struct Permissions(BTreeMap<String, Level>);

impl Permissions {
    /// Everything that is asked for anywhere here.
    pub fn all() -> Self {
        Self::of(&[
            "actions: write",
            "checks: write",
            "contents: write",
            "deployments: write",
            "issues: write",
            "pull-requests: write",
        ])
    }

    /// Each as `name: read` or `name: write`; what is not named is not allowed.
    ///
    /// # Panics
    /// It is written otherwise.
    pub fn of(lines: &[&str]) -> Self {
        let level = |text: &str| match text {
            "read" => Level::Read,
            "write" => Level::Write,
            other => panic!("`{other}` is neither read nor write"),
        };
        let parts = lines.iter().map(|line| line.split_once(": ").expect("`name: level`"));
        Self(parts.map(|(name, text)| (name.to_owned(), level(text))).collect())
    }

    pub(super) fn allow(&self, name: &str, level: Level) -> bool {
        self.0.get(name).is_some_and(|granted| *granted >= level)
    }
}

pub(super) fn refused() -> Reply {
    message(403, "Resource not accessible by integration")
}

/// An error as GitHub words it.
pub(super) fn message(status: u16, text: &str) -> Reply {
    let body = json!({
        "message": text,
        "documentation_url": "https://docs.github.com/rest",
        "status": status.to_string(),
    });
    Reply::json(status, &body).header("x-github-request-id", "FAKE:1")
}
