//! Backends of the registry.

pub mod git;
