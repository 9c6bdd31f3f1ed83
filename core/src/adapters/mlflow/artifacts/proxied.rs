//! Artifacts that go through the server. Large ones go past it, where it signs addresses for that.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::multipart::{self, Outcome};
use super::place::{Artifacts, Fetch};
use super::signed::{self, Signed};
use super::streamed;
use super::walk::{files, join};
use crate::adapters::http::{Request, Upload};
use crate::adapters::mlflow::Server;
use crate::adapters::mlflow::sink::FileSink;
use crate::adapters::objects::Whole;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::files::place::{Mode, NewFile};
use crate::files::stream;
use crate::ports::store::Progress;

/// A file with more bytes is sent in parts, past the server, where that can be.
const LARGE: u64 = 64 << 20;

/// Artifacts behind the server.
#[derive(Debug)]
pub(super) struct Proxied {
    server: Arc<Server>,
    root: String,
}

impl Proxied {
    /// Below `root` of the server's artifacts.
    pub(super) fn new(server: Arc<Server>, root: String) -> Self {
        Self { server, root }
    }

    fn place(&self, path: &str) -> String {
        join(&self.root, path)
    }

    fn send(&self, place: &str, upload: Upload) -> Result<()> {
        self.server.artifact(&Request::put(&way("artifacts", place)).upload(upload)).map(|_| ())
    }

    /// The file by an address that the server signs; whether that could be.
    fn past(&self, place: &str, fetch: Fetch<'_>) -> Result<bool> {
        let direct = self.server.direct();
        if !direct.downloads() {
            return Ok(false);
        }
        let sign = || {
            let answer = self.server.artifact(&Request::get(&way("presigned", place)))?;
            Signed::read(&self.server, &answer, "url")
        };
        match signed::fetch(&self.server, &sign, fetch) {
            Ok(()) => Ok(true),
            Err(e) if signed::is_the_way(e.kind()) => {
                tracing::info!("files go through the MLflow server: {e}");
                direct.no_downloads();
                Ok(false)
            }
            Err(e) => Err(e),
        }
    }
}

/// `api/2.0/mlflow-artifacts/<call>/<place>`, in segments.
pub(super) fn way<'a>(call: &'a str, place: &'a str) -> Vec<&'a str> {
    ["api", "2.0", "mlflow-artifacts"]
        .into_iter()
        .chain(call.split('/'))
        .chain(place.split('/'))
        .collect()
}

impl Artifacts for Proxied {
    fn files(&self, folder: &str) -> Result<BTreeMap<String, u64>> {
        files(folder, &|folder| {
            let request = Request::get(&["api", "2.0", "mlflow-artifacts", "artifacts"]);
            self.server.artifact(&request.query("path", self.place(folder)))
        })
    }

    fn put(&self, path: &str, whole: Whole<'_>, progress: Progress<'_>) -> Result<()> {
        let place = self.place(path);
        let mut told = 0;
        if whole.size > LARGE && self.server.direct().uploads() {
            match multipart::send(&self.server, &place, whole, progress)? {
                Outcome::Sent => return Ok(()),
                Outcome::Not { told: already } => told = already,
            }
        }
        let send = |upload: Upload| self.send(&place, upload);
        let sent = streamed::send(whole, told, progress, &send)?;
        if sent == *whole.digest {
            return Ok(());
        }
        self.server.artifact(&Request::delete(&way("artifacts", &place)))?;
        Err(stream::another(whole.source, &sent, whole.digest))
    }

    fn fetch(&self, path: &str, fetch: Fetch<'_>) -> Result<()> {
        let place = self.place(path);
        if self.past(&place, fetch)? {
            return Ok(());
        }
        let mut new = NewFile::beside(fetch.into, Mode::Ordinary)?;
        let mut sink = FileSink::new(new.file(), fetch.progress);
        let request = Request::get(&way("artifacts", &place));
        self.server.download(&request, &mut sink).map_err(|e| match e.kind() {
            ErrorKind::NotFound => Error::not_found(format!("{place} is not on the MLflow server"))
                .hint("somebody deleted it there; register the package again"),
            _ => e,
        })?;
        let found = sink.digest();
        if fetch.digest.is_some_and(|digest| *digest != found) {
            let message = format!("{place} on the MLflow server has the digest {found}");
            return Err(Error::integrity(message).hint(
                "it was changed or cut short there; delete it and register the package again",
            ));
        }
        new.commit()
    }
}
