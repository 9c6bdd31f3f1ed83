//! Backends of the registry.

pub mod git;
pub mod ledger;
