//! `copy`: takes models with their versions, aliases and history from one registry to another.

mod events;
pub mod former;
pub mod registry;

pub use registry::{CopiedModel, Side, names, run};
