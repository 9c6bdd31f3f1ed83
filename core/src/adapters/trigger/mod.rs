//! What starts a training.

mod asked;
pub mod command;
pub mod github;
