//! A bucket or container: its files by their paths.

use std::path::Path;
use std::sync::{Arc, Mutex};

use super::asked::{Ask, Call, Label, Payload, Span};
use super::caller::Caller;
use super::cloud::Cloud;
use super::download::{self, Wanted, counting, is_page};
use super::exchange::Connections;
use super::link::{Link, Whole as Answered};
use super::refused::page_for_browsers;
use super::{azure_blob, google, upload};
use crate::adapters::http::{RetryPolicy, xml};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::ports::clock::Clock;
use crate::ports::store::Progress;

/// What came of putting a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::adapters) enum Landed {
    /// It is there now.
    New,
    /// Something was there, or somebody else is writing it; nothing was changed.
    Taken,
    /// The server does not know the condition; nothing was changed.
    Unconditional,
}

/// A bucket or container.
pub(in crate::adapters) struct Bucket {
    caller: Arc<dyn Caller>,
    connections: Connections,
    clock: Arc<dyn Clock>,
    retry: RetryPolicy,
    /// A large file uses several connections, and memory for each: one at a time.
    pub(in crate::adapters) large: Mutex<()>,
}

impl Bucket {
    /// The bucket or container that `caller` knows; nothing is sent yet.
    pub(in crate::adapters) fn new(
        caller: Arc<dyn Caller>,
        clock: Arc<dyn Clock>,
        retry: RetryPolicy,
    ) -> Self {
        let connections = Connections::new(retry.stalled);
        Self { caller, connections, clock, retry, large: Mutex::new(()) }
    }

    /// Which object store it is of.
    pub(in crate::adapters) fn cloud(&self) -> Cloud {
        self.caller.cloud()
    }

    /// A conversation with it.
    pub(in crate::adapters) fn link(&self) -> Link<'_> {
        Link {
            connections: &self.connections,
            clock: &*self.clock,
            retry: self.retry,
            peer: &*self.caller,
        }
    }

    /// The call that asks it.
    pub(in crate::adapters) fn call(&self, ask: Ask<'_>) -> Result<Call> {
        self.caller.call(ask, self.clock.now())
    }

    /// Bytes of a file; none: it is not there.
    ///
    /// # Errors
    /// No such bucket (where the store tells), no permission, no answer.
    pub(in crate::adapters) fn size(&self, path: &str) -> Result<Option<u64>> {
        let Some(whole) = self.look(path)? else { return Ok(None) };
        let size = match self.cloud() {
            Cloud::Google => google::size(&whole.body),
            _ => whole.answer.get("content-length").and_then(|length| length.parse().ok()),
        };
        size.map(Some).ok_or_else(page_for_browsers)
    }

    /// What the store says of a file, without its bytes; none: it is not there.
    ///
    /// # Errors
    /// As [`Bucket::size`].
    pub(in crate::adapters) fn look(&self, path: &str) -> Result<Option<Answered>> {
        let whole = self.link().whole(&|| self.call(Ask::Size { path }))?;
        if self.cloud() == Cloud::Azure && azure_blob::is_absent_container(&whole) {
            return Err(self.no_container());
        }
        // Each object has a tag; a page of a proxy has none, and no length of its own.
        let is_page = self.cloud() == Cloud::S3 && whole.answer.get("etag").is_none();
        match whole.status {
            404 => Ok(None),
            _ if is_page => Err(page_for_browsers()),
            _ => Ok(Some(whole)),
        }
    }

    /// The error that the container of Azure's is not there.
    pub(in crate::adapters) fn no_container(&self) -> Error {
        let code = "ContainerNotFound";
        let hint = self.caller.advice(code);
        let hint =
            hint.unwrap_or_else(|| "check the name of the container, and the account".into());
        Error::not_found(format!("the server answers 404 {code}")).hint(hint)
    }

    /// A small file, in memory, that is no page for browsers.
    ///
    /// # Errors
    /// It is not there; no permission, no answer.
    pub(in crate::adapters) fn bytes(&self, path: &str) -> Result<Vec<u8>> {
        let whole = self.link().whole(&|| self.call(Ask::File { path, span: None }))?;
        if self.cloud() != Cloud::Azure && is_page(&whole.body) {
            Err(page_for_browsers())
        } else {
            Ok(whole.body)
        }
    }

    /// Fetches the file with this digest into `into`, and reads on where a connection breaks.
    ///
    /// # Errors
    /// It is not there, or has another digest; no permission, no answer.
    pub(in crate::adapters) fn fetch(
        &self,
        path: &str,
        digest: &Digest,
        into: &Path,
        progress: Progress<'_>,
    ) -> Result<()> {
        let coming = counting(progress);
        let call = |span: Option<Span<'_>>| self.call(Ask::File { path, span });
        let wanted =
            Wanted { into, digest: Some(digest), progress: &coming, pages: false, within: None };
        download::fetch(&self.link(), &call, &wanted).map(|_| ())
    }

    /// Puts a small file; `fresh`: only where there is none.
    ///
    /// # Errors
    /// No such bucket, no permission, no answer.
    pub(in crate::adapters) fn put(
        &self,
        path: &str,
        body: &Payload,
        fresh: bool,
        label: Label<'_>,
    ) -> Result<Landed> {
        // Google's way to put a file whole cannot take an empty one everywhere.
        if body.bytes.is_empty() && self.cloud() == Cloud::Google {
            return upload::empty(self, path, fresh);
        }
        let whole = self.link().whole(&|| self.call(Ask::Put { path, body, fresh, label }))?;
        self.landed(&whole)
    }

    /// What an answer to putting a file means. A page of a proxy is a success by its status alone:
    /// each store says more.
    ///
    /// # Errors
    /// The answer is not the store's.
    pub(in crate::adapters) fn landed(&self, whole: &Answered) -> Result<Landed> {
        let done = match (whole.status, self.cloud()) {
            (409 | 412, _) => return Ok(Landed::Taken),
            (501, _) => return Ok(Landed::Unconditional),
            (status, Cloud::Azure) => status == 201,
            (_, Cloud::S3) => {
                let text = String::from_utf8_lossy(&whole.body);
                whole.answer.get("etag").is_some() || !xml::elements(&text, "ETag").is_empty()
            }
            (_, Cloud::Google) => google::size(&whole.body).is_some(),
        };
        if done { Ok(Landed::New) } else { Err(page_for_browsers()) }
    }
}
