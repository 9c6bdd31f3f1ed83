//! The one description of every verb: its inputs and outputs. From it come the help of the command
//! line, each `action.yml` and `task.json`, the reference pages, and the command line of a CI step.
//!
//! It holds no defaults: those are set in the configuration, where a file may go over them.

pub mod common;
pub mod verb;
pub mod verbs;

pub use verb::{Input, Kind, Output, Verb};
pub use verbs::{VERBS, find};
