//! The server that holds the repository and its pull requests: GitHub, Azure DevOps.
//!
//! Every call is idempotent by a marker, a name or a key: called again (also by another run at the
//! same time, also after a connection that was cut half-way), it finds what it made before and
//! changes that. Errors: [`crate::domain::error::ErrorKind::Permission`] names the permission that
//! is missing and where to set it; [`crate::domain::error::ErrorKind::Unavailable`] is given after
//! a bounded number of tries.

use super::host::{Annotation, PullRequest};
use crate::domain::error::Result;

/// What came of a call that creates or changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Its number or id on the server.
    pub id: String,
    /// Its address for people.
    pub url: Option<String>,
    /// What was done.
    pub change: Change,
}

/// What a call did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was not there before.
    Created,
    /// It was there with other content.
    Updated,
    /// It was there as asked for; nothing was written.
    Unchanged,
}

/// A comment on a pull request; there is never a second one with the same marker.
#[derive(Debug, Clone)]
pub struct Comment {
    /// The pull request.
    pub pull_request: PullRequest,
    /// Names the comment among all comments, such as `validate:employment`. Lowercase, digits,
    /// `:`, `.`, `_` and `-`.
    pub marker: String,
    /// The text.
    pub markdown: String,
    /// On Azure Repos: whether the thread waits for an answer (it is closed otherwise).
    pub open: bool,
}

/// The state of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckState {
    /// It may be merged.
    Success,
    /// It may not.
    Failure,
    /// Nothing can be said.
    Neutral,
    /// Something failed.
    Error,
}

/// A check on a commit or a pull request: a check run on GitHub, a pull-request status on Azure
/// Repos.
#[derive(Debug, Clone)]
pub struct Check {
    /// Name, such as `outerloop/employment`.
    pub name: String,
    /// The commit.
    pub commit: String,
    /// The pull request, where there is one.
    pub pull_request: Option<PullRequest>,
    /// The state.
    pub state: CheckState,
    /// One line.
    pub title: String,
    /// Markdown, for servers that show it.
    pub markdown: String,
    /// Messages at lines of the repository's files, whose paths are relative to its root.
    pub annotations: Vec<Annotation>,
    /// Where to read more.
    pub url: Option<String>,
}

/// A change of one file, proposed as a pull request.
pub struct Proposal<'a> {
    /// The branch that carries the change; it belongs to this program, and is made anew from the
    /// base each time.
    pub branch: String,
    /// The branch to merge into; left out, the repository's default branch.
    pub base: Option<String>,
    /// The file, relative to the repository's root, with `/`.
    pub path: String,
    /// Makes the new content from the content on the base branch (none: the file is new).
    pub edit: &'a dyn Fn(Option<&str>) -> Result<String>,
    /// Title of the commit and of the pull request.
    pub title: String,
    /// Text of the pull request, Markdown.
    pub body: String,
}

/// A pull request that proposes a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// Its number; none when the base branch has the change already.
    pub number: Option<u64>,
    /// Its address for people.
    pub url: Option<String>,
    /// What was done.
    pub change: Change,
}

/// An issue or work item; there is never a second open one with the same key.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// Names the ticket among all, such as `retrain:employment`.
    pub key: String,
    /// The title.
    pub title: String,
    /// The text, Markdown.
    pub markdown: String,
    /// Labels (GitHub) or tags (Azure Boards).
    pub labels: Vec<String>,
    /// Type of the work item on Azure Boards, such as `Issue`.
    pub kind: String,
}

/// State of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeploymentState {
    /// Going on.
    InProgress,
    /// The version serves.
    Success,
    /// The rollout went back, or failed.
    Failure,
}

/// A deployment as the server lists it.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// Names the deployment among all: the rollout's id.
    pub key: String,
    /// The environment, such as `production`.
    pub environment: String,
    /// The commit that the model was trained from, else the one of this run.
    pub commit: String,
    /// `employment@1.2.0`.
    pub what: String,
    /// The state.
    pub state: DeploymentState,
    /// One line.
    pub description: String,
    /// Address of the endpoint.
    pub environment_url: Option<String>,
    /// Address of the log: the run.
    pub log_url: Option<String>,
}

/// The server that holds the repository and its pull requests.
pub trait Forge: Send + Sync {
    /// Its name for people: `GitHub`, `Azure DevOps`.
    fn name(&self) -> &'static str;
    /// The most bytes that a comment may have.
    fn comment_limit(&self) -> usize;
    /// Writes a comment, or changes the one with the same marker. When two runs were in a race, the
    /// oldest stays and the others are removed.
    fn comment(&self, comment: &Comment) -> Result<Posted>;
    /// Sets a check.
    fn check(&self, check: &Check) -> Result<Posted>;
    /// Sets a property of this run that a gate on the server can read. Unchanged where the server
    /// knows no such thing.
    fn property(&self, name: &str, value: &str) -> Result<Change>;
    /// Opens or changes a pull request that changes one file.
    fn propose(&self, proposal: &Proposal<'_>) -> Result<Proposed>;
    /// Opens a ticket, or changes the open one with the same key.
    fn open_ticket(&self, ticket: &Ticket) -> Result<Posted>;
    /// Closes the open ticket with this key, with a last comment. None when there is none.
    fn close_ticket(&self, key: &str, markdown: &str) -> Result<Option<Posted>>;
    /// Records a deployment and its state; none where the server lists deployments by itself.
    fn deployment(&self, deployment: &Deployment) -> Result<Option<Posted>>;
}
