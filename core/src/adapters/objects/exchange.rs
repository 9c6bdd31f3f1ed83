//! One exchange with a server: a call, its redirects, and the answer where it is a success.

use std::io::Read as _;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::Url;
use reqwest::blocking::{Client, Response};
use reqwest::header::HeaderMap;

use super::asked::Call;
use super::peer::Peer;
use super::refused::{Asked, refused, said};
use crate::adapters::http::{
    Trouble, authority, is_final, is_loopback, reason, trouble, unreachable_hint,
};
use crate::domain::error::{Error, Result};
use crate::ports::clock::Clock;

/// Longest time that making a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// Bytes that are sent in one longest silence, at least: 70 kB a second where that is a minute.
const PER_SILENCE: usize = 4 << 20;
/// Most redirects that are followed.
const REDIRECTS: usize = 5;
/// Most bytes of an error that are read.
const WORDS: u64 = 16 << 10;

/// A failed attempt, and whether it may be repeated.
pub(in crate::adapters) type Failed = (Trouble, Error);

/// An answer that is a success.
pub(in crate::adapters) struct Answer {
    pub(in crate::adapters) status: u16,
    pub(in crate::adapters) headers: HeaderMap,
    pub(in crate::adapters) length: Option<u64>,
    pub(in crate::adapters) body: Response,
    /// Whether the call had a body.
    pub(in crate::adapters) sent: bool,
}

impl Answer {
    /// A header, where it is there and is text.
    pub(in crate::adapters) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Connections: those to this machine know no proxy.
#[derive(Debug)]
pub(in crate::adapters) struct Connections {
    far: OnceLock<Client>,
    near: OnceLock<Client>,
    /// Longest time without a byte.
    stalled: Duration,
}

impl Connections {
    /// Those that are given up when not a byte comes for so long.
    pub(in crate::adapters) fn new(stalled: Duration) -> Self {
        Self { far: OnceLock::new(), near: OnceLock::new(), stalled }
    }

    fn to(&self, url: &Url) -> Result<&Client> {
        let near = is_loopback(url);
        let cell = if near { &self.near } else { &self.far };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let builder = Client::builder()
            .user_agent(concat!("outerloop/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(self.stalled)
            .redirect(reqwest::redirect::Policy::none());
        let builder = if near { builder.no_proxy() } else { builder };
        let client = builder
            .build()
            .map_err(|e| Error::unavailable(format!("no HTTP client: {}", reason(&e))))?;
        Ok(cell.get_or_init(|| client))
    }

    /// Sends the call once and follows its redirects, where it may be redirected.
    pub(in crate::adapters) fn send(
        &self,
        call: &Call,
        peer: &dyn Peer,
        clock: &dyn Clock,
    ) -> Result<Answer, Failed> {
        let mut url = Url::parse(&call.url).map_err(|e| {
            let error = Error::usage(format!("the address cannot be used: {e}"));
            (Trouble::Final, error.hint("check the address of the store and of the file"))
        })?;
        let begun = url.origin();
        for _ in 0..=REDIRECTS {
            let own = url.origin() == begun;
            let body = self.once(&url, call, own).map_err(|e| self.unreachable(&url, &e))?;
            let (status, headers) = (body.status().as_u16(), body.headers().clone());
            if matches!(status, 200..=202 | 204..=206) || call.answers.contains(&status) {
                let (length, sent) = (body.content_length(), call.body.is_some());
                return Ok(Answer { status, headers, length, body, sent });
            }
            if call.follows && matches!(status, 301 | 302 | 303 | 307 | 308) {
                url = redirected(&url, &headers).map_err(|e| (Trouble::Final, e))?;
                continue;
            }
            let logged_in = call.headers.iter().any(|(name, _)| name == "authorization")
                || url.query().is_some_and(|q| q.to_lowercase().contains("sig"));
            let reads = call.method == reqwest::Method::GET;
            let asked = Asked { peer, logged_in, reads, url: &url };
            return Err(failed(&asked, status, &headers, body, clock));
        }
        let error = Error::unavailable(format!("more than {REDIRECTS} redirects"));
        Err((Trouble::Final, error.hint("check the address in a browser")))
    }

    /// `own`: the server that the call is meant for; no other gets the login.
    fn once(&self, url: &Url, call: &Call, own: bool) -> Result<Response, Broken> {
        let request = self.to(url)?.request(call.method.clone(), url.clone());
        let sent = call.headers.iter().filter(|(name, _)| own || name != "authorization");
        let request = sent.fold(request, |r, (name, value)| r.header(name, value));
        let request = match &call.body {
            Some(bytes) => {
                // The time until the answer begins includes that of sending the body.
                let sending = u32::try_from(bytes.len() / PER_SILENCE).unwrap_or(u32::MAX);
                let silences = call.patience.saturating_add(sending);
                request.body(bytes.clone()).timeout(self.stalled.saturating_mul(silences))
            }
            None => request,
        };
        Ok(request.send()?)
    }

    /// Without the address, which may hold a secret.
    fn unreachable(&self, url: &Url, broken: &Broken) -> Failed {
        let error = match broken {
            Broken::Unsent(e) => return (Trouble::Final, Error::unavailable(e.to_string())),
            Broken::Sent(error) => error,
        };
        let server = authority(url);
        if error.is_builder() {
            let message = format!("the call cannot be made: {}", reason(error));
            let hint =
                "check the login for line breaks and other characters that no header can have";
            return (Trouble::Final, Error::usage(message).hint(hint));
        }
        let message = if error.is_timeout() {
            format!("{server} gives no answer: {} s without a byte", self.stalled.as_secs_f64())
        } else {
            format!("{server} cannot be reached: {}", reason(error))
        };
        let hint = unreachable_hint(
            &message,
            "check the address and the network, and HTTPS_PROXY and NO_PROXY where there is a proxy",
        );
        if is_final(&message) {
            return (Trouble::Final, Error::unavailable(message).hint(hint));
        }
        (Trouble::NotReached, Error::unavailable(message).hint(hint).retryable())
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Sent(#[from] reqwest::Error),
    #[error(transparent)]
    Unsent(#[from] Error),
}

/// Where a redirect leads: never from an encrypted connection to one that is not.
fn redirected(from: &Url, headers: &HeaderMap) -> Result<Url> {
    let place = headers.get("location").and_then(|l| l.to_str().ok()).unwrap_or_default();
    let to = from.join(place).ok().filter(|_| !place.is_empty());
    let to = to.filter(|to| to.scheme() == "https" || is_loopback(to) && is_loopback(from));
    to.ok_or_else(|| {
        Error::unavailable("the server sends to an address that is not encrypted, or to none")
            .hint("check the address in a browser, and name the one that it ends at")
    })
}

fn failed(
    asked: &Asked<'_>,
    status: u16,
    headers: &HeaderMap,
    body: Response,
    clock: &dyn Clock,
) -> Failed {
    let mut words = Vec::new();
    // What cannot be read is not said.
    let _ = body.take(WORDS).read_to_end(&mut words);
    let words = String::from_utf8_lossy(&words);
    let error = refused(asked, status, headers, &words);
    (trouble(status, headers, &said(&words).1, clock.now()), error)
}
