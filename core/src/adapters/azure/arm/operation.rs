//! Operations that go on after the answer: asked after until they have ended.
//!
//! The service names an address (`Azure-AsyncOperation`, else `Location`), whose signed query is
//! used as it is, and mostly no time to come back at. Most operations take a second or two, so the
//! first looks come each half second; later ones after a tenth of the time that it went on already,
//! so that an end is seen at most a tenth too late.

use std::time::Duration;

use serde_json::Value;

use super::client::Arm;
use crate::adapters::http::{Response, Result, message};
use crate::domain::error::{Error, ErrorKind};

/// Shortest wait.
const SHORTEST: Duration = Duration::from_millis(500);
/// Longest wait that the service does not ask for.
const LONGEST: Duration = Duration::from_secs(10);
/// Longest wait that it may ask for.
const ASKED: Duration = Duration::from_secs(120);
/// Longest time that an operation may take that does not say.
const WHOLE: Duration = Duration::from_secs(30 * 60);

enum State {
    Going,
    Done,
    Ended(Error),
}

impl Arm {
    /// Waits for the end of the operation that `begun` tells of; where it tells of none, it has
    /// ended.
    ///
    /// # Errors
    /// It failed, was cancelled or takes too long; the address cannot be asked.
    pub fn finish(&self, begun: &Response, what: &str) -> Result<()> {
        let named = begun.header("azure-asyncoperation");
        let place = begun.header("location").filter(|_| begun.status() == 202);
        let Some(address) = named.or(place) else { return Ok(()) };
        let most = begun.header("x-ms-async-operation-timeout").and_then(period).unwrap_or(WHOLE);
        let mut waited = Duration::ZERO;
        let mut asked = retry_after(begun);
        loop {
            let wait = asked.unwrap_or((waited / 10).clamp(SHORTEST, LONGEST));
            if waited + wait > most {
                return Err(too_long(what, waited).into());
            }
            self.clock().sleep(wait);
            waited += wait;
            let answer = self.follow(address)?;
            match state(&answer, named.is_some(), what)? {
                State::Done => return Ok(()),
                State::Ended(error) => return Err(error.into()),
                State::Going => asked = retry_after(&answer),
            }
        }
    }
}

fn state(answer: &Response, tells: bool, what: &str) -> Result<State> {
    if !tells {
        return Ok(if answer.status() == 202 { State::Going } else { State::Done });
    }
    let body: Value = answer.json()?;
    Ok(match body["status"].as_str().unwrap_or_default().to_ascii_lowercase().as_str() {
        "succeeded" => State::Done,
        "canceled" | "cancelled" => State::Ended(
            Error::new(ErrorKind::Conflict, format!("{what} was cancelled"))
                .hint("somebody cancelled it, or the service did; run the same command again"),
        ),
        "failed" => State::Ended(failed(what, answer)),
        _ => State::Going,
    })
}

fn failed(what: &str, answer: &Response) -> Error {
    let said = message(answer.bytes());
    let id = answer.header("x-ms-correlation-request-id").unwrap_or_default();
    let id = if id.is_empty() { String::new() } else { format!(" (request {id})") };
    let said = if said.is_empty() { "the service does not say why".to_owned() } else { said };
    Error::unavailable(format!("{what} failed: {said}{id}"))
        .hint("mend what the service names and run the same command again")
}

fn too_long(what: &str, waited: Duration) -> Error {
    let seconds = waited.as_secs();
    Error::timeout(format!("{what} has not ended after {seconds} s"))
        .hint("it may still end well: look at it in the studio, and run the same command again")
        .retryable()
}

fn retry_after(answer: &Response) -> Option<Duration> {
    let seconds: f64 = answer.header("retry-after")?.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok().map(|wait| wait.min(ASKED))
}

/// A period of ISO 8601, such as `PT1H30M`.
fn period(text: &str) -> Option<Duration> {
    let span: jiff::Span = text.parse().ok()?;
    let seconds = span.total(jiff::Unit::Second).ok()?;
    Duration::try_from_secs_f64(seconds).ok().filter(|d| !d.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_read() {
        assert_eq!(period("PT1H30M"), Some(Duration::from_secs(5400)));
        assert_eq!(period("PT30M"), Some(Duration::from_secs(1800)));
        assert_eq!((period("soon"), period("PT0S"), period("")), (None, None, None));
    }
}
