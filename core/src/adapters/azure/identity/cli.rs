//! Tokens of the Azure CLI.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Deserialize;

use super::tokens::AccessToken;
use crate::adapters::http::one_line;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::secret::Secret;

/// Longest time that the program may take: it is slow to start, and may go over the network.
const LONGEST: Duration = Duration::from_secs(60);
/// Time between looks whether it has ended.
const POLL: Duration = Duration::from_millis(20);
/// Most bytes that it may write.
const MOST: u64 = 1 << 20;

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "accessToken")]
    token: String,
    /// Seconds since 1970; versions before 2.54 do not tell.
    #[serde(rename = "expires_on")]
    ends: Option<i64>,
}

/// Asks `az account get-access-token`.
pub(super) fn token(
    program: &Path,
    tenant: Option<&str>,
    resource: &str,
    asked: Timestamp,
) -> Result<AccessToken> {
    let mut command = Command::new(program);
    command.args(["account", "get-access-token", "--output", "json", "--resource", resource]);
    if let Some(tenant) = tenant {
        command.args(["--tenant", tenant]);
    }
    let (worked, out, words) = run(&mut command, program)?;
    if !worked {
        return Err(refused(&words));
    }
    let answer: Answer = serde_json::from_slice(&out).map_err(|e| {
        Error::unavailable(format!("what the Azure CLI answers cannot be read: {e}"))
            .hint("update it: `az upgrade`")
    })?;
    let ends = answer.ends.and_then(|s| Timestamp::from_second(s).ok());
    Ok(AccessToken::new(Secret::new(answer.token), asked, ends))
}

fn refused(words: &str) -> Error {
    let line = words.lines().find(|l| l.trim_start().starts_with("ERROR")).unwrap_or(words);
    let message = format!("the Azure CLI gives no token: {}", one_line(line));
    Error::new(ErrorKind::Permission, message).hint(
        "run `az login`, in CI by the step that logs in before this one; an expired login has to \
         be made again",
    )
}

fn run(command: &mut Command, program: &Path) -> Result<(bool, Vec<u8>, String)> {
    let cannot = |e: std::io::Error| {
        Error::unavailable(format!("cannot run {}: {e}", program.display()))
            .hint("check the installation of the Azure CLI with `az version`")
    };
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(cannot)?;
    let (out, words) = (child.stdout.take(), child.stderr.take());
    let out = std::thread::spawn(move || gathered(out));
    let words = std::thread::spawn(move || gathered(words));
    let until = Instant::now() + LONGEST;
    let status = loop {
        match child.try_wait().map_err(cannot)? {
            Some(status) => break status,
            None if Instant::now() > until => {
                let _ = child.kill();
                let _ = child.wait();
                let seconds = LONGEST.as_secs();
                return Err(Error::timeout(format!("the Azure CLI gave no token in {seconds} s"))
                    .hint("run `az account get-access-token` by hand to see what it waits for"));
            }
            None => std::thread::sleep(POLL),
        }
    };
    let words = String::from_utf8_lossy(&words.join().unwrap_or_default()).into_owned();
    Ok((status.success(), out.join().unwrap_or_default(), words))
}

fn gathered(stream: Option<impl std::io::Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        let _ = stream.take(MOST).read_to_end(&mut bytes);
    }
    bytes
}
