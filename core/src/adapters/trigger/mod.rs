//! What starts a training.

mod asked;
pub mod azure_pipelines;
mod azure_runs;
pub mod command;
pub mod github;
