//! What starts a training.

pub mod azure_pipelines;
mod azure_runs;
pub mod command;
pub mod github;
pub mod unreachable;
