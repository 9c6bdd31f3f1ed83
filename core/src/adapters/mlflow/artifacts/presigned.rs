//! Artifacts in a bucket for which this machine has no login: the server lists them, and signs an
//! address for each file.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::place::{Artifacts, Fetch};
use super::signed::{self, Signed};
use super::{streamed, walk};
use crate::adapters::http::Upload;
use crate::adapters::mlflow::Server;
use crate::adapters::objects::Whole;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::files::stream;
use crate::ports::store::Progress;

/// Artifacts of a run.
#[derive(Debug)]
pub(super) struct Presigned {
    server: Arc<Server>,
    run: String,
    shown: String,
    login: String,
}

impl Presigned {
    /// Of `run`, in the bucket at `shown`, for which `login` says what a login would be.
    pub(super) fn new(server: Arc<Server>, run: &str, shown: &str, login: &str) -> Self {
        Self { server, run: run.to_owned(), shown: shown.to_owned(), login: login.to_owned() }
    }

    fn sign(&self, way: &str, path: &str) -> Result<Signed> {
        let body = json!({"run_id": self.run, "path": path});
        let answer: Result<Value> =
            self.server.set(&format!("artifacts/presigned-{way}-url"), &body);
        let answer = answer.map_err(|e| match e.kind() {
            ErrorKind::Unsupported | ErrorKind::Unavailable => self.unsigned(&e),
            _ => e,
        })?;
        Signed::read(&self.server, &answer, "presigned_url")
    }

    fn unsigned(&self, error: &Error) -> Error {
        let message = format!(
            "the MLflow server keeps files in {}, where clients go themselves, and signs no \
             addresses for it ({error})",
            self.shown
        );
        Error::new(ErrorKind::Unsupported, message).hint(format!(
            "{}; or start the server with --serve-artifacts, or name another store by store.url",
            self.login
        ))
    }
}

impl Artifacts for Presigned {
    fn files(&self, folder: &str) -> Result<BTreeMap<String, u64>> {
        walk::files(folder, &|folder| {
            self.server.get("artifacts/list", &[("run_id", &self.run), ("path", folder)])
        })
    }

    fn put(&self, path: &str, whole: Whole<'_>, progress: Progress<'_>) -> Result<()> {
        // What is there cannot be removed again: the file is read twice, and first only hashed.
        let found = stream::hash(whole.source, &stream::silent)?.digest;
        if found != *whole.digest {
            return Err(stream::another(whole.source, &found, whole.digest));
        }
        let signed = self.sign("upload", path)?;
        let send = |upload: Upload| self.server.send_to(signed.url(), signed.headers(), upload);
        let sent = streamed::send(whole, 0, progress, &send)?;
        match sent == *whole.digest {
            true => Ok(()),
            false => Err(stream::another(whole.source, &sent, whole.digest)),
        }
    }

    fn fetch(&self, path: &str, fetch: Fetch<'_>) -> Result<()> {
        signed::fetch(&self.server, &|| self.sign("download", path), fetch)
    }
}
