//! The runner of GitHub Actions as far as a step sees it: which lines of its output are commands,
//! and what its files say.

mod command;
mod files;

pub use command::{Log, WorkflowCommand};
pub use files::{environment_file, path_file};
