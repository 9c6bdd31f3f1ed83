//! How the cost of profiles and comparisons grows: with rows, columns and threads; how large a
//! profile of each kind of column is, and what putting many together takes. Every figure is of a
//! whole process.

use std::path::PathBuf;
use std::process::Command;

use super::drift::script;
use super::timing;
use super::used::Meter;
use crate::environment::Python;
use crate::process::{Result, build, root, run as run_command};

/// Rows of five columns, and columns of 10,000 rows.
const ROWS: [usize; 5] = [10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];
const COLUMNS: [usize; 6] = [1, 5, 20, 100, 400, 2000];
/// Parts that are put together.
const PARTS: [usize; 4] = [2, 10, 100, 1000];
/// Seconds after which something is wrong.
const PATIENCE: u32 = 1200;

struct Bench {
    meter: Meter,
    binary: PathBuf,
    work: PathBuf,
}

/// Measures; cases of more than `rows` rows are left out.
///
/// # Errors
/// A program that is missing or fails.
pub fn run(rows: usize) -> Result<()> {
    let binary = build(true)?;
    let python = Python::with(&root().join("xtask/requirements/drift.txt"))?.program;
    let meter = Meter { python, limit: PATIENCE };
    let bench = Bench { meter, binary, work: timing::folder("profiles")? };
    bench.sizes(rows.min(1_000_000))?;
    bench.merging(rows.min(1_000_000))?;
    println!("\n| rows × columns | what | threads | wall | CPU | peak memory |");
    println!("|---|---|---|---|---|---|");
    for columns in COLUMNS {
        bench.growth(rows.min(10_000), columns)?;
    }
    for many in ROWS {
        if many > rows {
            eprintln!("left out: {many} rows");
            continue;
        }
        bench.growth(many, 5)?;
    }
    Ok(())
}

impl Bench {
    fn path(&self, name: &str) -> String {
        self.work.join(name).display().to_string()
    }

    fn script(&self, arguments: &[&str]) -> Result<()> {
        run_command(&mut script(&self.meter.python, arguments))
    }

    fn outerloop(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments);
        command
    }

    /// Two files, profiled and compared, with one thread and with two.
    fn growth(&self, rows: usize, columns: usize) -> Result<()> {
        let (before, now) = (self.path("before.parquet"), self.path("now.parquet"));
        let (profile, report) = (self.path("one.profile.json"), self.path("report.html"));
        self.script(&["data", &rows.to_string(), &columns.to_string(), &before, &now])?;
        let compare = ["compare", &before, &now, "--report", &report];
        let verbs =
            [("profile", &["profile", &before, "--out", &profile][..]), ("compare", &compare)];
        let times = if rows > 1_000_000 { 1 } else { 3 };
        for (name, arguments) in verbs {
            for threads in ["1", "2"] {
                let used = self.meter.median(times, || {
                    let mut command = self.outerloop(arguments);
                    command.env("RAYON_NUM_THREADS", threads);
                    command
                })?;
                println!("| {rows} × {columns} | {name} | {threads} | {} |", used.cells());
            }
        }
        for file in [before, now] {
            std::fs::remove_file(&file).map_err(|e| format!("{file}: {e}"))?;
        }
        Ok(())
    }

    /// Bytes of the profile of a column of each kind.
    fn sizes(&self, rows: usize) -> Result<()> {
        println!("| one column, {rows} rows | bytes of its profile |");
        println!("|---|---|");
        let folder = self.folder("kinds")?;
        self.script(&["kinds", &rows.to_string(), &folder.display().to_string()])?;
        for file in files(&folder)? {
            let out = self.path("kind.profile.json");
            self.meter.used(&self.outerloop(&["profile", &file, "--out", &out]))?;
            let bytes = std::fs::metadata(&out).map_err(|e| format!("{out}: {e}"))?.len();
            let name = file.rsplit('/').next().unwrap_or_default();
            println!("| {} | {bytes} |", name.trim_end_matches(".parquet"));
        }
        Ok(())
    }

    /// Profiles of the parts of one data set put together.
    fn merging(&self, rows: usize) -> Result<()> {
        println!("\n| profiles of 20 columns | bytes of all | wall | CPU | peak memory |");
        println!("|---|---|---|---|---|");
        let (data, out) = (self.path("all.parquet"), self.path("all.profile.json"));
        self.script(&["data", &rows.to_string(), "20", &data])?;
        for many in PARTS {
            let folder = self.folder(&format!("parts-{many}"))?;
            self.script(&["parts", &data, &many.to_string(), &folder.display().to_string()])?;
            let mut profiles = Vec::new();
            let mut bytes = 0;
            for file in files(&folder)? {
                let profile = file.replace(".parquet", ".profile.json");
                self.meter.used(&self.outerloop(&["profile", &file, "--out", &profile]))?;
                bytes += std::fs::metadata(&profile).map_err(|e| format!("{profile}: {e}"))?.len();
                profiles.push(profile);
            }
            let words: Vec<&str> = ["merge"]
                .into_iter()
                .chain(profiles.iter().map(String::as_str))
                .chain(["--out", &out])
                .collect();
            let used = self.meter.median(3, || self.outerloop(&words))?;
            println!("| {many} | {bytes} | {} |", used.cells());
        }
        Ok(())
    }

    fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.work.join(name);
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        Ok(folder)
    }
}

/// The Parquet files of a folder by name.
fn files(folder: &std::path::Path) -> Result<Vec<String>> {
    let read = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let paths = read.flatten().map(|entry| entry.path().display().to_string());
    let mut files: Vec<String> = paths.filter(|path| path.ends_with(".parquet")).collect();
    files.sort();
    Ok(files)
}
