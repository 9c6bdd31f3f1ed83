//! `profile` of one Parquet file by this program and by Sail behind Spark Connect: whole processes,
//! the server counted apart.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::timing;
use crate::environment::Python;
use crate::process::{Result, build, output, root, run as run_command};

const ROWS: usize = 1_000_000;
const COLUMNS: usize = 20;
/// Clock ticks a second in `/proc`.
const TICKS: f64 = 100.0;

/// Measures.
pub fn run() -> Result<()> {
    let binary = build(true)?;
    let engines = Python::of_engines()?;
    let bench = Bench {
        python: Python::with(&root().join("xtask/requirements/drift.txt"))?.program,
        script: root().join("xtask/src/bench/drift.py"),
        binary,
    };
    let work = timing::folder("engines")?;
    let file = |name: &str| work.join(format!("{name}.parquet")).display().to_string();
    let (rows, columns, data) = (ROWS.to_string(), COLUMNS.to_string(), file("before"));
    run_command(bench.peer().args(["data", &rows, &columns, &data]))?;
    let out = work.join("a.profile.json").display().to_string();
    println!("{ROWS} × {COLUMNS}, one Parquet file\n");
    println!("| program | wall | CPU | peak memory |\n|---|---|---|---|");
    bench.row("outerloop profile", 5, &["profile", &data, "--out", &out])?;
    let sail = Server::start(&engines.bin.join("sail"))?;
    let (address, table) = (sail.address(), format!("parquet.`{data}`"));
    let asked = ["profile", "--engine", &address, "--table", &table, "--out", &out];
    let before = sail.cpu()?;
    bench.row("outerloop profile --engine, Sail", 5, &asked)?;
    let (cpu, peak) = ((sail.cpu()? - before) / 5.0, sail.peak()?);
    println!("| … the server, a profile | | {cpu:.2} s | {peak:.0} MB |");
    Ok(())
}

struct Bench {
    python: PathBuf,
    script: PathBuf,
    binary: PathBuf,
}

impl Bench {
    fn peer(&self) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(&self.script);
        command
    }

    /// The run with the median of the wall times.
    fn row(&self, what: &str, times: usize, arguments: &[&str]) -> Result<()> {
        let run = |_| -> Result<[f64; 3]> {
            let text = output(self.peer().args(["run", "600"]).arg(&self.binary).args(arguments))?;
            let used: Value = serde_json::from_str(&text).map_err(|e| format!("{text}: {e}"))?;
            let number = |key| used[key].as_f64().ok_or_else(|| format!("{text}: no `{key}`"));
            match number("code")? {
                0.0 => Ok([number("wall")?, number("cpu")?, number("peak")?]),
                code => Err(format!("{what} ended with {code}")),
            }
        };
        let mut runs = (0..times).map(run).collect::<Result<Vec<[f64; 3]>>>()?;
        runs.sort_by(|a, b| a[0].total_cmp(&b[0]));
        let [wall, cpu, peak] = runs[times / 2];
        println!("| {what} | {wall:.2} s | {cpu:.2} s | {:.0} MB |", peak / 1e6);
        Ok(())
    }
}

/// A server of Spark Connect on loopback, ended with this.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(program: &Path) -> Result<Self> {
        let free = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
        let port = free.local_addr().map_err(|e| e.to_string())?.port();
        drop(free);
        let mut command = Command::new(program);
        command.args(["spark", "server", "--port", &port.to_string()]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().map_err(|e| format!("{}: {e}", program.display()))?;
        let server = Self { child, port };
        let deadline = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > deadline {
                return Err(format!("{} does not listen", program.display()));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    fn address(&self) -> String {
        format!("sc://127.0.0.1:{}", self.port)
    }

    fn read(&self, name: &str) -> Result<String> {
        let path = format!("/proc/{}/{name}", self.child.id());
        std::fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))
    }

    /// Seconds of processor time so far.
    fn cpu(&self) -> Result<f64> {
        let stat = self.read("stat")?;
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let ticks = after_name.split_whitespace().skip(11).take(2);
        Ok(ticks.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / TICKS)
    }

    /// Most megabytes of memory so far.
    fn peak(&self) -> Result<f64> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or_default();
        let kilobytes = line.split_whitespace().next().and_then(|n| n.parse::<f64>().ok());
        kilobytes.map(|k| k / 1e3).ok_or_else(|| "no peak memory in /proc".to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
