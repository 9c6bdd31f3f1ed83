//! `register`, `promote` and bytes on an MLflow server, beside MLflow's own client and curl on the
//! same server. Whole processes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::timing;
use crate::environment::Python;
use crate::process::{Result, build, root};

const MIB: usize = 1 << 20;

/// Registers `argv[2]` as a version of `argv[1]` and moves an alias to it, as MLflow's users do.
const THEIRS: &str = "
import sys, mlflow
from mlflow import MlflowClient
name, path = sys.argv[1:3]
client = MlflowClient()
with mlflow.start_run() as run:
    mlflow.log_artifact(path, 'files')
try:
    client.create_registered_model(name)
except mlflow.MlflowException:
    pass
version = client.create_model_version(name, f'runs:/{run.info.run_id}/files', run.info.run_id)
client.set_registered_model_alias(name, 'champion', version.version)
";
const UPLOAD: &str = "
import sys, mlflow
with mlflow.start_run() as run:
    mlflow.log_artifact(sys.argv[1], 'files')
";
const DOWNLOAD: &str = "
import sys, mlflow
mlflow.artifacts.download_artifacts(artifact_uri=sys.argv[1], dst_path=sys.argv[2])
";

struct Bench {
    binary: PathBuf,
    python: PathBuf,
    work: PathBuf,
    url: String,
    server: Child,
}

impl Drop for Bench {
    fn drop(&mut self) {
        // The server ends with its input.
        drop(self.server.stdin.take());
        let _ = self.server.wait();
    }
}

/// Measures.
pub fn run() -> Result<()> {
    let bench = Bench::start()?;
    bench.small()?;
    bench.large(256)?;
    bench.peak()
}

impl Bench {
    fn start() -> Result<Self> {
        let binary = build(true)?;
        let python = Python::of_mlflow()?.program;
        let work = timing::folder("mlflow")?;
        let kept = work.join("server");
        std::fs::create_dir_all(&kept).map_err(|e| e.to_string())?;
        let mut server = Command::new(&python)
            .arg(root().join("tests/stores/serve_mlflow.py"))
            .arg(&kept)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("{}: {e}", python.display()))?;
        let mut line = String::new();
        if let Some(out) = server.stdout.take() {
            BufReader::new(out).read_line(&mut line).map_err(|e| e.to_string())?;
        }
        let url = line.split('"').nth(3).ok_or("the MLflow server does not start")?.to_owned();
        Ok(Self { binary, python, work, url, server })
    }

    fn ours(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .args(["--registry", &format!("mlflow+{}", self.url)])
            .current_dir(&self.work);
        command
    }

    fn theirs(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.python);
        command
            .args(["-c", program])
            .args(arguments)
            .env("MLFLOW_TRACKING_URI", &self.url)
            .env("MLFLOW_DISABLE_TELEMETRY", "true")
            .env("GIT_PYTHON_REFRESH", "quiet")
            .current_dir(&self.work);
        command
    }

    fn package(&self, name: &str, size: usize) -> Result<PathBuf> {
        let file = self.work.join(format!("{name}.bin"));
        write(&file, size, name)?;
        timing::once(&mut self.ours(&[
            "package",
            "--model",
            &format!("{name}.bin"),
            "--out",
            name,
        ]))?;
        Ok(file)
    }

    fn small(&self) -> Result<()> {
        const TIMES: usize = 11;
        let (mut register, mut promote, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..TIMES {
            let name = format!("small-{number}");
            let file = self.package(&name, 1000)?;
            let mut ours = self.ours(&["register", "--name", "acme", "--package", &name]);
            register.push(timing::once(&mut ours)?);
            let version = format!("acme@1.{number}.0");
            promote.push(timing::once(&mut self.ours(&["promote", &version, "--to", "champion"]))?);
            let file = file.display().to_string();
            theirs.push(timing::once(&mut self.theirs(THEIRS, &["theirs", &file]))?);
        }
        let (register, promote, theirs) = (middle(register), middle(promote), middle(theirs));
        println!("outerloop register:          {:>9.0} ms", register * 1e3);
        println!("outerloop promote:           {:>9.0} ms", promote * 1e3);
        println!(
            "mlflow, both in one process: {:>9.0} ms   {:.1} times",
            theirs * 1e3,
            theirs / (register + promote)
        );
        Ok(())
    }

    fn large(&self, mib: usize) -> Result<()> {
        let file = self.package("large", mib * MIB)?.display().to_string();
        let mut ours = self.ours(&["register", "--name", "large", "--package", "large"]);
        let up = timing::once(&mut ours)?;
        let place = format!("{}/api/2.0/mlflow-artifacts/artifacts/curl/large.bin", self.url);
        let quiet = ["--fail", "--silent", "--show-error"];
        let curl_up = timing::once(Command::new("curl").args(quiet).args(["-T", &file, &place]))?;
        let client_up = timing::once(&mut self.theirs(UPLOAD, &[&file]))?;
        println!(
            "{mib} MiB up:   outerloop {up:.2} s, curl {curl_up:.2} s, mlflow {client_up:.2} s"
        );
        let down = timing::once(&mut self.ours(&["pull", "large@1.0.0", "--out", "pulled"]))?;
        let to = self.work.join("curl.bin").display().to_string();
        let curl_down = timing::once(Command::new("curl").args(quiet).args(["-o", &to, &place]))?;
        let from = "mlflow-artifacts:/curl/large.bin";
        let client_down = timing::once(&mut self.theirs(DOWNLOAD, &[from, "client"]))?;
        println!(
            "{mib} MiB down: outerloop {down:.2} s, curl {curl_down:.2} s, mlflow {client_down:.2} s"
        );
        Ok(())
    }

    fn peak(&self) -> Result<()> {
        self.package("huge", 2000 * MIB)?;
        let mut up = self.ours(&["register", "--name", "huge", "--package", "huge"]);
        let (seconds, up) = timing::once_with_peak(&mut up)?;
        println!("2 GB up:   {seconds:.1} s, at most {} MB", up / 1000);
        let mut down = self.ours(&["pull", "huge@1.0.0", "--out", "huge-pulled"]);
        let (seconds, down) = timing::once_with_peak(&mut down)?;
        println!("2 GB down: {seconds:.1} s, at most {} MB", down / 1000);
        Ok(())
    }
}

fn middle(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// A file of `size` bytes that differs by `name`.
fn write(path: &Path, size: usize, name: &str) -> Result<()> {
    let failed = |e: std::io::Error| format!("{}: {e}", path.display());
    let mut file = std::fs::File::create(path).map_err(failed)?;
    let mut random = timing::Random(name.bytes().map(u64::from).sum());
    let block: Vec<u8> = (0..MIB / 8).flat_map(|_| random.next().to_le_bytes()).collect();
    let mut left = size;
    while left > 0 {
        let n = left.min(block.len());
        file.write_all(&block[..n]).map_err(failed)?;
        left -= n;
    }
    Ok(())
}
