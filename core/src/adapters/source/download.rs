//! One file over HTTPS.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use reqwest::blocking::Client;

use super::Call;
use super::write::Arriving;
use crate::domain::error::{Error, ErrorKind, Result};

/// Longest time that making a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// Bytes that are read at once.
const CHUNK: usize = 1 << 18;

/// Sends the call and writes the answer; `login` is the hint where a permission is missing.
pub(super) fn fetch(
    call: &Call,
    login: &str,
    into: &Path,
    progress: &dyn Fn(u64, Option<u64>),
) -> Result<u64> {
    let client = Client::builder()
        .user_agent(concat!("outerloop/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .timeout(None)
        .build()
        .map_err(|e| unreachable(&e))?;
    let request = client.get(&call.url);
    let request = call.headers.iter().fold(request, |r, (name, value)| r.header(name, value));
    let mut answer = request.send().map_err(|e| unreachable(&e))?;
    let status = answer.status().as_u16();
    if status != 200 {
        return Err(refused(status, login));
    }
    let mut arriving = Arriving::new(into, answer.content_length(), progress)?;
    let mut chunk = vec![0; CHUNK];
    loop {
        let n = answer.read(&mut chunk).map_err(|e| {
            Error::unavailable(format!("the answer broke off: {e}")).hint("try again")
        })?;
        if n == 0 {
            return arriving.finish();
        }
        arriving.push(&chunk[..n])?;
    }
}

/// Without the address, which may hold a secret.
fn unreachable(error: &reqwest::Error) -> Error {
    let mut why = "the server cannot be reached".to_owned();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        why = format!("the server cannot be reached: {inner}");
        source = inner.source();
    }
    Error::unavailable(why).hint("check the address and the network")
}

fn refused(status: u16, login: &str) -> Error {
    let message = format!("the server answers {status}");
    match status {
        404 | 410 => Error::not_found(message).hint("check the address"),
        401 | 403 => Error::new(ErrorKind::Permission, message).hint(login),
        _ => Error::unavailable(message).hint("try again later"),
    }
}
