//! Start of the process and size of the release binary.

use std::process::Command;

use super::timing;
use crate::process::{Result, build};

/// Measures.
pub fn run() -> Result<()> {
    let binary = build(true)?;
    let bytes = std::fs::metadata(&binary).map_err(|e| e.to_string())?.len();
    let ours = timing::median(51, || {
        let mut command = Command::new(&binary);
        command.arg("--version");
        command
    })?;
    let nothing = timing::median(51, || Command::new("true"))?;
    println!("binary: {:.1} MB", bytes as f64 / 1e6);
    println!("outerloop --version: {:.1} ms (true: {:.1} ms)", ours * 1e3, nothing * 1e3);
    Ok(())
}
