//! A file into a bucket: whole where it is small, else in parts, of which nothing is seen before all
//! are there.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::PoisonError;

use super::asked::{Ask, Label, Part, Payload, Step};
use super::bucket::{Bucket, Landed};
use super::cloud::Cloud;
use super::link;
use super::parts::{PART, Whole, send_all};
use super::refused::page_for_browsers;
use super::{azure_blob, resumed, s3};
use crate::adapters::http::one_line;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::files::stream::another;
use crate::ports::store::Progress;

/// Connections that send the parts of one file.
const WORKERS: usize = 4;
/// How often a file is begun, where the store loses what it had of it.
const BEGINNINGS: usize = 3;

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
        (fresh, label): (bool, Label<'_>),
        progress: Progress<'_>,
    ) -> Result<Landed> {
        if whole.size > PART {
            let _one = self.large.lock().unwrap_or_else(PoisonError::into_inner);
            return large(self, path, whole, (fresh, label), progress);
        }
        let body = small(whole.source, whole.digest)?;
        let length = body.bytes.len() as u64;
        let landed = self.put(path, &body, fresh, label)?;
        progress(length);
        Ok(landed)
    }

    /// Whether files may be put, asked without putting one.
    ///
    /// # Errors
    /// No such bucket, no permission, no answer.
    pub(in crate::adapters) fn check_writable(&self, path: &str) -> Result<()> {
        if self.cloud() == Cloud::Azure {
            // Who may write is told that a file which is not there is not this one.
            let never = self.link().whole(&|| self.call(Ask::Never { path }))?;
            return if never.status == 412 { Ok(()) } else { Err(page_for_browsers()) };
        }
        match begin(self, path, true)? {
            None => Ok(()),
            Some(upload) => self.step(path, Step::Abort { upload: &upload }).map(|_| ()),
        }
    }

    /// The answer to a step of putting a large file.
    pub(in crate::adapters) fn step(&self, path: &str, step: Step<'_>) -> Result<link::Whole> {
        self.link().whole(&|| self.call(Ask::Step { path, step }))
    }
}

fn small(source: &Path, digest: &Digest) -> Result<Payload> {
    let bytes = std::fs::read(source).map_err(|e| Error::io("read", source, e))?;
    let body = Payload::new(bytes);
    let found = Digest::from_raw(body.hash());
    if found == *digest { Ok(body) } else { Err(another(source, &found, digest)) }
}

fn large(
    bucket: &Bucket,
    path: &str,
    whole: Whole<'_>,
    (fresh, label): (bool, Label<'_>),
    progress: Progress<'_>,
) -> Result<Landed> {
    for turn in 1.. {
        match parts(bucket, path, whole, (fresh, label), progress) {
            // The answer to the call that ended it was lost, and the second one found no upload; or
            // the store has thrown it away meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => match bucket.size(path)? {
                Some(size) if size == whole.size => return Ok(Landed::New),
                _ if turn < BEGINNINGS => tracing::info!("{error}; the file is begun anew"),
                _ => return Err(error),
            },
            other => return other,
        }
    }
    Ok(Landed::New)
}

fn parts(
    bucket: &Bucket,
    path: &str,
    whole: Whole<'_>,
    (fresh, label): (bool, Label<'_>),
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
    let ended = send_all(whole, workers, &send, progress).and_then(|parts| {
        let (upload, parts) = (&upload, &parts);
        end(bucket, path, Step::End { upload, parts, fresh, label })
    });
    let made = match &ended {
        Ok(landed) => *landed == Landed::New || bucket.cloud() == Cloud::Google,
        Err(_) => false,
    };
    if !made && bucket.cloud() != Cloud::Azure {
        // What cannot be thrown away is told by the first failure all the same.
        let _ = bucket.step(path, Step::Abort { upload: &upload });
    }
    ended
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
    if bucket.cloud() == Cloud::Google {
        return resumed::send(bucket, path, upload, part);
    }
    let answer = bucket.step(path, Step::Part { upload, part })?;
    answer.answer.get("etag").map(str::to_owned).ok_or_else(|| {
        Error::unavailable("the server does not say what it stored").hint("try again")
    })
}

fn end(bucket: &Bucket, path: &str, end: Step<'_>) -> Result<Landed> {
    if let (Cloud::Google, Step::End { parts, .. }) = (bucket.cloud(), end) {
        let taken = parts.last().is_none_or(|status| status == "412");
        return Ok(if taken { Landed::Taken } else { Landed::New });
    }
    bucket.landed(&bucket.step(path, end)?)
}

/// An empty file in Google's way for large ones.
pub(in crate::adapters) fn empty(bucket: &Bucket, path: &str, fresh: bool) -> Result<Landed> {
    let Some(upload) = begin(bucket, path, fresh)? else { return Ok(Landed::Taken) };
    let part = Part { number: 0, from: 0, all: 0, body: Payload::new(Vec::new()) };
    bucket.landed(&bucket.step(path, Step::Part { upload: &upload, part: &part })?)
}
