//! A large file in parts, each to an address that the server signs, so that the bytes do not go
//! through it. Where that cannot be, nothing is left, and the file goes through the server.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::proxied::way;
use super::signed::{self, Signed};
use crate::adapters::http::Request;
use crate::adapters::mlflow::Server;
use crate::adapters::objects::{Part, Whole, send_all};
use crate::domain::error::{Error, Result};
use crate::ports::store::Progress;

/// Connections that send the parts of one file.
const WORKERS: usize = 4;

/// What came of it.
pub(super) enum Outcome {
    /// The file is there.
    Sent,
    /// It did not go this way; so many bytes were told to the progress.
    Not {
        /// Bytes.
        told: u64,
    },
}

/// An upload that was begun.
struct Begun<'a> {
    server: &'a Server,
    folder: &'a str,
    name: &'a str,
    id: String,
    parts: Vec<Signed>,
}

/// Sends the file to `place` of the server's artifacts.
///
/// # Errors
/// The file cannot be read, or has another digest: nothing is stored.
pub(super) fn send(
    server: &Server,
    place: &str,
    whole: Whole<'_>,
    progress: Progress<'_>,
) -> Result<Outcome> {
    let _one = server.one_large_file();
    let (folder, name) = place.rsplit_once('/').unwrap_or(("", place));
    let begun = match Begun::begin(server, folder, name, whole.parts()) {
        Ok(begun) => begun,
        Err(e) => {
            tracing::info!("large files go through the MLflow server: {e}");
            server.direct().no_uploads();
            return Ok(Outcome::Not { told: 0 });
        }
    };
    let told = AtomicU64::new(0);
    let counted = |bytes: u64| {
        told.fetch_add(bytes, Ordering::Relaxed);
        progress(bytes);
    };
    let ended = send_all(whole, WORKERS, &|part| begun.part(part), &counted)
        .and_then(|tags| begun.end(&tags, whole.size));
    match ended {
        Ok(()) => Ok(Outcome::Sent),
        Err(e) => {
            begun.abort();
            if !signed::is_the_way(e.kind()) {
                return Err(e);
            }
            tracing::info!("large files go through the MLflow server: {e}");
            server.direct().no_uploads();
            Ok(Outcome::Not { told: told.into_inner() })
        }
    }
}

impl<'a> Begun<'a> {
    fn begin(server: &'a Server, folder: &'a str, name: &'a str, parts: usize) -> Result<Self> {
        let body = json!({"path": name, "num_parts": parts});
        let answer = server.artifact(&Request::post(&way("mpu/create", folder)).json(&body))?;
        let id = answer["upload_id"].as_str().unwrap_or_default().to_owned();
        // Azure names no upload: the blocks have names of their own.
        let begun = |parts| Self { server, folder, name, id: id.clone(), parts };
        let credentials = answer["credentials"].as_array().into_iter().flatten();
        let signed = |(n, given): (usize, &Value)| {
            let number = given["part_number"].as_u64();
            let signed = Signed::read(server, given, "url")?;
            if number == Some(n as u64 + 1) { Ok(signed) } else { Err(unclear()) }
        };
        let signed: Result<Vec<Signed>> = credentials.enumerate().map(signed).collect();
        match signed {
            Ok(signed) if signed.len() == parts => Ok(begun(signed)),
            failed => {
                begun(Vec::new()).abort();
                Err(failed.err().unwrap_or_else(unclear))
            }
        }
    }

    /// Sends a part and gives what the object store calls it.
    fn part(&self, part: &Part) -> Result<String> {
        let signed = &self.parts[part.number];
        let answer =
            signed::link(self.server).whole(&|| Ok(signed.put(part.body.bytes.clone())))?;
        Ok(answer.answer.get("etag").unwrap_or_default().to_owned())
    }

    /// Makes the parts a file.
    fn end(&self, tags: &[String], size: u64) -> Result<()> {
        let part = |(n, (tag, signed)): (usize, (&String, &Signed))| json!({"part_number": n + 1, "etag": tag, "url": signed.url()});
        let parts: Vec<Value> = tags.iter().zip(&self.parts).enumerate().map(part).collect();
        let body = json!({"path": self.name, "upload_id": self.id, "parts": parts});
        let ended =
            self.server.artifact(&Request::post(&way("mpu/complete", self.folder)).json(&body));
        match ended {
            Ok(_) => Ok(()),
            // The answer may have been lost.
            Err(e) if self.is_there(size) => {
                tracing::debug!("the upload is there all the same: {e}");
                Ok(())
            }
            Err(e) => Err(e),
        }
    }

    fn is_there(&self, size: u64) -> bool {
        let request = Request::get(&["api", "2.0", "mlflow-artifacts", "artifacts"]);
        let listed = self.server.artifact(&request.query("path", self.folder)).unwrap_or_default();
        let named = |file: &&Value| {
            file["path"].as_str().is_some_and(|path| path.rsplit('/').next() == Some(self.name))
        };
        listed["files"].as_array().into_iter().flatten().find(named).is_some_and(|file| {
            let found = &file["file_size"];
            found.as_u64().or_else(|| found.as_str()?.parse().ok()) == Some(size)
        })
    }

    /// What cannot be thrown away stays in parts, which nobody sees.
    fn abort(&self) {
        let body = json!({"path": self.name, "upload_id": self.id});
        let request = Request::post(&way("mpu/abort", self.folder)).json(&body).safe_to_repeat();
        if let Err(error) = self.server.artifact(&request) {
            tracing::debug!("an upload in parts stays begun: {error}");
        }
    }
}

fn unclear() -> Error {
    Error::unavailable("the MLflow server does not sign an address for each part")
        .hint("the file goes through the server")
}
