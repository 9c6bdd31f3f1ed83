//! GitHub Actions.

mod event;
mod host;
pub mod syntax;

pub use host::GitHubHost;
