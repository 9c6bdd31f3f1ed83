//! `compare` of two data sets, beside what reading them costs and beside the peers. Every figure is
//! of a whole process, with its report. A peer that fails has a line that says so.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;

use super::timing;
use super::used::{Meter, Used};
use crate::environment::Python;
use crate::process::{Result, build, root, run as run_command};

/// Others who compare data sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Peer {
    /// PSI of every column in DuckDB
    Duckdb,
    /// whylogs' profiles and drift scores
    Whylogs,
    /// NannyML's univariate drift
    Nannyml,
    /// Evidently's data drift preset
    Evidently,
    /// No peer at all
    None,
}

impl Peer {
    fn name(self) -> &'static str {
        match self {
            Self::Duckdb => "duckdb",
            Self::Whylogs => "whylogs",
            Self::Nannyml => "nannyml",
            Self::Evidently => "evidently",
            Self::None => "none",
        }
    }

    fn python(self) -> Result<PathBuf> {
        let needs = match self {
            Self::Duckdb | Self::None => "xtask/requirements/drift.txt".to_owned(),
            other => format!("xtask/requirements/drift-{}.txt", other.name()),
        };
        Ok(Python::with(&root().join(needs))?.program)
    }
}

/// A data set on either side, and the peers that are asked about it.
struct Set {
    rows: usize,
    columns: usize,
    ending: &'static str,
    peers: &'static [Peer],
}

/// What is cheap comes first.
const SETS: [Set; 6] = [
    Set { rows: 10_000, columns: 20, ending: "parquet", peers: ALL },
    Set { rows: 10_000, columns: 20, ending: "csv", peers: ALL },
    Set { rows: 20_000, columns: 400, ending: "parquet", peers: ALL },
    Set { rows: 1_000_000, columns: 20, ending: "parquet", peers: ALL },
    Set { rows: 1_000_000, columns: 20, ending: "csv", peers: &[Peer::Duckdb, Peer::Evidently] },
    Set { rows: 10_000_000, columns: 5, ending: "parquet", peers: ALL },
];
const ALL: &[Peer] = &[Peer::Duckdb, Peer::Whylogs, Peer::Nannyml, Peer::Evidently];
/// Seconds after which a peer is not waited for.
const PATIENCE: u32 = 1200;

struct Bench<'a> {
    meter: Meter,
    binary: PathBuf,
    work: PathBuf,
    peers: &'a [Peer],
}

/// Measures; sets of more than `rows` rows are left out, and peers other than `peers`, where any
/// is named.
///
/// # Errors
/// A build, data or a comparison of ours that fails.
pub fn run(rows: usize, peers: &[Peer]) -> Result<()> {
    let binary = build(true)?;
    let python = Peer::None.python()?;
    let meter = Meter { python, limit: PATIENCE };
    let peers = if peers.is_empty() { ALL } else { peers };
    let bench = Bench { meter, binary, work: timing::folder("drift")?, peers };
    println!("| data, two files | program | wall | CPU | peak memory |");
    println!("|---|---|---|---|---|");
    for set in &SETS {
        if set.rows > rows {
            eprintln!("left out: {}", set.name());
            continue;
        }
        bench.set(set)?;
    }
    Ok(())
}

impl Set {
    fn name(&self) -> String {
        format!("{} × {}, {}", self.rows, self.columns, self.ending)
    }
}

impl Bench<'_> {
    fn set(&self, set: &Set) -> Result<()> {
        let Set { rows, columns, ending, .. } = set;
        let file = |side: &str| {
            self.work.join(format!("{side}-{rows}-{columns}.{ending}")).display().to_string()
        };
        let (before, now) = (file("before"), file("now"));
        let sizes = [rows.to_string(), columns.to_string()];
        let data = ["data", &sizes[0], &sizes[1], &before, &now];
        run_command(&mut script(&self.meter.python, &data))?;
        self.ours(&set.name(), &before, &now)?;
        for peer in set.peers.iter().filter(|peer| self.peers.contains(peer)) {
            self.peer(&set.name(), *peer, &before, &now);
        }
        for file in [before, now] {
            std::fs::remove_file(&file).map_err(|e| format!("{file}: {e}"))?;
        }
        Ok(())
    }

    fn ours(&self, what: &str, before: &str, now: &str) -> Result<()> {
        let report = self.work.join("report.html").display().to_string();
        let reading = self.binary.with_file_name("measure-reading");
        let read = self.meter.median(5, || words(&reading, &[before, now]))?;
        line(what, "only reading", &read);
        let plain = ["compare", before, now, "--report", &report];
        let found = self.meter.median(5, || words(&self.binary, &plain))?;
        line(what, "outerloop", &found);
        for preset in ["evidently", "nannyml", "azure-ml"] {
            let asked = [&plain[..], &["--preset", preset]].concat();
            let found = self.meter.used(&words(&self.binary, &asked))?;
            line(what, &format!("outerloop --preset {preset}"), &found);
        }
        Ok(())
    }

    /// A line of the peer's, whatever becomes of it.
    fn peer(&self, what: &str, peer: Peer, before: &str, now: &str) {
        let asked = [peer.name(), before, now];
        let used =
            peer.python().and_then(|python| self.meter.ended(&script(&python, &asked), &[0]));
        match used {
            Ok(used) => line(what, peer.name(), &used),
            Err(why) => {
                let last = why.lines().last().unwrap_or_default().replace('|', "/");
                println!("| {what} | {} | failed: {last} | | |", peer.name());
            }
        }
    }
}

fn line(what: &str, program: &str, used: &Used) {
    println!("| {what} | {program} | {} |", used.cells());
}

fn words(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// The program that makes the data and asks the peers.
pub(super) fn script(python: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(python);
    command.arg(root().join("xtask/src/bench/drift.py")).args(arguments);
    command
}
