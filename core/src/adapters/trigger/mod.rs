//! What starts a training.

pub mod command;
