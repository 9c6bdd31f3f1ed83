//! `cargo xtask simulate`: the coverage of every interval and the size and power of every test, as
//! docs/statistics.md has them.

use std::process::Command;

use crate::process::{self, Result, cargo, target};

/// Builds the simulation for speed and runs it; only methods and populations whose
/// name contains `name`, with the number of runs divided by `fewer`.
///
/// # Errors
/// A build or a run that fails.
pub fn run(name: &str, fewer: u64) -> Result<()> {
    let build = ["build", "--workspace", "--bin", "simulate", "--release", "--locked"];
    process::run(cargo().args(build))?;
    let program = target()?.join("release/simulate");
    process::run(Command::new(program).arg(name).env("SIMULATE_FEWER", fewer.to_string()))
}
