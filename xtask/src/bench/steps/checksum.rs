//! What checking costs by the program that computes the checksum, in the order in which `run.sh` looks
//! for them.

use std::fs::File;
use std::process::Command;

use super::stand_in::StandIn;
use crate::bench::timing;
use crate::process::Result;

/// Runs of each.
const TIMES: usize = 11;

/// Seconds of each run by program; one that is missing is left out.
pub fn measure(program: &StandIn) -> Result<Vec<(&'static str, Vec<f64>)>> {
    let kinds: [(&str, &str, &[&str]); 3] = [
        ("openssl dgst -sha256 -r", "openssl", &["dgst", "-sha256", "-r"]),
        ("sha256sum", "sha256sum", &[]),
        ("shasum -a 256", "shasum", &["-a", "256"]),
    ];
    let mut rows = Vec::new();
    for (what, name, arguments) in kinds {
        if Command::new(name).arg("--version").output().is_err() {
            eprintln!("LEFT OUT: {name} is not installed");
            continue;
        }
        let mut seconds = Vec::new();
        for _ in 0..TIMES {
            let file = File::open(&program.program)
                .map_err(|e| format!("{}: {e}", program.program.display()))?;
            seconds.push(timing::once_reading(Command::new(name).args(arguments), file)?);
        }
        rows.push((what, seconds));
    }
    Ok(rows)
}
