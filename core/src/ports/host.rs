//! Where this program runs: a terminal, or a step of a CI system.
//!
//! Every text that goes through this port may come from anywhere (a model's name, a commit message,
//! the last line of a training): an adapter escapes it, so that it can never become a command of
//! the CI system.

use crate::domain::digest::Digest;
use crate::domain::error::Result;
use crate::domain::package::Provenance;
pub use crate::domain::place::Place;

/// Which system this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostKind {
    /// A terminal, or a CI system that is not known.
    Terminal,
    /// GitHub Actions.
    GitHub,
    /// Azure Pipelines.
    AzurePipelines,
}

/// The pull request that a run belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// The commit at the head of its branch; not the merge commit that CI may have checked out.
    pub head: Option<String>,
    /// The branch that it would be merged into, without `refs/heads/`.
    pub base: Option<String>,
    /// It comes from a fork, so that the token of the run may only read.
    pub from_fork: bool,
}

/// How grave an annotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Worth knowing.
    Notice,
    /// Worth looking at.
    Warning,
    /// The reason for a failure.
    Error,
}

/// A message, shown at a line of a file where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// How grave it is.
    pub level: Level,
    /// A few words above the message.
    pub title: String,
    /// The message: plain text, may have several lines.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
}

/// How a step ended, for systems that want to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completion {
    /// Well.
    Succeeded,
    /// With a warning.
    SucceededWithIssues,
    /// The answer is no, or something failed.
    Failed,
}

/// Where this program runs.
pub trait Host: Send + Sync {
    /// Which system this is.
    fn kind(&self) -> HostKind;
    /// Who acts: the CI's actor, or the user.
    fn actor(&self) -> String;
    /// Address of this CI run.
    fn run_url(&self) -> Option<String>;
    /// Commit, dirty tree, remote and run of the work tree at `folder`; `data` stays empty. Not a
    /// repository: only what the CI says.
    fn provenance(&self, folder: &std::path::Path) -> Result<Provenance>;
    /// The pull request that this run belongs to.
    ///
    /// # Errors
    /// The CI's description of the event cannot be read.
    fn pull_request(&self) -> Result<Option<PullRequest>>;
    /// The retrain event that this run answers: from the environment, else from what started the
    /// run.
    ///
    /// # Errors
    /// It is no digest.
    fn cause(&self) -> Result<Option<Digest>>;

    /// The value of a step's input; `name` is kebab-case. Empty counts as not given.
    fn input(&self, name: &str) -> Option<String>;
    /// Gives a value to later steps; `name` is kebab-case.
    ///
    /// # Errors
    /// The CI's file cannot be written.
    fn output(&self, name: &str, value: &str) -> Result<()>;
    /// Hides `secret` in every log line from here on.
    fn mask(&self, secret: &str);

    /// `text` so that no part of it is a command of this system, and nothing is lost.
    fn plain(&self, text: &str) -> String;
    /// Says something to people, on standard error.
    fn say(&self, text: &str);
    /// Begins a part of the log that can be folded away.
    fn begin_group(&self, title: &str);
    /// Ends it.
    fn end_group(&self);
    /// Says how far the work is: `percent` of 100.
    fn progress(&self, percent: u8, what: &str);
    /// Shows a message where people look.
    fn annotate(&self, annotation: &Annotation);
    /// The most bytes that the step's summary takes from here on.
    fn summary_limit(&self) -> usize;
    /// Shows Markdown where people look: the step summary.
    ///
    /// # Errors
    /// The CI's file cannot be written.
    fn summary(&self, markdown: &str) -> Result<()>;
    /// Tells how the step ended. Gives true where that replaces the exit code, so that the process
    /// must exit with 0.
    fn complete(&self, completion: Completion, message: &str) -> bool;
}
