//! A version of a model in a registry of Azure Machine Learning: the service accepts it and goes on
//! with it for a while, without saying when to come back, and the client looks until it is there.
//! `promote --to-registry` beside azure-ai-ml's `models.create_or_update`, each a whole process, on
//! the same fake, which holds both to their version of the API; the blobs are in Azurite.
//!
//! `promote` verifies the package on its way out of its own store and gives the version an alias,
//! which azure-ai-ml does not.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::server::Server;
use super::timing;
use super::used::{Meter, Used, middle};
use crate::environment::{Node, Python};
use crate::process::{Result, build, root};

/// How long the service goes on with an operation, in milliseconds.
const LASTS: [u32; 2] = [2_000, 10_000];
/// Runs whose median is told.
const TIMES: usize = 3;
/// Seconds after which a process is not waited for.
const PATIENCE: u32 = 300;
/// Ways of azure-ai-ml: as it comes, and told to look every second.
const THEIRS: [(&str, &[&str]); 2] =
    [("azure-ai-ml", &[]), ("azure-ai-ml, polling_interval=1", &["1"])];

struct Bench {
    binary: PathBuf,
    python: PathBuf,
    work: PathBuf,
    meter: Meter,
    server: Server,
    /// Milliseconds that an operation goes on.
    lasts: u32,
    /// Versions that were made here, so that each gets a content of its own.
    made: usize,
}

/// What a run used, and what it asked of the service.
struct Asked {
    used: Used,
    calls: u64,
    operations: u64,
}

/// Measures.
///
/// # Errors
/// A server that does not start; a program that fails, or breaks the rules of the API.
pub fn run() -> Result<()> {
    let binary = build(true)?;
    println!(
        "| an operation takes | program | wall | CPU | peak memory | beyond the service | calls | operations |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for lasts in LASTS {
        let mut bench = Bench::start(binary.clone(), lasts)?;
        let ours = bench.median("outerloop", Bench::ours)?;
        bench.line("outerloop", &ours);
        for (program, pace) in THEIRS {
            let theirs = bench.median("azure-ai-ml", |bench, name| bench.theirs(name, pace))?;
            bench.line(program, &theirs);
        }
    }
    Ok(())
}

impl Bench {
    fn start(binary: PathBuf, lasts: u32) -> Result<Self> {
        let python = Python::with(&root().join("xtask/requirements/azure-ai-ml.txt"))?.program;
        let node = Node::of_tests()?.folder;
        let work = timing::folder("azure")?;
        timing::repository(&work)?;
        let mut fake = Command::new(binary.with_file_name("fake-azure-ml"));
        let server = Server::start(fake.arg(lasts.to_string()).env("OUTERLOOP_TEST_NODE", node))?;
        let meter = Meter { python: python.clone(), limit: PATIENCE };
        Ok(Self { binary, python, work, meter, server, lasts, made: 0 })
    }

    /// The run with the median of the times, each with a version of its own.
    fn median(
        &mut self,
        name: &str,
        make: impl Fn(&Self, &str) -> Result<Command>,
    ) -> Result<Asked> {
        let (mut runs, mut asked) = (Vec::new(), Value::Null);
        for _ in 0..TIMES {
            self.made += 1;
            let name = format!("{name}-{}", self.made);
            let content = format!("weights of {name}");
            std::fs::write(self.work.join(format!("{name}.bin")), content)
                .map_err(|e| format!("{name}.bin: {e}"))?;
            let command = make(self, &name)?;
            self.server.asked()?;
            runs.push(self.meter.ended(&command, &[0])?);
            asked = self.server.asked()?;
            let violations = &asked["violations"];
            if violations.as_array().is_none_or(|v| !v.is_empty()) {
                return Err(format!("{name} was made against the rules of the API: {violations}"));
            }
        }
        let number = |key: &str| asked[key].as_u64().ok_or_else(|| format!("{asked}: no `{key}`"));
        Ok(Asked { used: middle(runs), calls: number("calls")?, operations: number("operations")? })
    }

    /// Our command for a version whose file is there, which is packaged and registered before.
    fn ours(&self, name: &str) -> Result<Command> {
        let verb = |arguments: &[&str]| {
            let mut command = Command::new(&self.binary);
            self.at_the_fake(command.args(arguments));
            command
        };
        let file = format!("{name}.bin");
        timing::once(&mut verb(&["package", "--model", &file, "--out", name]))?;
        timing::once(&mut verb(&["register", "--name", name, "--package", name]))?;
        let version = format!("{name}@1.0.0");
        let registry = format!("azureml://registries/{}", self.server.fact("registry")?);
        Ok(verb(&["promote", &version, "--to", "champion", "--to-registry", &registry]))
    }

    /// Theirs.
    fn theirs(&self, name: &str, pace: &[&str]) -> Result<Command> {
        let mut command = Command::new(&self.python);
        let file = format!("{name}.bin");
        command.arg(root().join("xtask/src/bench/azure_ai_ml.py"));
        command.args([self.server.fact("registry")?, name, "1", &file]).args(pace);
        self.at_the_fake(&mut command);
        Ok(command)
    }

    fn at_the_fake(&self, command: &mut Command) {
        let variables = self.server.facts["variables"].as_object();
        let variables = variables.into_iter().flatten();
        command
            .envs(variables.filter_map(|(name, value)| Some((name, value.as_str()?))))
            .current_dir(&self.work);
    }

    fn line(&self, program: &str, run: &Asked) {
        let seconds = f64::from(self.lasts) / 1e3;
        let beyond = run.used.wall - seconds * run.operations as f64;
        println!(
            "| {seconds} s | {program} | {} | {beyond:.2} s | {} | {} |",
            run.used.cells(),
            run.calls,
            run.operations
        );
    }
}
