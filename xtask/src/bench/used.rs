//! What a whole process used, measured by a small program of Python's that starts it.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::process::{Result, output, root, shown};

/// What one process used.
pub struct Used {
    /// Seconds from start to end.
    pub wall: f64,
    /// Seconds of all processors.
    pub cpu: f64,
    /// Most memory, bytes.
    pub peak: f64,
}

impl Used {
    /// The three last cells of a line.
    pub fn cells(&self) -> String {
        let Self { wall, cpu, peak } = self;
        format!("{wall:.2} s | {cpu:.2} s | {:.0} MB", peak / 1e6)
    }
}

/// Measures processes.
pub struct Meter {
    /// The interpreter.
    pub python: PathBuf,
    /// Seconds after which a process is ended.
    pub limit: u32,
}

impl Meter {
    /// Runs a verb of ours to the end: exit code 1 is an answer too. Variables that the command
    /// sets count.
    pub fn used(&self, command: &Command) -> Result<Used> {
        self.ended(command, &[0, 1])
    }

    /// Runs to the end, where the command says; every exit code but these is a failure.
    pub fn ended(&self, command: &Command, answers: &[i64]) -> Result<Used> {
        let mut run = Command::new(&self.python);
        run.arg(root().join("xtask/src/bench/meter.py")).arg(self.limit.to_string());
        run.arg(command.get_program()).args(command.get_args());
        command.get_current_dir().map(|folder| run.current_dir(folder));
        for (name, value) in command.get_envs() {
            value.map(|value| run.env(name, value));
        }
        let text = output(&mut run)?;
        let used: Value = serde_json::from_str(&text).map_err(|e| format!("{text}: {e}"))?;
        let number = |key: &str| used[key].as_f64().ok_or_else(|| format!("{text}: no `{key}`"));
        match used["code"].as_i64() {
            Some(code) if answers.contains(&code) => {}
            Some(code) => {
                let said = used["said"].as_str().unwrap_or_default();
                return Err(format!("{} ended with {code}: {said}", shown(command)));
            }
            None => return Err(format!("{} took over {} s", shown(command), self.limit)),
        }
        Ok(Used { wall: number("wall")?, cpu: number("cpu")?, peak: number("peak")? })
    }

    /// The run with the median of the CPU times.
    pub fn median(&self, times: usize, make: impl Fn() -> Command) -> Result<Used> {
        let runs = (0..times).map(|_| self.used(&make()));
        let mut runs = runs.collect::<Result<Vec<Used>>>()?;
        runs.sort_by(|a, b| a.cpu.total_cmp(&b.cpu));
        Ok(runs.swap_remove(times / 2))
    }
}

/// The run with the median of the times.
pub fn middle(mut runs: Vec<Used>) -> Used {
    runs.sort_by(|a, b| a.wall.total_cmp(&b.wall));
    runs.swap_remove(runs.len() / 2)
}
