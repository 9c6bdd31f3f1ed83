//! A task of Azure Pipelines as the agent starts it: through the shim, checked and unchecked, and the
//! same task on azure-pipelines-task-lib.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::stand_in::{StandIn, read, write};
use crate::bench::timing;
use crate::environment::Node;
use crate::process::{Result, root, run};

/// Runs of each kind, in turns.
const TIMES: usize = 21;

/// Seconds of each run by kind.
pub fn measure(folder: &Path, program: &StandIn) -> Result<Vec<(&'static str, Vec<f64>)>> {
    let place = folder.join("task");
    run(Command::new("unzip").args(["-q", "-o"]).arg(extension(program)?).arg("-d").arg(&place))?;
    let peer = Node::with(&root().join("xtask/task-lib"))?.folder.join("index.js");
    let empty = place.join("empty.js");
    write(&empty, b"")?;
    let shim = place.join("OuterloopShow/OuterloopShowV0/index.js");
    let tools = place.join("tools");
    let cached = tools.join("outerloop").join(env!("CARGO_PKG_VERSION"));
    write(&cached.join("x64/outerloop"), &read(&program.program)?)?;
    write(&cached.join("x64.complete"), b"")?;
    let temporary = place.join("temp");
    std::fs::create_dir_all(&temporary).map_err(|e| e.to_string())?;
    let start = |script: &Path, chosen: bool| {
        let mut command = Command::new("node");
        command.arg(script).env("INPUT_REF", "employment@champion");
        command.env("AGENT_TEMPDIRECTORY", &temporary).env("AGENT_TOOLSDIRECTORY", &tools);
        if chosen {
            command.env("OUTERLOOP_BIN", &program.program);
        } else {
            command.env_remove("OUTERLOOP_BIN");
        }
        command
    };
    let kinds: [(&str, &PathBuf, bool); 4] = [
        ("an empty script of Node", &empty, false),
        ("the shim: checks a copy and runs it", &shim, false),
        ("the shim with OUTERLOOP_BIN: unchecked", &shim, true),
        ("the same task on azure-pipelines-task-lib: unchecked", &peer, true),
    ];
    let mut rows = kinds.map(|(what, _, _)| (what, Vec::new()));
    for _ in 0..TIMES {
        for ((_, script, chosen), (_, seconds)) in kinds.iter().zip(&mut rows) {
            seconds.push(timing::once(&mut start(script, *chosen))?);
        }
    }
    Ok(rows.into())
}

fn extension(program: &StandIn) -> Result<PathBuf> {
    let name = format!("outerloop-{}.vsix", env!("CARGO_PKG_VERSION"));
    let file = program.release.join(name);
    if file.is_file() { Ok(file) } else { Err(format!("{} is missing", file.display())) }
}
