//! The programs to pack: built here, or brought along from the machines that built them.

use std::path::PathBuf;
use std::process::Command;

use crate::process::{Result, cargo, output, run, target};

/// What is released; docs/adr/0008-how-a-step-finds-its-binary.md.
const TARGETS: [&str; 5] = [
    "aarch64-apple-darwin",
    "aarch64-unknown-linux-gnu",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "x86_64-unknown-linux-gnu",
];

/// A program for a target.
pub struct Built {
    /// The compiler's name of it.
    pub target: String,
    /// `outerloop` or `outerloop.exe`.
    pub file_name: &'static str,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// Builds for `targets` and reads what `given` (`TARGET=PATH`) names; sorted by target.
pub fn gather(targets: &[String], given: &[String]) -> Result<Vec<Built>> {
    let mut all = Vec::new();
    for pair in given {
        let (target, path) = pair.split_once('=').ok_or(format!("no TARGET=PATH: {pair}"))?;
        all.push(read(known(target)?, PathBuf::from(path))?);
    }
    let own = if targets.is_empty() && given.is_empty() { vec![host()?] } else { Vec::new() };
    for name in targets.iter().chain(&own) {
        all.push(read(known(name)?, build(name)?)?);
    }
    all.sort_by(|a, b| a.target.cmp(&b.target));
    match all.windows(2).find(|pair| pair[0].target == pair[1].target) {
        Some(pair) => Err(format!("{} is there twice", pair[0].target)),
        None => Ok(all),
    }
}

fn known(target: &str) -> Result<&str> {
    let known = TARGETS.contains(&target);
    known.then_some(target).ok_or(format!("{target} is none of {}", TARGETS.join(", ")))
}

fn read(target: &str, path: PathBuf) -> Result<Built> {
    let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(Built { target: target.to_owned(), file_name: file_name(target), bytes })
}

fn file_name(target: &str) -> &'static str {
    if target.contains("windows") { "outerloop.exe" } else { "outerloop" }
}

/// This machine's target.
fn host() -> Result<String> {
    let said = output(Command::new("rustc").arg("-vV"))?;
    let line = said.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).ok_or("rustc -vV names no host".to_owned())
}

fn build(name: &str) -> Result<PathBuf> {
    run(cargo().args([
        "build",
        "--release",
        "--locked",
        "--package",
        "outerloop",
        "--target",
        name,
    ]))?;
    Ok(target()?.join(name).join("release").join(file_name(name)))
}
