//! Programs that keep passwords for Docker: `docker-credential-NAME get`, with the host as input and
//! JSON as output.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::login::{Around, Credentials};
use crate::adapters::http::one_line;
use crate::config::env;
use crate::domain::error::{Error, Result};
use crate::domain::secret::Secret;

/// Most bytes of an answer.
const LONGEST: u64 = 1 << 20;

/// What the program `docker-credential-<name>` keeps for `host`; none: nothing.
///
/// # Errors
/// The name is none of a program; it is not there, fails, or answers something else.
pub(super) fn ask(name: &str, host: &str, around: Around<'_>) -> Result<Option<Credentials>> {
    let program = format!("docker-credential-{name}");
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
        return Err(Error::config(format!("`{}` is no name of a program", program.escape_debug()))
            .hint("check credHelpers and credsStore in Docker's config.json"));
    }
    let unusable = |why: String| {
        Error::unavailable(format!("{program}: {}", one_line(&why)))
            .hint(format!("check that `echo {host} | {program} get` works here"))
    };
    let mut command = Command::new(&program);
    command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(path) = around(env::PATH) {
        command.env("PATH", path);
    }
    let mut child = command.spawn().map_err(|e| unusable(e.to_string()))?;
    if let Some(mut input) = child.stdin.take() {
        // One that does not read is not asked further.
        let _ = input.write_all(host.as_bytes());
    }
    let mut said = String::new();
    let read = child.stdout.take().map(|out| out.take(LONGEST).read_to_string(&mut said));
    let ended = child.wait_with_output().map_err(|e| unusable(e.to_string()))?;
    if !ended.status.success() {
        let words = format!("{said} {}", String::from_utf8_lossy(&ended.stderr));
        return match words.contains("credentials not found") {
            true => Ok(None),
            false => Err(unusable(words)),
        };
    }
    if let Some(Err(e)) = read {
        return Err(unusable(e.to_string()));
    }
    // Its words may hold the password: they are not quoted.
    let json: Value = serde_json::from_str(&said)
        .map_err(|_| unusable("its answer cannot be read".to_owned()))?;
    let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
    let secret = Secret::new(text("Secret"));
    Ok(match secret.expose().is_empty() {
        true => None,
        false => Some(Credentials::of(&text("Username"), secret)),
    })
}
