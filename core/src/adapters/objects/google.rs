//! Google Cloud Storage, with an access token or without one. Files are read over the XML API, whose
//! answers carry a tag and checksums; lists and uploads are those of the JSON API.

use bytes::Bytes;
use reqwest::Method;
use serde_json::Value;

use super::Surroundings;
use super::asked::{Ask, Call, Page, Step};
use super::signing::{escaped, query};
use crate::config::env;
use crate::domain::error::{Error, Result};

/// The call for a file of a bucket or for a page of its list.
pub(in crate::adapters) fn call(bucket: &str, ask: Ask<'_>, around: Surroundings<'_>) -> Call {
    let base = around.get(env::STORAGE_EMULATOR_HOST);
    let base = base.unwrap_or_else(|| "https://storage.googleapis.com".to_owned());
    let base = base.trim_end_matches('/');
    let token = around.first(&[env::GOOGLE_OAUTH_ACCESS_TOKEN, env::CLOUDSDK_AUTH_ACCESS_TOKEN]);
    let mut headers: Vec<(String, String)> =
        token.map(|t| ("authorization".to_owned(), format!("Bearer {t}"))).into_iter().collect();
    let listed = format!("{base}/storage/v1/b/{bucket}/o");
    let sent = format!("{base}/upload/storage/v1/b/{bucket}/o");
    match ask {
        Ask::File { path, span } => {
            // Else a file that is stored compressed comes in other bytes than the checksum is of.
            headers.push(("accept-encoding".to_owned(), "gzip".to_owned()));
            headers.extend(span.into_iter().flat_map(|span| span.headers()));
            Call::get(format!("{base}/{bucket}/{}", escaped(path)), headers)
        }
        Ask::List { prefix, page } => {
            let mut asked = vec![("prefix", prefix.to_owned())];
            asked.extend(page.map(|page| ("pageToken", page.to_owned())));
            Call::get(format!("{listed}?{}", query(&asked)), headers)
        }
        Ask::Size { path } => {
            let url = format!("{listed}/{}", escaped(path).replace('/', "%2F"));
            Call { answers: &[404], ..Call::get(url, headers) }
        }
        Ask::Put { path, body, fresh, .. } => {
            let url = format!("{sent}?{}", upload("media", path, fresh));
            headers.push(("content-type".to_owned(), "application/octet-stream".to_owned()));
            let body = Some(body.bytes.clone());
            let answers: &[u16] = if fresh { &[412] } else { &[] };
            Call { method: Method::POST, body, answers, ..Call::get(url, headers) }
        }
        // A question of Azure's.
        Ask::Never { path } => {
            let begun = |fresh| format!("{sent}?{}", upload("resumable", path, fresh));
            stepped(&begun, Step::Begin { fresh: true }, headers)
        }
        Ask::Step { path, step } => {
            let begun = |fresh| format!("{sent}?{}", upload("resumable", path, fresh));
            stepped(&begun, step, headers)
        }
    }
}

/// The query of an upload; `fresh`: only where there is no such file.
fn upload(kind: &str, path: &str, fresh: bool) -> String {
    let mut asked = vec![("uploadType", kind.to_owned()), ("name", path.to_owned())];
    asked.extend(fresh.then(|| ("ifGenerationMatch", "0".to_owned())));
    query(&asked)
}

/// An upload that can be resumed: parts one after another; bytes that are there already are passed
/// over by the server, so that any part may be sent again. The last part makes the file.
fn stepped(
    begun: &dyn Fn(bool) -> String,
    step: Step<'_>,
    mut headers: Vec<(String, String)>,
) -> Call {
    match step {
        Step::Begin { .. } | Step::Known | Step::End { .. } => {
            let fresh = matches!(step, Step::Begin { fresh: true });
            let body = Some(Bytes::new());
            let answers: &[u16] = if fresh { &[412] } else { &[] };
            Call { method: Method::POST, body, answers, ..Call::get(begun(fresh), headers) }
        }
        Step::Part { upload, part } => {
            let (from, all, length) = (part.from, part.all, part.body.bytes.len() as u64);
            let range = match length {
                0 => format!("bytes */{all}"),
                _ => format!("bytes {from}-{}/{all}", from + length - 1),
            };
            headers.push(("content-range".to_owned(), range));
            let (method, body) = (Method::PUT, Some(part.body.bytes.clone()));
            Call { method, body, answers: &[308, 412], ..Call::get(upload.to_owned(), headers) }
        }
        Step::State { upload, all } => {
            headers.push(("content-range".to_owned(), format!("bytes */{all}")));
            let (method, body) = (Method::PUT, Some(Bytes::new()));
            Call { method, body, answers: &[308, 412], ..Call::get(upload.to_owned(), headers) }
        }
        Step::Abort { upload } => {
            // Google answers 499; an emulator may not know the question.
            let answers = &[404, 410, 499, 501];
            Call { method: Method::DELETE, answers, ..Call::get(upload.to_owned(), headers) }
        }
    }
}

/// The length in the description of a file.
pub(in crate::adapters) fn size(answer: &[u8]) -> Option<u64> {
    let json: Value = serde_json::from_slice(answer).ok()?;
    json["size"].as_str()?.parse().ok()
}

/// A page of the list of objects.
pub(in crate::adapters) fn page(answer: &str) -> Result<Page> {
    let json: Value = serde_json::from_str(answer).map_err(|e| {
        Error::unavailable(format!("the list of files cannot be read: {e}")).hint("try again")
    })?;
    let file = |item: &Value| {
        Some((item["name"].as_str()?.to_owned(), item["size"].as_str()?.parse().ok()?))
    };
    Ok(Page {
        files: json["items"].as_array().into_iter().flatten().filter_map(file).collect(),
        next: json["nextPageToken"].as_str().map(str::to_owned),
    })
}
