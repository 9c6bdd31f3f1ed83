//! A file into a bucket: whole where it is small, else in parts, of which nothing is seen before all
//! are there.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::PoisonError;

use super::asked::{Ask, Part, Payload, Step};
use super::bucket::{Bucket, Landed};
use super::cloud::Cloud;
use super::link;
use super::parts::{PART, Whole, send_all};
use super::{azure_blob, s3};
use crate::adapters::http::one_line;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::files::stream::another;
use crate::ports::store::Progress;

/// Connections that send the parts of one file.
const WORKERS: usize = 4;

impl Bucket {
    /// Puts the file at `source`, which must have this digest; `fresh`: only where there is none.
    ///
    /// # Errors
    /// The file cannot be read or has another digest: nothing is stored. No such bucket, no
    /// permission, no answer.
    pub(in crate::adapters) fn put_file(
        &self,
        path: &str,
        whole: Whole<'_>,
        fresh: bool,
        progress: Progress<'_>,
    ) -> Result<Landed> {
        if whole.size > PART {
            let _one = self.large.lock().unwrap_or_else(PoisonError::into_inner);
            return large(self, path, whole, fresh, progress);
        }
        let body = small(whole.source, whole.digest)?;
        let length = body.bytes.len() as u64;
        let landed = self.put(path, &body, fresh)?;
        progress(length);
        Ok(landed)
    }

    fn step(&self, path: &str, step: Step<'_>) -> Result<link::Whole> {
        self.link().whole(&|| self.call(Ask::Step { path, step }))
    }
}

fn small(source: &Path, digest: &Digest) -> Result<Payload> {
    let bytes = std::fs::read(source).map_err(|e| Error::io("read", source, e))?;
    let body = Payload::new(bytes);
    let found = Digest::from_raw(body.hash);
    if found == *digest { Ok(body) } else { Err(another(source, &found, digest)) }
}

fn large(
    bucket: &Bucket,
    path: &str,
    whole: Whole<'_>,
    fresh: bool,
    progress: Progress<'_>,
) -> Result<Landed> {
    let (upload, known) = match bucket.cloud() {
        Cloud::Azure => (String::new(), known(bucket, path)?),
        _ => match begin(bucket, path, fresh)? {
            Some(upload) => (upload, BTreeSet::new()),
            None => return Ok(Landed::Taken),
        },
    };
    let send = |part: &Part| send(bucket, path, &upload, &known, part);
    let workers = if bucket.cloud() == Cloud::Google { 1 } else { WORKERS };
    let ended = match send_all(whole, workers, &send, progress) {
        Ok(parts) => end(bucket, path, &upload, &parts, fresh),
        Err(error) => Err(error),
    };
    match ended {
        // The answer to the call that ended it was lost, and the second one found no upload.
        Err(e) if e.kind() == ErrorKind::NotFound => match bucket.size(path)? {
            Some(size) if size == whole.size => Ok(Landed::New),
            _ => Err(e),
        },
        Err(error) => {
            // What cannot be thrown away is told by the first failure all the same.
            if bucket.cloud() != Cloud::Azure {
                let _ = bucket.step(path, Step::Abort { upload: &upload });
            }
            Err(error)
        }
        Ok(Landed::New) => Ok(Landed::New),
        Ok(other) => {
            if bucket.cloud() == Cloud::S3 {
                let _ = bucket.step(path, Step::Abort { upload: &upload });
            }
            Ok(other)
        }
    }
}

/// The blocks of an earlier try.
fn known(bucket: &Bucket, path: &str) -> Result<BTreeSet<String>> {
    let answer = bucket.step(path, Step::Known)?;
    let text = String::from_utf8_lossy(&answer.body);
    Ok(if answer.status == 404 { BTreeSet::new() } else { azure_blob::blocks(&text) })
}

/// The name of a new upload; none: there is such a file.
fn begin(bucket: &Bucket, path: &str, fresh: bool) -> Result<Option<String>> {
    let answer = bucket.step(path, Step::Begin { fresh })?;
    if answer.status == 412 {
        return Ok(None);
    }
    let named = match bucket.cloud() {
        Cloud::S3 => s3::upload(&String::from_utf8_lossy(&answer.body)),
        _ => answer.answer.get("location").map(str::to_owned),
    };
    let upload = named.ok_or_else(|| {
        Error::unavailable("the server begins an upload and does not name it")
            .hint("check the address of the store, and whether a proxy stands between")
    })?;
    if bucket.cloud() == Cloud::Google {
        same_server(bucket, path, &upload)?;
    }
    Ok(Some(upload))
}

/// The login goes along with every part: never to another server.
fn same_server(bucket: &Bucket, path: &str, upload: &str) -> Result<()> {
    let origin = |url: &str| reqwest::Url::parse(url).ok().map(|url| url.origin());
    let own = bucket.call(Ask::Step { path, step: Step::Begin { fresh: false } })?.url;
    if origin(upload).is_some() && origin(upload) == origin(&own) {
        return Ok(());
    }
    Err(Error::unavailable(format!("the server sends the file elsewhere: {}", one_line(upload)))
        .hint("check the address of the store"))
}

/// Sends a part, and gives what the store calls it.
fn send(
    bucket: &Bucket,
    path: &str,
    upload: &str,
    known: &BTreeSet<String>,
    part: &Part,
) -> Result<String> {
    if bucket.cloud() == Cloud::Azure {
        let block = azure_blob::block(part);
        if !known.contains(&block) {
            let answer = bucket.step(path, Step::Part { upload, part })?;
            bucket.landed(&answer)?;
        }
        return Ok(block);
    }
    let answer = bucket.step(path, Step::Part { upload, part })?;
    if bucket.cloud() == Cloud::Google {
        return taken(bucket, path, upload, part, answer);
    }
    answer.answer.get("etag").map(str::to_owned).ok_or_else(|| {
        Error::unavailable("the server does not say what it stored").hint("try again")
    })
}

/// Google may have taken only the beginning of a part: the rest is sent again, a few times.
fn taken(
    bucket: &Bucket,
    path: &str,
    upload: &str,
    part: &Part,
    mut answer: link::Whole,
) -> Result<String> {
    let end = part.from + part.body.bytes.len() as u64;
    for _ in 0..WORKERS {
        let last = answer.answer.get("range").and_then(|r| r.rsplit_once('-')?.1.parse().ok());
        let has = last.map_or(0, |last: u64| last + 1);
        if answer.status != 308 {
            // The last part makes the file.
            bucket.landed(&answer)?;
            return Ok(answer.status.to_string());
        }
        if has >= end {
            return Ok(answer.status.to_string());
        }
        answer = bucket.step(path, Step::Part { upload, part })?;
    }
    Err(Error::unavailable("the server takes only parts of what it is sent").hint("try again"))
}

fn end(bucket: &Bucket, path: &str, upload: &str, parts: &[String], fresh: bool) -> Result<Landed> {
    if bucket.cloud() == Cloud::Google {
        let taken = parts.last().is_none_or(|status| status == "412");
        return Ok(if taken { Landed::Taken } else { Landed::New });
    }
    bucket.landed(&bucket.step(path, Step::End { upload, parts, fresh })?)
}

/// An empty file in Google's way for large ones.
pub(in crate::adapters) fn empty(bucket: &Bucket, path: &str, fresh: bool) -> Result<Landed> {
    let Some(upload) = begin(bucket, path, fresh)? else { return Ok(Landed::Taken) };
    let part = Part { number: 0, from: 0, all: 0, body: Payload::new(Vec::new()) };
    bucket.landed(&bucket.step(path, Step::Part { upload: &upload, part: &part })?)
}
