//! Proves a model in a process of its own: one that crashes or hangs takes only that with it.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::Command;

use super::inference;
use super::onnx::OnnxModel;
use super::package::Package;
use super::request::Request;
use crate::config::env;
use crate::domain::error::{Error, Result};
use crate::process::{Group, describe_failure};

/// Longest time that the proof itself may take in its process; the server's limit comes first.
const FOREVER: Duration = Duration::from_secs(24 * 3600);
/// Exit code of a process that failed for what the machine lacks, not for the model.
const MACHINE: i32 = 3;
/// Bytes kept of what the process wrote.
const WORDS: usize = 8 << 10;

/// Loads the ONNX package in the folder `package`, runs its sample request (or one row of zeros)
/// and checks that the outputs are finite. Called in a process made for it.
///
/// # Errors
/// The model cannot be loaded or does not answer.
pub fn run(package: &Path) -> Result<()> {
    let package = Package::open(package)?;
    let model = OnnxModel::load(&package)?;
    prove(&model, &package, FOREVER)
}

/// Runs the package's sample request, or one row of zeros.
pub(super) fn prove(model: &OnnxModel, package: &Package, limit: Duration) -> Result<()> {
    let sample = sample(package)?;
    model.prove(sample.as_ref(), limit).map_err(|f| {
        let what = if sample.is_some() { "its sample request" } else { "a row of zeros" };
        Error::input(format!("the model fails {what}: {}", f.message()))
            .hint("set `package.sample` to a request that the model answers")
    })
}

/// The package's sample request.
pub(super) fn sample(package: &Package) -> Result<Option<Request>> {
    let Some(sample) = &package.manifest.sample else { return Ok(None) };
    inference::read(sample.to_string().as_bytes(), || "sample".into())
        .map(Some)
        .map_err(|f| Error::input(format!("the package's sample request: {}", f.message())))
}

/// Runs `program serve-probe --package DIR`, with ONNX Runtime from `library`, and waits for its
/// verdict.
///
/// # Errors
/// What the process wrote; that a signal ended it; that it took longer than `limit`.
pub(super) async fn in_process(
    program: &Path,
    package: &Path,
    library: &Path,
    limit: Duration,
) -> Result<()> {
    let mut command = Command::new(program);
    command
        .arg("serve-probe")
        .arg("--package")
        .arg(package)
        .env(env::ORT_DYLIB, library)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    Group::lead(command.as_std_mut());
    let mut child = command.spawn().map_err(|e| Error::io("start", program, e))?;
    let group = child.id().map(Group::of);
    let mut stderr = child.stderr.take();
    let mut words = Vec::new();
    let ended = tokio::time::timeout(limit, async {
        if let Some(stderr) = &mut stderr {
            read_tail(stderr, &mut words).await;
        }
        child.wait().await
    });
    let status = match ended.await {
        Ok(status) => status.map_err(|e| Error::io("wait for", program, e))?,
        Err(_) => {
            if let Some(group) = group {
                group.kill();
            }
            let limit = humantime::format_duration(limit);
            return Err(Error::timeout(format!(
                "the model did not load and answer within {limit}"
            ))
            .hint("raise `load-timeout` of the endpoint, or look at the model"));
        }
    };
    match describe_failure(status) {
        None => Ok(()),
        Some(how) if status.code() == Some(MACHINE) => {
            let words = String::from_utf8_lossy(&words).trim().to_owned();
            Err(Error::unavailable(format!("the proof of the model {how}: {words}")))
        }
        Some(how) => Err(refused(&how, status.code().is_some(), &words)),
    }
}

async fn read_tail(stderr: &mut tokio::process::ChildStderr, words: &mut Vec<u8>) {
    let mut buffer = [0; 4096];
    while let Ok(n @ 1..) = stderr.read(&mut buffer).await {
        words.extend_from_slice(&buffer[..n]);
        let excess = words.len().saturating_sub(WORDS);
        words.drain(..excess);
    }
}

fn refused(how: &str, orderly: bool, words: &[u8]) -> Error {
    let words = String::from_utf8_lossy(words).trim().to_owned();
    if orderly && !words.is_empty() {
        return Error::input(format!("the model does not load: {words}"));
    }
    let said = if words.is_empty() { String::new() } else { format!(": {words}") };
    Error::input(format!("the model does not load: its process {how}{said}"))
        .hint("the endpoint is as it was; try the model with ONNX Runtime outside of it")
}
