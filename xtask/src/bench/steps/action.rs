//! A step of GitHub Actions in act: an empty `run:`, a composite action that does nothing, the action
//! with a binary in the tool cache, the action that has to download it, and a Node action that starts
//! the same program unchecked.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::server::serve;
use super::stand_in::{StandIn, read, write};
use crate::environment::Python;
use crate::process::{Result, root, run, shown};

/// Steps of each kind.
const TIMES: usize = 15;

/// Seconds of each step by kind.
pub fn measure(folder: &Path, program: &StandIn) -> Result<Vec<(&'static str, Vec<f64>)>> {
    let place = folder.join("act");
    let actions = place.join("outerloop");
    let work = place.join("acme-models");
    for file in ["actions/run.sh", "actions/show/action.yml", "Cargo.toml"] {
        write(&actions.join(file), &read(&root().join(file))?)?;
    }
    write(&actions.join("actions/SHA256SUMS"), &read(&program.sums())?)?;
    let node = format!(
        "require('node:child_process').spawnSync('{}', ['step', 'show'], {{ stdio: 'inherit' }});\n",
        program.program.display()
    );
    write(&place.join("node/index.js"), node.as_bytes())?;
    write(&place.join("node/action.yml"), b"name: node\nruns: {using: node20, main: index.js}\n")?;
    let nothing = "name: nothing\nruns: {using: composite, steps: [{shell: bash, run: \":\"}]}\n";
    write(&place.join("nothing/action.yml"), nothing.as_bytes())?;
    let base = serve(&program.release)?;
    write(&work.join(".github/workflows/bench.yml"), workflow(&place, &base).as_bytes())?;
    repository(&work)?;
    let records = act(&place, &work)?;
    Ok(["empty", "nothing", "cached", "cold", "node"]
        .map(|kind| (title(kind), seconds(&records, kind)))
        .into())
}

fn title(kind: &str) -> &'static str {
    match kind {
        "nothing" => "a composite action that does nothing",
        "cached" => "the action, binary in the tool cache, checked",
        "cold" => "the action, binary downloaded from loopback, checked, unpacked",
        "node" => "a Node action that starts the same program, unchecked",
        _ => "an empty `run:` step",
    }
}

fn workflow(place: &Path, base: &str) -> String {
    let mut steps = String::new();
    // The first of each fills caches and is not counted.
    for number in 0..=TIMES {
        let action = "uses: acme/outerloop/actions/show@v1\n        env:";
        let tools = place.join("tools");
        let fresh = place.join(format!("tools-{number}"));
        let base = format!("OUTERLOOP_DOWNLOAD_BASE: {base}");
        for (kind, step) in [
            ("empty", "run: \":\"".to_owned()),
            ("nothing", "uses: acme/nothing@v1".to_owned()),
            ("cached", format!("{action} {{RUNNER_TOOL_CACHE: {}, {base}}}", tools.display())),
            ("cold", format!("{action} {{RUNNER_TOOL_CACHE: {}, {base}}}", fresh.display())),
            ("node", "uses: acme/node@v1".to_owned()),
        ] {
            steps += &format!("      - name: {kind} {number}\n        {step}\n");
        }
    }
    format!("on: push\njobs:\n  bench:\n    runs-on: ubuntu-latest\n    steps:\n{steps}")
}

fn repository(work: &Path) -> Result<()> {
    let git = |arguments: &[&str]| run(Command::new("git").args(arguments).current_dir(work));
    git(&["init", "--quiet", "-b", "main"])?;
    git(&["config", "user.name", "acme"])?;
    git(&["config", "user.email", "models@acme.example"])?;
    git(&["add", "."])?;
    git(&["commit", "--quiet", "-m", "Steps to measure"])?;
    git(&["remote", "add", "origin", "https://github.com/acme/models.git"])
}

fn act(place: &Path, work: &Path) -> Result<Vec<Value>> {
    let mut command = Command::new(Python::of_tests()?.bin.join("act"));
    command
        .current_dir(work)
        .args(["push", "--platform", "ubuntu-latest=-self-hosted", "--json", "--no-cache-server"])
        .args(["--secret", "GITHUB_TOKEN=none", "--action-cache-path"])
        .arg(place.join("cache"));
    for name in ["outerloop", "nothing", "node"] {
        let local = format!("acme/{name}@v1={}", place.join(name).display());
        command.args(["--local-repository", &local]);
    }
    let out = command.output().map_err(|e| format!("{}: {e}", shown(&command)))?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    if !out.status.success() {
        return Err(format!("{} ended with {}\n{text}", shown(&command), out.status));
    }
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

/// What act says that the steps of a kind took, without the first.
fn seconds(records: &[Value], kind: &str) -> Vec<f64> {
    let own = |record: &&Value| {
        let number = record["step"].as_str().and_then(|step| step.strip_prefix(kind));
        let number: Option<usize> = number.and_then(|text| text.trim().parse().ok());
        record["stage"] == "Main"
            && record["stepID"].as_array().is_some_and(|id| id.len() == 1)
            && number.is_some_and(|number| number > 0)
    };
    let times = records.iter().filter(own).filter_map(|record| record["executionTime"].as_f64());
    times.map(|nanoseconds| nanoseconds / 1e9).collect()
}
