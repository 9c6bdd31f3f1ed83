//! Where this program runs: a terminal, or a CI system.

use crate::domain::error::Result;
use crate::domain::package::Provenance;

/// Where this program runs.
pub trait Host: Send + Sync {
    /// Who acts: the CI's actor, or the user.
    fn actor(&self) -> String;
    /// Address of this CI run.
    fn run_url(&self) -> Option<String>;
    /// Commit, dirty tree, remote and run of the work tree at `folder`; `data` stays empty. Not a
    /// repository: only what the CI says.
    fn provenance(&self, folder: &std::path::Path) -> Result<Provenance>;
    /// Shows Markdown where people look: the step summary.
    fn summary(&self, markdown: &str) -> Result<()>;
}
