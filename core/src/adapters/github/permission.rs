//! Which permission a call needs, and what to say when it is missing.

use crate::adapters::http::Failure;
use crate::domain::error::{Error, ErrorKind};

/// What a job's token must be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Reading files, branches and the repository.
    Read,
    /// Comments and pull requests.
    PullRequests,
    /// Issues and their comments.
    Issues,
    /// Check runs.
    Checks,
    /// Files, branches, `repository_dispatch`.
    Contents,
    /// Deployments.
    Deployments,
    /// Starting workflows.
    Actions,
    /// Reading the runs of workflows.
    Runs,
}

impl Permission {
    /// As it is written below `permissions:` of a job.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "contents: read",
            Self::PullRequests => "pull-requests: write",
            Self::Issues => "issues: write",
            Self::Checks => "checks: write",
            Self::Contents => "contents: write",
            Self::Deployments => "deployments: write",
            Self::Actions => "actions: write",
            Self::Runs => "actions: read",
        }
    }

    /// The error for a call that was made without a token.
    pub fn without_token(self) -> Error {
        Error::new(ErrorKind::Permission, "there is no token for GitHub").hint(format!(
            "in a workflow, leave the input `token` out or write `token: ${{{{ github.token }}}}`, \
             with `permissions: {{{self}}}` in the job; elsewhere set GITHUB_TOKEN"
        ))
    }

    /// Adds to a refusal which permission is missing and where to set it.
    pub fn explain(self, failure: Failure) -> Failure {
        match failure.status() {
            Some(401) => failure.hint(
                "the token has expired, or is for another server; in a workflow, leave the input \
                 `token` out or write `token: ${{ github.token }}`",
            ),
            Some(403) if is_refusal(&failure) => failure.hint(format!(
                "write `permissions: {{{self}}}` in the job; the token of a pull request from a \
                 fork may only read, whatever is written there"
            )),
            Some(404) => failure.hint(format!(
                "check the name; a token without `permissions: {{{self}}}` may be told 404 too"
            )),
            _ => failure,
        }
    }
}

/// A 403 that speaks of a limit has its own hint already.
fn is_refusal(failure: &Failure) -> bool {
    failure.kind() == ErrorKind::Permission
}

impl std::fmt::Display for Permission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
