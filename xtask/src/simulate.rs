//! `cargo xtask simulate`: the coverage of every interval and the size and power of every test, as
//! docs/statistics.md has them.

use std::process::Command;

use crate::process::{self, Result, cargo, target};

/// Builds the simulation for speed and runs it; only methods and populations whose
/// name contains `name`.
///
/// # Errors
/// A build or a run that fails.
pub fn run(name: &str) -> Result<()> {
    let build = ["build", "--workspace", "--bin", "simulate", "--release", "--locked"];
    process::run(cargo().args(build))?;
    process::run(Command::new(target()?.join("release/simulate")).arg(name))
}
