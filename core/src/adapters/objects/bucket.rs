//! A bucket or container: its files by their paths.

use std::path::Path;
use std::sync::{Arc, Mutex};

use super::asked::{Ask, Call, Payload, Rest};
use super::cloud::Cloud;
use super::download::{self, Wanted, is_page};
use super::exchange::Connections;
use super::link::{Link, Whole as Answered};
use super::refused::page_for_browsers;
use super::{Surroundings, google, upload};
use crate::adapters::http::{RetryPolicy, xml};
use crate::domain::digest::Digest;
use crate::domain::error::Result;
use crate::ports::clock::Clock;
use crate::ports::store::Progress;

/// The environment, which describes the login.
pub(in crate::adapters) type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

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
    cloud: Cloud,
    holder: String,
    around: Environment,
    connections: Connections,
    clock: Arc<dyn Clock>,
    retry: RetryPolicy,
    /// A large file uses several connections, and memory for each: one at a time.
    pub(in crate::adapters) large: Mutex<()>,
}

impl Bucket {
    /// The bucket or container `holder` (`container@account…` for Azure); nothing is sent yet.
    pub(in crate::adapters) fn new(
        cloud: Cloud,
        holder: &str,
        around: Environment,
        clock: Arc<dyn Clock>,
        retry: RetryPolicy,
    ) -> Self {
        let (holder, connections) = (holder.to_owned(), Connections::default());
        Self { cloud, holder, around, connections, clock, retry, large: Mutex::new(()) }
    }

    /// Which object store it is of.
    pub(in crate::adapters) fn cloud(&self) -> Cloud {
        self.cloud
    }

    /// A conversation with it.
    pub(in crate::adapters) fn link(&self) -> Link<'_> {
        Link {
            connections: &self.connections,
            clock: &*self.clock,
            retry: self.retry,
            login: self.cloud.login(),
        }
    }

    /// The call that asks it.
    pub(in crate::adapters) fn call(&self, ask: Ask<'_>) -> Result<Call> {
        self.cloud.call(&self.holder, ask, Surroundings(&*self.around), self.clock.now())
    }

    /// Bytes of a file; none: it is not there.
    ///
    /// # Errors
    /// No such bucket (where the store tells), no permission, no answer.
    pub(in crate::adapters) fn size(&self, path: &str) -> Result<Option<u64>> {
        let whole = self.link().whole(&|| self.call(Ask::Size { path }))?;
        if whole.status == 404 {
            return Ok(None);
        }
        Ok(match self.cloud {
            Cloud::Google => google::size(&whole.body),
            _ => whole.answer.get("content-length").and_then(|length| length.parse().ok()),
        })
    }

    /// A small file, in memory, that is no page for browsers.
    ///
    /// # Errors
    /// It is not there; no permission, no answer.
    pub(in crate::adapters) fn bytes(&self, path: &str) -> Result<Vec<u8>> {
        let whole = self.link().whole(&|| self.call(Ask::File { path, rest: None }))?;
        if is_page(&whole.body) { Err(page_for_browsers()) } else { Ok(whole.body) }
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
        let told = Mutex::new(0);
        let coming = |written: u64, _: Option<u64>| {
            let mut told = told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            progress(written.saturating_sub(*told));
            *told = written;
        };
        let call = |rest: Option<Rest<'_>>| self.call(Ask::File { path, rest });
        let wanted = Wanted { into, digest: Some(digest), progress: &coming };
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
    ) -> Result<Landed> {
        // Google's way to put a file whole cannot take an empty one everywhere.
        if body.bytes.is_empty() && self.cloud == Cloud::Google {
            return upload::empty(self, path, fresh);
        }
        let whole = self.link().whole(&|| self.call(Ask::Put { path, body, fresh }))?;
        self.landed(&whole)
    }

    /// What an answer to putting a file means. A page of a proxy is a success by its status alone:
    /// each store says more.
    ///
    /// # Errors
    /// The answer is not the store's.
    pub(in crate::adapters) fn landed(&self, whole: &Answered) -> Result<Landed> {
        let done = match (whole.status, self.cloud) {
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
