//! The distribution API of a registry, for one repository.

use std::sync::Arc;

use bytes::Bytes;
use reqwest::{Method, Url};

use super::artifact::{Blob, IMAGE_INDEX, IMAGE_MANIFEST};
use super::entra;
use super::login::Credentials;
use super::place::Place;
use super::refusal::Refusal;
use super::token::{Access, Tokens};
use crate::adapters::http::{RetryPolicy, Tries, Trouble};
use crate::adapters::objects::{
    Answered, Call, Connections, Link, Span, Wanted, fetch, is_page, page_for_browsers,
};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::ports::clock::Clock;

/// That a login is wanted, besides success.
pub(super) const LOGIN: &[u16] = &[401];
/// That, or that a manifest is not taken.
const REFUSED: &[u16] = &[400, 401];
/// That a login is wanted, or that there is no such thing.
pub(super) const ABSENT: &[u16] = &[401, 404];
/// What describes the login, as a hint.
const LOGIN_HINT: &str = "log in with `docker login`; writing needs the right to push";
/// Most logins of one call: the first, and a new one where a token ended meanwhile.
const TURNS: usize = 3;

/// A repository of a registry.
pub(super) struct Client {
    base: String,
    tokens: Tokens,
    connections: Connections,
    clock: Arc<dyn Clock>,
    pub(super) retry: RetryPolicy,
}

impl Client {
    /// Nothing is sent yet.
    pub(super) fn new(
        place: &Place,
        credentials: Option<Credentials>,
        clock: Arc<dyn Clock>,
        retry: RetryPolicy,
    ) -> Self {
        let tokens = Tokens::new(&place.host, &place.repository, credentials);
        Self {
            base: place.base(),
            tokens,
            connections: Connections::new(retry.stalled),
            clock,
            retry,
        }
    }

    /// Logs in at Azure where there is no other login.
    pub(super) fn with_entra(&mut self, login: entra::Login) {
        self.tokens.with_entra(login);
    }

    /// Mounts layers from this repository of the registry, where it has them.
    pub(super) fn mount_from(&self, repository: &str) {
        self.tokens.set_neighbour(repository);
    }

    /// The repository from which layers are mounted.
    pub(super) fn neighbour(&self) -> Option<String> {
        self.tokens.neighbour()
    }

    /// Time.
    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// A conversation with it.
    pub(super) fn link(&self) -> Link<'_> {
        Link {
            connections: &self.connections,
            clock: &*self.clock,
            retry: self.retry,
            peer: &LOGIN_HINT,
        }
    }

    /// The address of something in the repository.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    /// An address that the registry gave, and whether it is the registry's own.
    pub(super) fn given(&self, location: &str) -> Result<(String, bool)> {
        let own = Url::parse(&self.base).map_err(|e| Error::internal(e.to_string()))?;
        let url = own.join(location).map_err(|_| {
            Error::unavailable("the registry sends a layer to what is no address")
                .hint("check the address of the registry, and whether a proxy stands between")
        })?;
        let is_own = url.origin() == own.origin();
        if !is_own && url.scheme() != "https" {
            return Err(Error::unavailable(
                "the registry sends a layer where nothing is encrypted",
            )
            .hint("check the address of the registry"));
        }
        Ok((url.to_string(), is_own))
    }

    /// The call with the login that is held, if the address is the registry's own.
    pub(super) fn logged_in(&self, mut call: Call, access: Access, own: bool) -> Call {
        if let Some(value) = self.tokens.held(access).filter(|_| own) {
            call.headers.push(("authorization".to_owned(), value));
        }
        call
    }

    /// Sends a call, which takes 401 for an answer, and logs in where the registry asks for it.
    pub(super) fn send(&self, access: Access, call: &Call) -> Result<Answered> {
        for _ in 0..TURNS {
            let used = self.held(access);
            let answer = self.link().whole(&|| Ok(self.logged_in(call.clone(), access, true)))?;
            if answer.status != 401 {
                return Ok(answer);
            }
            self.log_in(&answer, access, used.as_deref())?;
        }
        Err(self.tokens.refused("takes the login and refuses the call"))
    }

    /// The login that calls carry now.
    pub(super) fn held(&self, access: Access) -> Option<String> {
        self.tokens.held(access)
    }

    /// Answers the challenge in an answer to a call that carried the login `used`.
    pub(super) fn log_in(
        &self,
        answer: &Answered,
        access: Access,
        used: Option<&str>,
    ) -> Result<()> {
        let challenge = answer.answer.get("www-authenticate").unwrap_or_default();
        self.tokens.answer(challenge, access, used, &self.link())
    }

    /// Bytes of a blob; none: it is not there.
    pub(super) fn size(&self, digest: &Digest, access: Access) -> Result<Option<u64>> {
        let url = self.url(&format!("blobs/{digest}"));
        let call = Call { method: Method::HEAD, answers: ABSENT, ..Call::get(url, Vec::new()) };
        let answer = self.send(access, &call)?;
        let length = answer.answer.get("content-length").and_then(|l| l.parse().ok());
        Ok(if answer.status == 404 { None } else { length })
    }

    /// A small blob, in memory.
    pub(super) fn bytes(&self, digest: &Digest) -> Result<Vec<u8>> {
        let url = self.url(&format!("blobs/{digest}"));
        let call = Call { answers: LOGIN, follows: true, ..Call::get(url, Vec::new()) };
        let body = self.send(Access::Pull, &call)?.body;
        if is_page(&body) { Err(page_for_browsers()) } else { Ok(body) }
    }

    /// Fetches a blob into a file, and reads on where a connection breaks.
    pub(super) fn fetch(&self, digest: &Digest, wanted: &Wanted<'_>) -> Result<()> {
        let url = self.url(&format!("blobs/{digest}"));
        let call = |span: Option<Span<'_>>| {
            let headers = span.map(|span| span.headers()).unwrap_or_default();
            let call = Call { follows: true, ..Call::get(url.clone(), headers) };
            Ok(self.logged_in(call, Access::Pull, true))
        };
        let mut turn = 1;
        loop {
            // A look logs in, and gets a new token where the last one has ended.
            self.size(digest, Access::Pull)?;
            match fetch(&self.link(), &call, wanted) {
                Err(e) if e.kind() == ErrorKind::Permission && turn < TURNS => turn += 1,
                other => return other.map(|_| ()),
            }
        }
    }

    /// A manifest by tag or digest; none: it is not there.
    pub(super) fn manifest(&self, name: &str, access: Access) -> Result<Option<Vec<u8>>> {
        let accept = ("accept".to_owned(), format!("{IMAGE_MANIFEST}, {IMAGE_INDEX}"));
        let url = self.url(&format!("manifests/{name}"));
        let call = Call { answers: ABSENT, ..Call::get(url, vec![accept]) };
        let answer = self.send(access, &call)?;
        match answer.status {
            404 => Ok(None),
            _ if is_page(&answer.body) => Err(page_for_browsers()),
            _ => Ok(Some(answer.body)),
        }
    }

    /// Puts a manifest under a tag or its digest.
    pub(super) fn put_manifest(
        &self,
        name: &str,
        media_type: &str,
        manifest: &Blob,
    ) -> Result<Answered> {
        let url = self.url(&format!("manifests/{name}"));
        let headers = vec![("content-type".to_owned(), media_type.to_owned())];
        let body = Some(Bytes::from(manifest.bytes.clone()));
        let call = Call { method: Method::PUT, body, answers: REFUSED, ..Call::get(url, headers) };
        let mut tries = Tries::new(self.retry, self.clock());
        loop {
            let answer = self.send(Access::Push, &call)?;
            let refusal = match answer.status {
                201 => return Ok(answer),
                400 => Refusal::of(&answer.body),
                _ => return Err(page_for_browsers()),
            };
            if !refusal.passes() || !tries.again(Trouble::Unclear, false) {
                return Err(refusal.into());
            }
            tracing::info!("{}; it is tried again", Error::from(refusal));
        }
    }
}
