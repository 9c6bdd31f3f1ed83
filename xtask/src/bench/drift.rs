//! `compare` of two data sets, beside what reading them costs and beside the peers. Every figure is
//! of a whole process, with its report.
//!
//! Evidently and NannyML take minutes on the larger sets: they run where `DRIFT_PEERS` names them
//! (`DRIFT_PEERS=evidently,nannyml`).

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::timing;
use crate::environment::Python;
use crate::process::{Result, build, output, root, run as run_command, shown};

/// Rows, columns and ending of the data sets.
const SETS: [(usize, usize, &str); 4] = [
    (1_000_000, 20, "parquet"),
    (1_000_000, 20, "csv"),
    (20_000, 400, "parquet"),
    (10_000_000, 5, "parquet"),
];

struct Used {
    wall: f64,
    cpu: f64,
    peak: f64,
}

struct Bench {
    python: PathBuf,
    script: PathBuf,
    binary: PathBuf,
    work: PathBuf,
}

/// Measures.
pub fn run() -> Result<()> {
    let binary = build(true)?;
    let python = Python::with(&root().join("xtask/requirements/drift.txt"))?.program;
    let script = root().join("xtask/src/bench/drift.py");
    let bench = Bench { python, script, binary, work: timing::folder("drift")? };
    println!("| data | program | wall | CPU | peak memory |");
    println!("|---|---|---|---|---|");
    for (rows, columns, ending) in SETS {
        bench.set(rows, columns, ending)?;
    }
    Ok(())
}

impl Bench {
    fn set(&self, rows: usize, columns: usize, ending: &str) -> Result<()> {
        let file = |side: &str| {
            self.work.join(format!("{side}-{rows}-{columns}.{ending}")).display().to_string()
        };
        let (before, now) = (file("before"), file("now"));
        let sizes = [rows.to_string(), columns.to_string()];
        run_command(&mut self.peer(&self.python, &["data", &sizes[0], &sizes[1], &before, &now]))?;
        let what = format!("{rows} × {columns}, {ending}");
        let report = self.work.join("report.html").display().to_string();
        let reading = self.binary.with_file_name("measure-reading");
        self.row(&what, "only reading", 5, || words(&reading, &[&before, &now]))?;
        let plain = ["compare", &before, &now, "--report", &report];
        self.row(&what, "outerloop", 5, || words(&self.binary, &plain))?;
        for preset in ["evidently", "nannyml", "azure-ml"] {
            let asked = [&plain[..], &["--preset", preset]].concat();
            self.row(&what, &format!("outerloop --preset {preset}"), 1, || {
                words(&self.binary, &asked)
            })?;
        }
        self.row(&what, "DuckDB, PSI alone", 1, || {
            self.peer(&self.python, &["duckdb", &before, &now])
        })?;
        let asked = std::env::var("DRIFT_PEERS").unwrap_or_default();
        for peer in asked.split(',').filter(|peer| !peer.is_empty()) {
            let needs = root().join(format!("xtask/requirements/drift-{peer}.txt"));
            let python = Python::with(&needs)?.program;
            self.row(&what, peer, 1, || self.peer(&python, &[peer, &before, &now]))?;
        }
        for file in [before, now] {
            std::fs::remove_file(&file).map_err(|e| format!("{file}: {e}"))?;
        }
        Ok(())
    }

    /// The run with the median of the wall times.
    fn row(
        &self,
        what: &str,
        program: &str,
        times: usize,
        make: impl Fn() -> Command,
    ) -> Result<()> {
        let runs = (0..times).map(|_| self.used(&mut make()));
        let mut runs = runs.collect::<Result<Vec<Used>>>()?;
        runs.sort_by(|a, b| a.wall.total_cmp(&b.wall));
        let Used { wall, cpu, peak } = runs.swap_remove(times / 2);
        let peak = peak / 1e6;
        println!("| {what} | {program} | {wall:.2} s | {cpu:.2} s | {peak:.0} MB |");
        Ok(())
    }

    fn peer(&self, python: &Path, arguments: &[&str]) -> Command {
        let mut command = words(python, &[&self.script.display().to_string()]);
        command.args(arguments);
        command
    }

    fn used(&self, command: &mut Command) -> Result<Used> {
        let mut run = self.peer(&self.python, &["run"]);
        run.arg(command.get_program()).args(command.get_args());
        let text = output(&mut run)?;
        let used: Value = serde_json::from_str(&text).map_err(|e| format!("{text}: {e}"))?;
        let number = |key: &str| used[key].as_f64().ok_or_else(|| format!("{text}: no `{key}`"));
        // 1 is drift, which is an answer too.
        match number("code")? {
            0.0 | 1.0 => {}
            code => return Err(format!("{} ended with {code}", shown(command))),
        }
        Ok(Used { wall: number("wall")?, cpu: number("cpu")?, peak: number("peak")? })
    }
}

fn words(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}
