//! 64 `register` processes at once, from 64 clones, against one bare remote.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use super::timing;
use crate::process::{Result, build, output, run as run_command};

const CLONES: usize = 64;

/// Measures.
pub fn run() -> Result<()> {
    let binary = build(true)?;
    let work = timing::folder("contention")?;
    for clone in 0..CLONES {
        prepare(&binary, &work, clone)?;
    }
    let begin = Instant::now();
    let children = (0..CLONES).map(|c| register(&binary, &work, c)).collect::<Result<Vec<_>>>()?;
    let mut versions = BTreeSet::new();
    for child in children {
        let out = child.wait_with_output().map_err(|e| e.to_string())?;
        if !out.status.success() {
            return Err(String::from_utf8_lossy(&out.stderr).into_owned());
        }
        let json: serde_json::Value =
            serde_json::from_slice(&out.stdout).map_err(|e| e.to_string())?;
        versions.insert(json["version"].as_str().unwrap_or_default().to_owned());
    }
    let seconds = begin.elapsed().as_secs_f64();
    let first = work.join("clone-0");
    let history = output(
        Command::new(&binary).args(["history", "acme", "--verify", "--json"]).current_dir(first),
    )?;
    let history: serde_json::Value = serde_json::from_str(&history).map_err(|e| e.to_string())?;
    let events = history["events"].as_array().map_or(0, Vec::len);
    println!("{CLONES} registrations at once: {seconds:.1} s");
    println!(
        "distinct versions: {}, events: {events}, verified: {}",
        versions.len(),
        history["verified"]
    );
    if versions.len() == CLONES && events == CLONES && history["verified"] == true {
        return Ok(());
    }
    Err("a version or an event was lost".to_owned())
}

fn prepare(binary: &Path, work: &Path, clone: usize) -> Result<()> {
    let git =
        |arguments: &[&str]| run_command(Command::new("git").args(arguments).current_dir(work));
    let name = format!("clone-{clone}");
    if clone == 0 {
        git(&["init", "--quiet", "--bare", "remote.git"])?;
    }
    git(&["init", "--quiet", &name])?;
    git(&["-C", &name, "remote", "add", "origin", "../remote.git"])?;
    let folder = work.join(&name);
    std::fs::write(folder.join("model.bin"), format!("weights {clone}"))
        .map_err(|e| e.to_string())?;
    timing::once(Command::new(binary).args(["package", "--model", "model.bin"]).current_dir(folder))
        .map(|_| ())
}

fn register(binary: &Path, work: &Path, clone: usize) -> Result<Child> {
    Command::new(binary)
        .args(["register", "--name", "acme", "--json"])
        .current_dir(work.join(format!("clone-{clone}")))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| e.to_string())
}
