//! Addresses that the server signs: whoever has one reaches one file in the object store behind it,
//! for some minutes, and needs no login.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::{Method, Url};
use serde_json::Value;

use super::place::Fetch;
use crate::adapters::http::{RetryPolicy, is_loopback};
use crate::adapters::mlflow::Server;
use crate::adapters::objects::{self, Call, Connections, Link, Span, counting};
use crate::config::env;
use crate::domain::error::{Error, ErrorKind, Result};

/// Tries of a call past the server: where the object store cannot be reached, the server can reach it.
const ATTEMPTS: u32 = 3;
/// What describes the login.
const LOGIN: &str = "the MLflow server signs the addresses: its own login may have too few rights";

/// Whether files may go past the server, and the connections for that.
#[derive(Debug)]
pub(in crate::adapters::mlflow) struct Direct {
    no_uploads: AtomicBool,
    no_downloads: AtomicBool,
    connections: Connections,
}

impl Direct {
    /// As the variables say that MLflow's own client reads for this; else it is tried.
    pub(in crate::adapters::mlflow) fn read(get: &dyn Fn(&str) -> Option<String>) -> Self {
        let refused = |name: &str| {
            let says = get(name).map(|says| says.to_lowercase());
            AtomicBool::new(says.is_some_and(|says| matches!(says.as_str(), "false" | "0")))
        };
        Self {
            no_uploads: refused(env::MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD),
            no_downloads: refused(env::MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD),
            connections: Connections::new(RetryPolicy::default().stalled),
        }
    }

    /// Whether uploads may go past the server.
    pub(super) fn uploads(&self) -> bool {
        !self.no_uploads.load(Ordering::Relaxed)
    }

    /// Whether downloads may go past the server.
    pub(super) fn downloads(&self) -> bool {
        !self.no_downloads.load(Ordering::Relaxed)
    }

    /// It was tried in vain.
    pub(super) fn no_uploads(&self) {
        self.no_uploads.store(true, Ordering::Relaxed);
    }

    /// It was tried in vain.
    pub(super) fn no_downloads(&self) {
        self.no_downloads.store(true, Ordering::Relaxed);
    }
}

/// Whether a failure of this kind is of the way, so that another way may do.
pub(super) fn is_the_way(kind: ErrorKind) -> bool {
    !matches!(
        kind,
        ErrorKind::Integrity | ErrorKind::Io | ErrorKind::NotFound | ErrorKind::Internal
    )
}

/// An address with what it wants to be sent along.
#[derive(Debug, Clone)]
pub(super) struct Signed {
    url: String,
    headers: Vec<(String, String)>,
}

impl Signed {
    /// Out of an answer that has the address at `key`, and `headers`.
    ///
    /// # Errors
    /// There is none, or it leads away from an encrypted connection.
    pub(super) fn read(server: &Server, answer: &Value, key: &str) -> Result<Self> {
        let url = answer[key].as_str().unwrap_or_default().to_owned();
        let parsed = Url::parse(&url).ok();
        let encrypted = server.base().starts_with("https://");
        let fits = |url: &Url| url.scheme() == "https" || !encrypted || is_loopback(url);
        if !parsed.as_ref().is_some_and(fits) {
            return Err(Error::unavailable(
                "the MLflow server signs an address that is none, or is not encrypted",
            )
            .hint("its object store should be reached by https://"));
        }
        let headers = answer["headers"].as_object().into_iter().flatten();
        let headers = headers
            .filter_map(|(name, value)| Some((name.to_lowercase(), value.as_str()?.to_owned())));
        Ok(Self { url, headers: headers.collect() })
    }

    /// The address alone.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The headers to send along.
    pub(super) fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The call that puts these bytes there.
    pub(super) fn put(&self, bytes: bytes::Bytes) -> Call {
        let (url, headers) = (self.url.clone(), self.headers.clone());
        Call { method: Method::PUT, body: Some(bytes), ..Call::get(url, headers) }
    }
}

/// A conversation with the object store behind the server.
pub(super) fn link(server: &Server) -> Link<'_> {
    Link {
        connections: &server.direct().connections,
        clock: server.clock(),
        retry: RetryPolicy { attempts: ATTEMPTS, ..RetryPolicy::default() },
        peer: &LOGIN,
    }
}

/// Fetches what `sign` gives an address of; a new one for each attempt, since they grow old.
pub(super) fn fetch(
    server: &Server,
    sign: &dyn Fn() -> Result<Signed>,
    fetch: Fetch<'_>,
) -> Result<()> {
    let first = RefCell::new(Some(sign()?));
    let call = |span: Option<Span<'_>>| {
        let Signed { url, mut headers } = match first.take() {
            Some(first) => first,
            None => sign()?,
        };
        headers.extend(span.into_iter().flat_map(Span::headers));
        Ok(Call { follows: true, ..Call::get(url, headers) })
    };
    let coming = counting(fetch.progress);
    let wanted = fetch.wanted(&coming);
    objects::fetch(&link(server), &call, &wanted).map(|_| ())
}
