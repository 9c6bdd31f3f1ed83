//! What a conversation with a server needs, and whole answers of it.

use std::io::Read as _;

use super::asked::Call;
use super::exchange::{Answer, Connections, Failed};
use super::peer::Peer;
use super::refused::page_for_browsers;
use crate::adapters::http::{RetryPolicy, Tries, Trouble};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::ports::clock::Clock;

/// Most bytes of an answer that is read into memory; a list of 5000 files with names of 1024 bytes
/// fits.
const LONGEST: u64 = 64 << 20;

/// What a conversation with a server needs.
pub(in crate::adapters) struct Link<'a> {
    pub(in crate::adapters) connections: &'a Connections,
    pub(in crate::adapters) clock: &'a dyn Clock,
    pub(in crate::adapters) retry: RetryPolicy,
    /// Whom it is with.
    pub(in crate::adapters) peer: &'a dyn Peer,
}

/// An answer that is read to its end.
pub(in crate::adapters) struct Whole {
    pub(in crate::adapters) status: u16,
    pub(in crate::adapters) answer: Headers,
    pub(in crate::adapters) body: Vec<u8>,
}

/// The headers of an answer.
pub(in crate::adapters) struct Headers(reqwest::header::HeaderMap);

impl Headers {
    /// A header, where it is there and is text.
    pub(in crate::adapters) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }
}

impl Link<'_> {
    /// The whole answer to a call, tried again where that may help. The call is made anew for each
    /// attempt, since signatures grow old.
    pub(in crate::adapters) fn whole(&self, call: &dyn Fn() -> Result<Call>) -> Result<Whole> {
        let mut tries = Tries::new(self.retry, self.clock);
        loop {
            let (trouble, error) = match self.once(call) {
                Ok(whole) => return Ok(whole),
                Err(failed) => failed,
            };
            if !tries.again(trouble, false) {
                return Err(error);
            }
            tracing::info!("{error}; it is tried again");
        }
    }

    /// The beginning of the answer to a call that is sent once; a second time with another login,
    /// where the server does not take the first one and there is another.
    pub(in crate::adapters) fn send(
        &self,
        call: &dyn Fn() -> Result<Call>,
    ) -> Result<Answer, Failed> {
        let last = |e| (Trouble::Final, e);
        let made = call().map_err(last)?;
        let answer = match self.connections.send(&made, self.peer, self.clock) {
            Err((Trouble::Final, error))
                if error.kind() == ErrorKind::Permission
                    && self.peer.renew(&made).map_err(last)? =>
            {
                tracing::info!("{error}; it is tried again with a new login");
                let made = call().map_err(last)?;
                self.connections.send(&made, self.peer, self.clock)?
            }
            other => other?,
        };
        match self.peer.is_own(&answer.headers) {
            true => Ok(answer),
            false => Err(last(page_for_browsers())),
        }
    }

    /// As [`Link::whole`], where the answer is text.
    pub(in crate::adapters) fn text(&self, call: &dyn Fn() -> Result<Call>) -> Result<String> {
        String::from_utf8(self.whole(call)?.body).map_err(|_| {
            Error::unavailable("the answer is not UTF-8").hint("check the address of the store")
        })
    }

    /// The whole answer to a call that is sent once; else whether it may be sent again.
    pub(in crate::adapters) fn once(
        &self,
        call: &dyn Fn() -> Result<Call>,
    ) -> Result<Whole, Failed> {
        let Answer { status, headers, body, sent, .. } = self.send(call)?;
        let mut bytes = Vec::new();
        body.take(LONGEST).read_to_end(&mut bytes).map_err(|e| {
            let error = Error::unavailable(format!("the answer broke off: {e}"));
            (Trouble::Unclear, error.hint("try again").retryable())
        })?;
        // S3 answers some calls before it knows whether they succeed, and says so in the body.
        if status == 200 && sent && bytes.starts_with(b"<") {
            let text = String::from_utf8_lossy(&bytes);
            if let Some(failed) = super::refused::late(&text) {
                return Err(failed);
            }
        }
        Ok(Whole { status, answer: Headers(headers), body: bytes })
    }
}
