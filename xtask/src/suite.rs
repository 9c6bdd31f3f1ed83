//! `cargo xtask test`: everything that CI runs, in the order in which it fails fastest.

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::chromium::chromium;
use crate::environment::{Node, Python};
use crate::process::{self, Result, build, cargo};
use crate::{apt, demo, failures, generate, rooms};

/// Installs what the tests need and runs all of them.
///
/// # Errors
/// The first part that fails.
pub fn run_suite() -> Result<()> {
    part("arrows between rooms", rooms::check)?;
    part("programs of this machine", programs_are_there)?;
    part("format", || process::run(cargo().args(["fmt", "--all", "--check"])))?;
    let python = part("Python environment", Python::of_example)?;
    let programs = part("programs of the tests", Python::of_tests)?;
    let engines = part("engines of the tests", Python::of_engines)?;
    let mlflow = part("MLflow", Python::of_mlflow)?;
    let node = part("Node packages of the tests", Node::of_tests)?;
    let browser = part("Chromium", chromium)?;
    part("docker-registry", || {
        let hint = "install docker-registry (Debian: apt-get install docker-registry)";
        apt::program("docker-registry", hint)
    })?;
    part("clippy", || {
        let lints = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
        process::run(cargo().args(lints))
    })?;
    let binary = part("build", || build(false))?;
    part("generated files", || generate::run(true))?;
    let library = python.onnx_runtime()?;
    part("tests", || {
        let arguments =
            ["test", "--workspace", "--locked", "--no-fail-fast", "--", "--include-ignored"];
        let mut left_out = if may_mount()? { vec![] } else { vec!["--skip", "full_disk"] };
        if !has_spark() {
            left_out.extend(["--skip", "real_spark"]);
        }
        failures::run(
            with_environment(cargo().args(arguments).args(&left_out))
                .env("OUTERLOOP_BIN", &binary)
                .env("OUTERLOOP_PYTHON", &python.program)
                .env("OUTERLOOP_TEST_PROGRAMS", &programs.bin)
                .env("OUTERLOOP_TEST_ENGINES", &engines.bin)
                .env("OUTERLOOP_TEST_MLFLOW", &mlflow.bin)
                .env("OUTERLOOP_TEST_NODE", &node.folder)
                .env("OUTERLOOP_TEST_CHROMIUM", &browser)
                .env("ORT_DYLIB_PATH", &library),
        )
    })?;
    part("docs", || {
        let arguments = ["doc", "--workspace", "--no-deps", "--locked", "--document-private-items"];
        process::run(cargo().args(arguments).env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    part("the demo", demo::run)
}

/// What the tests start and do not install: each with the package of Debian that has it.
const PROGRAMS: [(&str, &str); 6] = [
    ("git", "git"),
    ("bash", "bash"),
    ("curl", "curl"),
    ("jq", "jq"),
    ("node", "nodejs"),
    ("npm", "npm"),
];

/// Says at once what is missing, instead of in the middle of a test.
fn programs_are_there() -> Result<()> {
    let runs = |program: &str| {
        let mut command = Command::new(program);
        command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let missing: Vec<&str> = PROGRAMS
        .iter()
        .filter(|(program, _)| !runs(program))
        .map(|(_, package)| *package)
        .collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "missing on this machine: {0}\n  hint: install them (Debian: apt-get install {0}); Node \
             must be 20 or newer",
            missing.join(" ")
        )),
    }
}

/// Runs the suite and says how long each part took.
///
/// # Errors
/// As [`run_suite`].
pub fn run() -> Result<()> {
    let begin = Instant::now();
    run_suite()?;
    eprintln!("everything passed in {:.0} s", begin.elapsed().as_secs_f64());
    Ok(())
}

fn part<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("== {name}");
    let begin = Instant::now();
    let result = work().map_err(|e| format!("{name}: {e}"))?;
    eprintln!("== {name}: {:.1} s", begin.elapsed().as_secs_f64());
    Ok(result)
}

/// Whether a server of Apache Spark is named, which is too much to install for every run.
fn has_spark() -> bool {
    let named = std::env::var_os("OUTERLOOP_TEST_SPARK").is_some();
    if !named {
        eprintln!("LEFT OUT: the test of Apache Spark needs OUTERLOOP_TEST_SPARK=sc://host:port");
    }
    named
}

/// Whether the tests of a full disk can run: they mount a small file system. CI must run them.
fn may_mount() -> Result<bool> {
    let root = process::output(std::process::Command::new("id").arg("-u"))?.trim() == "0";
    let ci = std::env::var_os("CI").is_some();
    if !root && !ci {
        eprintln!("LEFT OUT: the tests of a full disk need root, to mount a small file system");
    }
    Ok(root || ci)
}

/// Tests must not see the caller's configuration of git or of this program.
fn with_environment(command: &mut Command) -> &mut Command {
    for name in [
        "OUTERLOOP_CONFIG",
        "OUTERLOOP_MODEL",
        "OUTERLOOP_REGISTRY",
        "OUTERLOOP_REMOTE",
        "OUTERLOOP_STORE",
        "OUTERLOOP_ENDPOINTS",
        "OUTERLOOP_EVENT",
        "OUTERLOOP_ENGINE",
        "OUTERLOOP_ENGINE_TOKEN",
    ] {
        command.env_remove(name);
    }
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null")
}
