//! `cargo xtask bench`: what docs/benchmarks.md states, measured on this machine.

use clap::ValueEnum;

use crate::process::Result;

/// What to measure.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// Start of the process and size of the binary
    Binary,
}

/// Measures.
///
/// # Errors
/// A program that is missing or fails.
pub fn run(_what: &[What]) -> Result<()> {
    Ok(())
}
