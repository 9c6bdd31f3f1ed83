//! The client: one server, one login, one retry policy.

use std::error::Error as _;
use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use reqwest::blocking::Client;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use super::failure::{self, Failure};
use super::request::{Request, Target};
use super::response::Response;
use super::retry::{RetryPolicy, Trouble};
use super::transfer::{self, Sink, Unwritable};
use super::{Result, limits};
use crate::domain::error::{Error, ErrorKind};
use crate::domain::secret::Secret;
use crate::ports::clock::Clock;

/// Longest time that making a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest time without an answer, and without a byte of one that has begun.
const SILENCE: Duration = Duration::from_secs(30);
/// Longest rest of a connection: one that the server has closed meanwhile would make a lost answer.
const IDLE: Duration = Duration::from_secs(15);
/// Most bytes of an answer.
const LONGEST: u64 = 64 << 20;
/// Most redirects of one attempt.
const REDIRECTS: usize = 3;

/// What a client is made of.
pub struct Options {
    /// Address that every path begins with, such as `https://api.github.com`.
    pub base: String,
    /// Value of the `Authorization` header.
    pub authorization: Option<Secret>,
    /// Headers of every call.
    pub headers: Vec<(&'static str, String)>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// How often a call is tried.
    pub retry: RetryPolicy,
    /// Longest time without an answer, and without a byte of one that has begun; none: half a minute.
    pub timeout: Option<Duration>,
}

/// Which servers are taken for what they say they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Trust {
    /// Those whose certificates the machine trusts; `SSL_CERT_FILE` names others than it has.
    #[default]
    Machine,
    /// Also those that certificates in PEM form vouch for.
    Also(Vec<u8>),
    /// All: whoever stands between may read and change everything.
    Anyone,
}

/// A client for one server.
pub struct HttpClient {
    base: Url,
    client: Client,
    authorization: Option<Secret>,
    clock: Arc<dyn Clock>,
    retry: RetryPolicy,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl HttpClient {
    /// A client; nothing is sent yet.
    ///
    /// # Errors
    /// The base is no address; a header or the login has characters that no header can have.
    pub fn new(options: Options) -> Result<Self, Error> {
        Self::trusting(options, &Trust::Machine)
    }

    /// A client that trusts other servers than the machine does.
    ///
    /// # Errors
    /// As [`HttpClient::new`]; what should hold certificates holds something else.
    pub fn trusting(options: Options, trust: &Trust) -> Result<Self, Error> {
        let base = Url::parse(&options.base)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| {
                let shown = failure::one_line(&options.base);
                Error::usage(format!("`{shown}` is no address of a server"))
                    .hint("write it as https://HOST/PATH")
            })?;
        let mut builder = Client::builder()
            .user_agent(concat!("outerloop/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers(&options)?)
            .connect_timeout(CONNECT)
            .pool_idle_timeout(IDLE)
            .timeout(options.timeout.unwrap_or(SILENCE))
            // A redirect would turn a POST into a GET, and may lead to another server.
            .redirect(reqwest::redirect::Policy::none());
        if is_loopback(&base) || is_link_local(&base) {
            builder = builder.no_proxy();
        }
        builder = match trust {
            Trust::Machine => builder,
            Trust::Also(pem) => certificates(pem)?
                .into_iter()
                .fold(builder, reqwest::blocking::ClientBuilder::add_root_certificate),
            Trust::Anyone => builder.danger_accept_invalid_certs(true),
        };
        let client = builder
            .build()
            .map_err(|e| Error::unavailable(format!("no HTTP client: {}", reason(&e))))?;
        let Options { authorization, clock, retry, .. } = options;
        Ok(Self { base, client, authorization, clock, retry })
    }

    /// The address that every path begins with.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Time, for callers that wait between calls.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Sends a call, again where that is safe, until it succeeds or the retry policy ends.
    ///
    /// # Errors
    /// The last failure.
    pub fn send(&self, request: &Request) -> Result<Response> {
        self.run(request, None)
    }

    /// Sends a call whose answer's body goes into `sink`, from its beginning at each attempt.
    ///
    /// # Errors
    /// The last failure; the sink's.
    pub fn download(&self, request: &Request, sink: &mut dyn Sink) -> Result<Response> {
        self.run(request, Some(sink))
    }

    fn run(&self, request: &Request, mut sink: Option<&mut dyn Sink>) -> Result<Response> {
        let begun = self.clock.now();
        let mut tried = 0;
        loop {
            tried += 1;
            let (trouble, failure) = match self.attempt(request, &mut sink) {
                Ok(response) => return Ok(response),
                Err(failed) => failed,
            };
            let elapsed = self.clock.now().duration_since(begun).try_into().unwrap_or_default();
            let chance = rand::random();
            match self.retry.wait(trouble, request.once, tried, elapsed, chance) {
                Some(wait) => {
                    tracing::info!(
                        "{failure}; it is tried again in {} s",
                        wait.as_secs_f64().ceil()
                    );
                    self.clock.sleep(wait);
                }
                None => return Err(given_up(failure, trouble, request.once)),
            }
        }
    }

    fn attempt(
        &self,
        request: &Request,
        sink: &mut Option<&mut dyn Sink>,
    ) -> Result<Response, (Trouble, Failure)> {
        let mut request = request.clone();
        let shown = self.hidden(&request.shown());
        for _ in 0..=REDIRECTS {
            let url = request.url(&self.base).map_err(|f| (Trouble::Final, f))?;
            let answer =
                self.exchange(&request, url, sink).map_err(|e| self.no_answer(&shown, &e))?;
            match answer.status {
                // 203 is how Azure DevOps shows its page for signing in.
                200..=202 | 204..=299 => {
                    let Answer { status, headers, body } = answer;
                    return Ok(Response { shown, status, headers, body });
                }
                300..=399 => {
                    let target = self
                        .redirected(&shown, &request.method, &answer)
                        .map_err(|e| (Trouble::Final, Failure::answered(e, answer.status, "")))?;
                    request = Request { target, query: Vec::new(), ..request };
                }
                _ => return Err(self.refused(&shown, &answer)),
            }
        }
        let error = Error::unavailable(format!("{shown}: more than {REDIRECTS} redirects"));
        Err((Trouble::Final, Failure::unsent(error)))
    }

    fn exchange(
        &self,
        request: &Request,
        url: Url,
        sink: &mut Option<&mut dyn Sink>,
    ) -> std::io::Result<Answer> {
        let mut call = self.client.request(request.method.clone(), url);
        for (name, value) in &request.headers {
            call = call.header(name.as_ref(), value);
        }
        if let Some(body) = &request.body {
            call = call.header("content-type", body.content_type).body(body.bytes.clone());
        }
        if let Some(upload) = &request.upload {
            call = call.timeout(upload.timeout()).body(upload.body()?);
        }
        let mut answer = call.send().map_err(std::io::Error::other)?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let mut body = Vec::new();
        if let Some(sink) = sink
            && matches!(status, 200..=202 | 204..=299)
        {
            transfer::pour(&mut answer, *sink)?;
            return Ok(Answer { status, headers, body });
        }
        answer.take(LONGEST + 1).read_to_end(&mut body)?;
        if body.len() as u64 > LONGEST {
            return Err(std::io::Error::other("the answer is too long"));
        }
        Ok(Answer { status, headers, body })
    }

    /// Where a redirect leads: on this server, and without changing the method.
    fn redirected(&self, shown: &str, method: &Method, answer: &Answer) -> Result<Target, Error> {
        let to = answer.headers.get("location").and_then(|l| l.to_str().ok()).unwrap_or_default();
        let keeps_method = *method == Method::GET || matches!(answer.status, 307 | 308);
        match self.same_server(to) {
            Ok(url) if keeps_method && !to.is_empty() => Ok(Target::Given(url)),
            _ => {
                let status = answer.status;
                let message = format!("{shown}: the server answered {status} and sends elsewhere");
                Err(Error::new(ErrorKind::Permission, message)
                    .hint("check the address of the server and of the repository, and the token"))
            }
        }
    }

    fn refused(&self, shown: &str, answer: &Answer) -> (Trouble, Failure) {
        let Answer { status, headers, body } = answer;
        let body = self.hidden(&String::from_utf8_lossy(body));
        let failure = failure::from_answer(shown, *status, headers, body.as_bytes());
        let now = self.clock.now();
        if let Some(wait) = limits::wait(*status, headers, failure.said(), now) {
            return (Trouble::Turned(wait), failure.told_as(|e| limited(&e, wait)));
        }
        (limits::trouble(*status, headers, failure.said(), now), failure)
    }

    fn no_answer(&self, shown: &str, failed: &std::io::Error) -> (Trouble, Failure) {
        if let Some(local) = failed.get_ref().and_then(|e| e.downcast_ref::<Unwritable>()) {
            let error = Error::new(ErrorKind::Io, format!("{shown}: what comes {local}"));
            return (Trouble::Final, Failure::unsent(error.hint("check the disk's free space")));
        }
        let inner = failed.get_ref().and_then(|e| e.downcast_ref::<reqwest::Error>());
        let server = authority(&self.base);
        let why = self.hidden(&inner.map_or_else(|| failed.to_string(), reason));
        if inner.is_some_and(|e| e.is_builder()) {
            let error = Error::usage(format!("{shown}: {why}"));
            return (Trouble::Final, Failure::unsent(error));
        }
        if inner.is_some_and(reqwest::Error::is_connect) {
            let error = Error::unavailable(format!("{shown}: {server} cannot be reached: {why}"));
            let hint = unreachable_hint(
                &why,
                "check the network, and HTTPS_PROXY and NO_PROXY where there is a proxy",
            );
            if is_final(&why) {
                return (Trouble::Final, Failure::unsent(error.hint(hint)));
            }
            return (Trouble::NotReached, Failure::unsent(error.hint(hint).retryable()));
        }
        let error = if inner.is_some_and(reqwest::Error::is_timeout) {
            Error::timeout(format!("{shown}: {server} took too long"))
        } else {
            Error::unavailable(format!("{shown}: the connection to {server} broke: {why}"))
        };
        (Trouble::Unclear, Failure::unsent(error.retryable()))
    }

    fn hidden(&self, text: &str) -> String {
        let Some(secret) = &self.authorization else { return text.to_owned() };
        // `Bearer TOKEN`: a server that quotes it may quote the token alone.
        let whole = secret.expose();
        let token = whole.split_once(' ').map_or(whole, |(_, token)| token);
        Secret::new(token).hide_in(text)
    }
}

/// What to do where a server cannot be reached: a certificate that nobody here knows is no matter
/// of the network.
pub(in crate::adapters) fn unreachable_hint(why: &str, network: &'static str) -> &'static str {
    if is_untrusted(why) {
        "the server's certificate is not trusted here; SSL_CERT_FILE names a PEM file with those \
         of the authority that signed it"
    } else if is_plain(why) {
        "the server does not encrypt there: write http:// instead of https://, or take the port that \
         does"
    } else {
        network
    }
}

/// Whether trying again changes nothing.
pub(in crate::adapters) fn is_final(why: &str) -> bool {
    is_untrusted(why) || is_plain(why)
}

/// Whether a server that was spoken to by TLS answered with something else.
fn is_plain(why: &str) -> bool {
    why.contains("InvalidContentType")
}

/// The server in an address, with its port where that is not the usual one.
pub(in crate::adapters) fn authority(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => "the server".to_owned(),
    }
}

/// Whether the server's certificate is what a connection failed by.
fn is_untrusted(why: &str) -> bool {
    why.to_lowercase().contains("certificate")
}

fn given_up(failure: Failure, trouble: Trouble, once: bool) -> Failure {
    failure.ambiguous(once && trouble == Trouble::Unclear)
}

fn limited(error: &Error, wait: Duration) -> Error {
    let seconds = wait.as_secs();
    Error::unavailable(error.to_string())
        .hint(format!(
            "the server limits how much may be asked; run the same command again in {seconds} s, \
             or let fewer jobs run at once"
        ))
        .retryable()
}

fn certificates(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, Error> {
    let found = reqwest::Certificate::from_pem_bundle(pem).unwrap_or_default();
    if found.is_empty() {
        return Err(Error::usage("the file with the server's certificates holds none")
            .hint("it begins with -----BEGIN CERTIFICATE-----"));
    }
    Ok(found)
}

fn headers(options: &Options) -> Result<HeaderMap, Error> {
    let unusable = |name: &str| {
        Error::usage(format!("the header {name} has characters that no header can have"))
            .hint("check the token: no line break may be in it")
    };
    let mut map = HeaderMap::new();
    for (name, value) in &options.headers {
        let value = HeaderValue::from_str(value).map_err(|_| unusable(name))?;
        map.insert(HeaderName::from_static(name), value);
    }
    if let Some(login) = &options.authorization {
        let mut value =
            HeaderValue::from_str(login.expose()).map_err(|_| unusable("authorization"))?;
        value.set_sensitive(true);
        map.insert("authorization", value);
    }
    Ok(map)
}

pub(in crate::adapters) fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost" | "[::1]") => true,
        Some(host) => host.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback()),
        None => false,
    }
}

/// An address that means the machine's own host, such as that which tells of its identity.
fn is_link_local(url: &Url) -> bool {
    let address = url.host_str().and_then(|host| host.parse::<std::net::Ipv4Addr>().ok());
    address.is_some_and(|ip| ip.is_link_local())
}

/// The innermost cause: reqwest's own words name the whole address, with its query.
pub(in crate::adapters) fn reason(error: &reqwest::Error) -> String {
    let mut inner = error.source();
    while let Some(deeper) = inner.and_then(std::error::Error::source) {
        inner = Some(deeper);
    }
    failure::one_line(&inner.map_or_else(|| "it failed".to_owned(), ToString::to_string))
}
