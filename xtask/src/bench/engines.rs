//! `profile` of one Parquet file by this program and by Sail behind Spark Connect: whole processes,
//! the server counted apart.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::drift::script;
use super::timing;
use super::used::{Meter, Used, middle};
use crate::environment::Python;
use crate::process::{Result, build, root, run as run_command};

const ROWS: usize = 1_000_000;
const COLUMNS: usize = 20;
/// Seconds after which a process is not waited for.
const PATIENCE: u32 = 600;
/// Clock ticks a second in `/proc`.
const TICKS: f64 = 100.0;

/// Measures.
pub fn run() -> Result<()> {
    let binary = build(true)?;
    let engines = Python::of_engines()?;
    let python = Python::with(&root().join("xtask/requirements/drift.txt"))?.program;
    let bench = Bench { meter: Meter { python, limit: PATIENCE }, binary };
    let work = timing::folder("engines")?;
    let file = |name: &str| work.join(format!("{name}.parquet")).display().to_string();
    let (rows, columns, data) = (ROWS.to_string(), COLUMNS.to_string(), file("before"));
    run_command(&mut script(&bench.meter.python, &["data", &rows, &columns, &data]))?;
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
    meter: Meter,
    binary: PathBuf,
}

impl Bench {
    /// The run with the median of the wall times.
    fn row(&self, what: &str, times: usize, arguments: &[&str]) -> Result<()> {
        let mut command = Command::new(&self.binary);
        command.args(arguments);
        let runs = (0..times).map(|_| self.meter.ended(&command, &[0]));
        let used = middle(runs.collect::<Result<Vec<Used>>>()?);
        println!("| {what} | {} |", used.cells());
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
