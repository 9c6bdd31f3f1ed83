//! Statistics of predictions, beside scikit-learn, NumPy and MLstatkit; and a whole `validate`.
//! Every figure is of a whole process, from start to end, reading a Parquet file.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::timing;
use crate::environment::Python;
use crate::process::{Result, build, output, root, run as run_command, shown};

/// What one process used.
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
    /// Most rows of a case.
    rows: usize,
}

/// Measures; cases of more than `rows` rows are left out.
pub fn run(rows: usize) -> Result<()> {
    let binary = build(true)?;
    let python = Python::with(&root().join("xtask/requirements/gates.txt"))?.program;
    let script = root().join("xtask/src/bench/gates.py");
    let bench = Bench { python, script, binary, work: timing::folder("gates")?, rows };
    println!("| what | program | wall | CPU | peak memory | times as quick |");
    println!("|---|---|---|---|---|---|");
    bench.metrics()?;
    bench.differences()?;
    bench.delong()?;
    bench.growth()?;
    bench.evaluate()?;
    bench.validate()
}

impl Bench {
    /// Six metrics of ten million rows.
    fn metrics(&self) -> Result<()> {
        if self.leaves_out("six metrics", 10_000_000) {
            return Ok(());
        }
        let file = self.data(10_000_000)?;
        let what = "six metrics, 10,000,000 rows";
        let ours = self.best(5, || self.ours(&["metrics", &file]))?;
        let theirs = self.used(&mut self.peer(&["metrics", &file]))?;
        row(what, "scikit-learn", &theirs, &theirs);
        row(what, "Outerloop", &ours, &theirs);
        std::fs::remove_file(&file).map_err(|e| format!("{file}: {e}"))
    }

    /// The paired bootstrap of an AUC difference.
    fn differences(&self) -> Result<()> {
        for (rows, tried, ranked) in [(100_000, 100, 1000), (1_000_000, 20, 100)] {
            if self.leaves_out("AUC difference", rows) {
                continue;
            }
            let file = self.data(rows)?;
            let what = format!("AUC difference, 1,000 resamples, {rows} rows");
            let learn = self.to_a_thousand("bootstrap", &file, tried)?;
            let numpy = self.to_a_thousand("ranks", &file, ranked)?;
            let ours = self.best(5, || self.ours(&["bootstrap", &file, "1000"]))?;
            row(&what, &format!("scikit-learn, from {tried} resamples"), &learn, &learn);
            row(&what, &format!("NumPy, sorted once, from {ranked} resamples"), &numpy, &learn);
            row(&what, "Outerloop", &ours, &learn);
        }
        Ok(())
    }

    /// What a thousand resamples take, from what `tried` and half of them take.
    fn to_a_thousand(&self, how: &str, file: &str, tried: usize) -> Result<Used> {
        let all = self.used(&mut self.peer(&[how, file, &tried.to_string()]))?;
        if tried == 1000 {
            return Ok(all);
        }
        let half = self.used(&mut self.peer(&[how, file, &(tried / 2).to_string()]))?;
        let further = (1000 - tried) as f64 / (tried - tried / 2) as f64;
        let extended = |all: f64, half: f64| all + further * (all - half);
        Ok(Used {
            wall: extended(all.wall, half.wall),
            cpu: extended(all.cpu, half.cpu),
            peak: all.peak,
        })
    }

    fn delong(&self) -> Result<()> {
        if self.leaves_out("DeLong's test", 1_000_000) {
            return Ok(());
        }
        let file = self.data(1_000_000)?;
        let what = "DeLong's test, 1,000,000 rows";
        let ours = self.best(5, || self.ours(&["delong", &file]))?;
        let theirs = self.used(&mut self.peer(&["delong", &file]))?;
        row(what, "MLstatkit", &theirs, &theirs);
        row(what, "Outerloop", &ours, &theirs);
        Ok(())
    }

    /// How the cost grows with rows, resamples and threads.
    fn growth(&self) -> Result<()> {
        println!("\n| rows | resamples | threads | wall | CPU | peak memory |");
        println!("|---|---|---|---|---|---|");
        let cases = [
            (10_000, 1000, 2),
            (100_000, 100, 2),
            (100_000, 1000, 2),
            (100_000, 10_000, 2),
            (100_000, 1000, 1),
            (1_000_000, 1000, 2),
            (10_000_000, 1000, 2),
            (1_000_000, 100, 2),
            (1_000_000, 10_000, 2),
            (1_000_000, 1000, 1),
        ];
        for (rows, resamples, threads) in cases {
            if self.leaves_out("growth", rows) {
                continue;
            }
            let file = self.data(rows)?;
            let mut command = self.ours(&["bootstrap", &file, &resamples.to_string()]);
            command.env("RAYON_NUM_THREADS", threads.to_string());
            let Used { wall, cpu, peak } = self.used(&mut command)?;
            let peak = peak / 1e6;
            println!(
                "| {rows} | {resamples} | {threads} | {wall:.2} s | {cpu:.2} s | {peak:.0} MB |"
            );
        }
        println!("\n| rows | six metrics: wall | CPU | peak memory |\n|---|---|---|---|");
        for rows in [10_000, 100_000, 1_000_000, 10_000_000, 100_000_000] {
            if self.leaves_out("growth", rows) {
                continue;
            }
            let file = self.data(rows)?;
            let Used { wall, cpu, peak } = self.used(&mut self.ours(&["metrics", &file]))?;
            println!("| {rows} | {wall:.2} s | {cpu:.2} s | {:.0} MB |", peak / 1e6);
        }
        Ok(())
    }

    /// Whether a case has more rows than are asked for; says so.
    fn leaves_out(&self, what: &str, rows: usize) -> bool {
        if rows > self.rows {
            eprintln!("left out, as it has more than {} rows: {what} of {rows} rows", self.rows);
        }
        rows > self.rows
    }

    /// `evaluate` of every metric of two models, a thousand resamples.
    fn evaluate(&self) -> Result<()> {
        println!(
            "\n| rows | evaluate, 1,000 resamples: wall | CPU | peak memory |\n|---|---|---|---|"
        );
        for rows in [10_000, 100_000, 1_000_000] {
            if self.leaves_out("evaluate", rows) {
                continue;
            }
            let file = self.data(rows)?;
            let columns = ["--label", "label", "--score", "challenger", "--champion", "champion"];
            let Used { wall, cpu, peak } = self.best(3, || {
                let mut command = Command::new(&self.binary);
                command.args(["evaluate", &file]).args(columns).current_dir(&self.work);
                command
            })?;
            println!("| {rows} | {wall:.2} s | {cpu:.2} s | {:.0} MB |", peak / 1e6);
        }
        Ok(())
    }

    /// `validate` of a million predictions, with its report.
    fn validate(&self) -> Result<()> {
        let rows = self.rows.min(1_000_000);
        let file = self.data(rows)?;
        let folder = self.work.join("repository");
        std::fs::create_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        timing::repository(&folder)?;
        write(&folder.join("outerloop.yaml"), CONFIG)?;
        let outerloop = |words: &[&str]| {
            let mut command = Command::new(&self.binary);
            command.args(words).current_dir(&folder);
            command
        };
        for version in ["1.0.0", "1.1.0"] {
            write(&folder.join("model.bin"), version)?;
            output(&mut outerloop(&["package", "--model", "model.bin"]))?;
            output(&mut outerloop(&["register", "--version", version]))?;
        }
        output(&mut outerloop(&["promote", "acme@1.0.0", "--to", "champion"]))?;
        let validate = || {
            outerloop(&[
                "validate",
                "acme@1.1.0",
                "--predictions",
                &file,
                "--report",
                "report.html",
            ])
        };
        let Used { wall, cpu, peak } = self.best(5, validate)?;
        println!(
            "\nvalidate, {rows} predictions, 20 slices, with report: {wall:.2} s wall, {cpu:.2} s CPU, {:.0} MB",
            peak / 1e6
        );
        Ok(())
    }

    /// A file of predictions, made once.
    fn data(&self, rows: usize) -> Result<String> {
        let file = self.work.join(format!("{rows}.parquet")).display().to_string();
        if !Path::new(&file).exists() {
            run_command(&mut self.peer(&["data", &rows.to_string(), &file]))?;
        }
        Ok(file)
    }

    fn peer(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(&self.script).args(words);
        command
    }

    fn ours(&self, words: &[&str]) -> Command {
        let mut command = Command::new(self.binary.with_file_name("measure-statistics"));
        command.args(words);
        command
    }

    /// The run with the median of the wall times.
    fn best(&self, times: usize, make: impl Fn() -> Command) -> Result<Used> {
        let runs = (0..times).map(|_| self.used(&mut make()));
        let mut runs = runs.collect::<Result<Vec<Used>>>()?;
        runs.sort_by(|a, b| a.wall.total_cmp(&b.wall));
        Ok(runs.swap_remove(times / 2))
    }

    fn used(&self, command: &mut Command) -> Result<Used> {
        let mut run = self.peer(&["run"]);
        run.arg(command.get_program())
            .args(command.get_args())
            .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        if let Some(folder) = command.get_current_dir() {
            run.current_dir(folder);
        }
        let text = output(&mut run)?;
        let used: Value = serde_json::from_str(&text).map_err(|e| format!("{text}: {e}"))?;
        let number = |key: &str| used[key].as_f64().ok_or_else(|| format!("{text}: no `{key}`"));
        // 4: not enough evidence either way, which is an answer too.
        match number("code")? {
            0.0 | 1.0 | 4.0 => {}
            code => return Err(format!("{} ended with {code}", shown(command))),
        }
        Ok(Used { wall: number("wall")?, cpu: number("cpu")?, peak: number("peak")? })
    }
}

fn row(what: &str, program: &str, used: &Used, peer: &Used) {
    let Used { wall, cpu, peak } = used;
    let (peak, times) = (peak / 1e6, peer.wall / wall);
    println!("| {what} | {program} | {wall:.2} s | {cpu:.2} s | {peak:.0} MB | {times:.0} |");
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
}

const CONFIG: &str = "\
model: acme
predictions:
  label: label
  score: challenger
  champion: champion
  slices: [region]
gates:
  absolute:
    - {metric: roc-auc, min: 0.7}
    - {metric: log-loss, max: 0.7}
    - {metric: ece, max: 0.9}
  improvement:
    - {metric: roc-auc, min: 0.0001}
  superiority:
    - {metric: roc-auc}
  non-inferiority:
    - {metric: roc-auc, margin: 0.01}
  signature: {}
  size: {max: 100MB}
  digest: {}
";
