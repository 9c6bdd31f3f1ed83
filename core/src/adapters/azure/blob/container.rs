//! The container: its login, and blobs as a whole.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Url;

use super::access::{Access, Renew, signature};
use crate::adapters::azure::identity::{Audience, Tokens};
use crate::adapters::http::{Failure, HttpClient, Options, Request, Response, RetryPolicy};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::secret::Secret;
use crate::ports::clock::Clock;

/// Version of the REST API.
pub(super) const VERSION: &str = "2021-12-02";
/// Longest time that one call may take: a block of some megabytes on a slow line.
const LONGEST: Duration = Duration::from_secs(120);
/// Most bytes of a blob that is read as a whole.
const WHOLE: u64 = 32 << 20;

/// Who made a blob: one call of one process.
const WRITER: &str = "x-ms-meta-writer";
/// What the one who stored a blob says of its digest; 64 digits, or nothing.
pub(super) const SHA256: &str = "x-ms-meta-sha256";

/// What is known of a blob without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stat {
    /// Bytes.
    pub size: u64,
    /// The digest, as the one says who stored it: 64 digits, or nothing. The bytes may be others.
    pub sha256: String,
    writer: String,
}

/// One container.
pub struct Container {
    base: String,
    account: String,
    name: String,
    tokens: Arc<Tokens>,
    renew: Renew,
    clock: Arc<dyn Clock>,
    retry: RetryPolicy,
    opened: Mutex<Option<Arc<Opened>>>,
}

/// A client with a login.
struct Opened {
    http: HttpClient,
    /// The token that the client shows, where it shows one.
    token: Option<Secret>,
    /// The shared access signature, as pairs of the query.
    signature: Vec<(String, String)>,
}

impl Container {
    /// The container `name` of the account at `account_url`, such as
    /// `https://acme.blob.core.windows.net`. Nothing is sent yet.
    pub fn new(
        account_url: &str,
        name: &str,
        tokens: Arc<Tokens>,
        renew: Renew,
        clock: Arc<dyn Clock>,
        retry: RetryPolicy,
    ) -> Self {
        let account_url = account_url.trim_end_matches('/');
        let account = Url::parse(account_url).ok().map(|url| account_of(&url)).unwrap_or_default();
        Self {
            base: format!("{account_url}/{name}"),
            account,
            name: name.to_owned(),
            tokens,
            renew,
            clock,
            retry,
            opened: Mutex::default(),
        }
    }

    /// Address of the container, without any signature.
    pub fn url(&self) -> &str {
        &self.base
    }

    /// Makes the blob, if there is none of this name: of two that try, one does. Gives whether it
    /// was made by this call.
    ///
    /// # Errors
    /// The service cannot be reached, or refuses.
    pub fn create(&self, name: &str, content_type: &'static str, bytes: &[u8]) -> Result<bool> {
        let nonce = format!("{:032x}", rand::random::<u128>());
        let put = self
            .put(name, content_type, bytes)
            .header("if-none-match", "*")
            .header(WRITER, nonce.as_str());
        match self.send(&put) {
            Ok(_) => Ok(true),
            // An answer that was lost may have been that of this very call.
            Err(failure) if matches!(failure.status(), Some(409 | 412)) => {
                Ok(self.stat(name)?.is_some_and(|there| there.writer == nonce))
            }
            Err(failure) => Err(self.told(failure, name)),
        }
    }

    /// Writes the blob, whatever is there.
    ///
    /// # Errors
    /// The service cannot be reached, or refuses.
    pub fn write(&self, name: &str, content_type: &'static str, bytes: &[u8]) -> Result<()> {
        let sent = self.send(&self.put(name, content_type, bytes));
        sent.map(|_| ()).map_err(|f| self.told(f, name))
    }

    /// The blob; none: there is none of this name.
    ///
    /// # Errors
    /// The service cannot be reached, or refuses; there is no such container.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        match self.send(&Request::get(&parts(name))) {
            Ok(answer) if answer.bytes().len() as u64 > WHOLE => {
                Err(Error::unavailable(format!("the blob {name} is too large"))
                    .hint("somebody else wrote it; look at it in the portal"))
            }
            Ok(answer) => Ok(Some(answer.bytes().to_vec())),
            Err(failure) if is_absent(&failure) => Ok(None),
            Err(failure) => Err(self.told(failure, name)),
        }
    }

    /// What is known of the blob without reading it; none: there is none of this name.
    ///
    /// # Errors
    /// The service cannot be reached, or refuses; there is no such container.
    pub fn stat(&self, name: &str) -> Result<Option<Stat>> {
        match self.send(&Request::head(&parts(name))) {
            Ok(answer) => {
                let text = |name: &str| answer.header(name).unwrap_or_default().to_owned();
                let size = text("content-length").parse().unwrap_or_default();
                Ok(Some(Stat { size, sha256: text(SHA256), writer: text(WRITER) }))
            }
            Err(failure) if is_absent(&failure) => Ok(None),
            Err(failure) => Err(self.told(failure, name)),
        }
    }

    fn put(&self, name: &str, content_type: &'static str, bytes: &[u8]) -> Request {
        Request::put(&parts(name))
            .header("x-ms-blob-type", "BlockBlob")
            .bytes(content_type, bytes.to_vec())
    }

    /// Sends a call; a login that the service no longer takes is had anew once.
    pub(super) fn send(&self, request: &Request) -> Result<Response, Failure> {
        let opened = self.opened(None)?;
        match opened.send(request) {
            Err(failure) if matches!(failure.status(), Some(401 | 403)) => {
                let again = self.opened(Some(&opened))?;
                again.send(request)
            }
            answer => answer,
        }
    }

    /// The client; `refused` is the one that the service no longer takes.
    fn opened(&self, refused: Option<&Arc<Opened>>) -> Result<Arc<Opened>> {
        let mut held = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(opened) = held.as_ref() {
            let is_refused = refused.is_some_and(|refused| Arc::ptr_eq(refused, opened));
            let token = match &opened.token {
                Some(token) if is_refused => {
                    Some(self.tokens.instead_of(token, Audience::Storage)?)
                }
                Some(_) => Some(self.tokens.token(Audience::Storage)?),
                None => None,
            };
            if !is_refused && token == opened.token {
                return Ok(Arc::clone(opened));
            }
        }
        let opened = Arc::new(self.open()?);
        *held = Some(Arc::clone(&opened));
        Ok(opened)
    }

    fn open(&self) -> Result<Opened> {
        let protocol = if self.base.starts_with("https:") { "https" } else { "" };
        let query = match (self.renew)()? {
            Access::Identity => {
                let token = self.tokens.token(Audience::Storage)?;
                let http = self.client(Some(&token))?;
                return Ok(Opened { http, token: Some(token), signature: Vec::new() });
            }
            Access::Signature(query) => query,
            Access::Key { account, key } => {
                signature(&account, &key, &self.name, protocol, self.clock.now())?
            }
        };
        let query = query.expose().trim_start_matches('?').to_owned();
        let url = Url::parse(&format!("{}?{query}", self.base)).map_err(|_| {
            Error::unavailable("the signature of the container cannot be used")
                .hint("save the datastore's credentials anew in the studio")
        })?;
        let signature = url.query_pairs().map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
        Ok(Opened { http: self.client(None)?, token: None, signature })
    }

    fn client(&self, token: Option<&Secret>) -> Result<HttpClient> {
        HttpClient::new(Options {
            base: self.base.clone(),
            authorization: token.map(|t| Secret::new(format!("Bearer {}", t.expose()))),
            headers: vec![("x-ms-version", VERSION.to_owned())],
            clock: Arc::clone(&self.clock),
            retry: self.retry,
            timeout: Some(LONGEST),
        })
    }

    /// The failure as an error that says what to do.
    pub(super) fn told(&self, failure: Failure, name: &str) -> Error {
        let (said, status) = (failure.said().to_owned(), failure.status());
        let error = Error::from(failure).during(format!("blob {name} of {}", self.base));
        match said.as_str() {
            "ContainerNotFound" => Error::not_found(error.to_string())
                .hint("the container of the workspace's default datastore is not there: check the datastore in the studio"),
            "AuthorizationPermissionMismatch" => error.hint(format!(
                "{} needs the role Storage Blob Data Contributor on the account {}",
                self.tokens.choice().way, self.account
            )),
            "AuthorizationFailure" | "PublicAccessNotPermitted" => error.hint(format!(
                "a firewall of the account {} keeps this machine out, or it takes no keys: run in \
                 its network, or let the datastore use identities",
                self.account
            )),
            "KeyBasedAuthenticationNotPermitted" => error.hint(format!(
                "the account {} takes no keys: let the datastore use identities (no credentials)",
                self.account
            )),
            "AuthenticationFailed" => error.hint(
                "the key or the signature of the datastore is not the account's: save its \
                 credentials anew in the studio, and check the clock of this machine",
            ),
            _ if status == Some(403) => error.hint(format!(
                "{} needs the role Storage Blob Data Contributor on the account {}",
                self.tokens.choice().way, self.account
            )),
            _ => error,
        }
    }
}

impl Opened {
    fn send(&self, request: &Request) -> Result<Response, Failure> {
        let pairs = self.signature.iter();
        let request = pairs.fold(request.clone(), |r, (name, value)| r.query(name, value.as_str()));
        let answer = self.http.send(&request)?;
        // Something between here and there may answer in its place: a page for signing in.
        if answer.header("x-ms-request-id").is_none() && answer.header("x-ms-version").is_none() {
            return Err(Error::unavailable("the answer is none of Blob Storage")
                .hint(
                    "a proxy or a page for signing in stands between: check HTTPS_PROXY and NO_PROXY",
                )
                .into());
        }
        Ok(answer)
    }
}

/// The parts of a blob's name, which become the segments of its address.
pub(super) fn parts(name: &str) -> Vec<&str> {
    name.split('/').collect()
}

fn is_absent(failure: &Failure) -> bool {
    failure.kind() == ErrorKind::NotFound && failure.said() != "ContainerNotFound"
}

/// The account in an address: its first name, or the first part of the path on an emulator.
fn account_of(url: &Url) -> String {
    let first = url.path().split('/').find(|part| !part.is_empty());
    let host = url.host_str().and_then(|host| host.split('.').next());
    first.or(host).unwrap_or_default().to_owned()
}
