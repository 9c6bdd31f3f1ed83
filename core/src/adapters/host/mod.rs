//! Where this program runs.

pub mod azure_pipelines;
pub mod ci;
mod defuse;
pub mod github;
pub mod terminal;
pub mod work_tree;

pub use azure_pipelines::AzurePipelinesHost;
pub use github::GitHubHost;
pub use terminal::TerminalHost;
