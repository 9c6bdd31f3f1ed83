//! `register`, `promote` and bytes on an MLflow server, beside MLflow's own client and curl on the
//! same server. Every figure is of a whole process.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::server::Server;
use super::timing;
use super::used::{Meter, Used, middle};
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

/// Runs whose median is told.
const TIMES: usize = 11;
/// Sizes of what is moved, in MiB, with their names.
const SIZES: [(usize, &str); 2] = [(256, "256 MiB"), (2000, "2 GB")];
/// Seconds after which a process is not waited for.
const PATIENCE: u32 = 1200;

struct Bench {
    binary: PathBuf,
    python: PathBuf,
    work: PathBuf,
    url: String,
    _server: Server,
    meter: Meter,
}

/// Measures.
///
/// # Errors
/// A server that does not start; a program that fails.
pub fn run() -> Result<()> {
    let bench = Bench::start(build(true)?)?;
    println!("| what | program | wall | CPU | peak memory |");
    println!("|---|---|---|---|---|");
    bench.small(TIMES)?;
    SIZES.iter().try_for_each(|(mib, name)| bench.large(*mib, name))
}

impl Bench {
    fn start(binary: PathBuf) -> Result<Self> {
        let python = Python::of_mlflow()?.program;
        let work = timing::folder("mlflow")?;
        let kept = work.join("server");
        std::fs::create_dir_all(&kept).map_err(|e| e.to_string())?;
        let mut command = Command::new(&python);
        command.arg(root().join("tests/stores/serve_mlflow.py")).arg(&kept);
        let server = Server::start(&mut command)?;
        let url = server.fact("url")?.to_owned();
        let meter = Meter { python: python.clone(), limit: PATIENCE };
        Ok(Self { binary, python, work, url, _server: server, meter })
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

    fn curl(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("curl");
        let quiet = ["--fail", "--silent", "--show-error", "--noproxy", "*"];
        command.args(quiet).args(arguments).current_dir(&self.work);
        command
    }

    /// A package of one file, which stays beside it.
    fn package(&self, name: &str, size: usize) -> Result<PathBuf> {
        let file = self.work.join(format!("{name}.bin"));
        write(&file, size, name)?;
        let model = format!("{name}.bin");
        let mut package = Command::new(&self.binary);
        package.args(["package", "--model", &model, "--out", name]).current_dir(&self.work);
        timing::once(&mut package)?;
        Ok(file)
    }

    fn small(&self, times: usize) -> Result<()> {
        let (mut registers, mut promotes, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..times {
            let name = format!("small-{number}");
            let file = self.package(&name, 1000)?.display().to_string();
            let register = self.ours(&["register", "--name", "acme", "--package", &name]);
            registers.push(self.meter.used(&register)?);
            let version = format!("acme@1.{number}.0");
            let promote = self.ours(&["promote", &version, "--to", "champion"]);
            promotes.push(self.meter.used(&promote)?);
            theirs.push(self.meter.ended(&self.theirs(THEIRS, &["theirs", &file]), &[0])?);
        }
        line("register, 1 kB", "outerloop", &middle(registers));
        line("promote", "outerloop", &middle(promotes));
        line("both, in one process", "mlflow", &middle(theirs));
        Ok(())
    }

    fn large(&self, mib: usize, size: &str) -> Result<()> {
        let name = format!("large-{mib}");
        let file = self.package(&name, mib * MIB)?.display().to_string();
        let (up, down) = (format!("{size} up"), format!("{size} down"));
        let register = self.ours(&["register", "--name", &name, "--package", &name]);
        line(&up, "outerloop", &self.meter.used(&register)?);
        let place = format!("{}/api/2.0/mlflow-artifacts/artifacts/curl/{name}.bin", self.url);
        line(&up, "curl", &self.meter.ended(&self.curl(&["-T", &file, &place]), &[0])?);
        line(&up, "mlflow", &self.meter.ended(&self.theirs(UPLOAD, &[&file]), &[0])?);

        let version = format!("{name}@1.0.0");
        let pull = self.ours(&["pull", &version, "--out", "pulled"]);
        line(&down, "outerloop", &self.meter.used(&pull)?);
        self.remove("pulled")?;
        line(&down, "curl", &self.meter.ended(&self.curl(&["-o", "curl.bin", &place]), &[0])?);
        let from = format!("mlflow-artifacts:/curl/{name}.bin");
        let download = self.theirs(DOWNLOAD, &[&from, "client"]);
        line(&down, "mlflow", &self.meter.ended(&download, &[0])?);
        self.remove("client")?;
        self.remove(&name)?;
        std::fs::remove_file(&file).map_err(|e| format!("{file}: {e}"))
    }

    fn remove(&self, name: &str) -> Result<()> {
        let folder = self.work.join(name);
        std::fs::remove_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))
    }
}

fn line(what: &str, program: &str, used: &Used) {
    println!("| {what} | {program} | {} |", used.cells());
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
