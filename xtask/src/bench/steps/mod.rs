//! What the wrappers cost: a step in act, a task under Node, the size of the extension.

mod action;
mod checksum;
mod measure;
mod server;
mod stand_in;
mod task;

pub use measure::run;
