//! A layer into a registry: passed over where it is there, mounted where the registry can, else sent
//! in one piece or, where it is large, in chunks that are carried on after a failure.

use std::io::Read as _;
use std::sync::Mutex;

use bytes::Bytes;
use reqwest::Method;

use super::client::{Client, LOGIN};
use super::token::Access;
use crate::adapters::http::{Tries, Trouble, form_urlencoded};
use crate::adapters::objects::{Answered, Call, PART, Part, Whole, page_for_browsers, send_all};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::files::stream::another;
use crate::ports::store::Progress;

/// How often a layer is begun anew, after the registry lost what it had of it.
const BEGINNINGS: usize = 3;
/// What a registry answers to a chunk that it cannot add, besides success.
const CHUNK: &[u16] = &[400, 401, 404, 416];

impl Client {
    /// Puts a file as a layer.
    pub(super) fn put_file(&self, whole: Whole<'_>, progress: Progress<'_>) -> Result<()> {
        let Whole { source, size, digest, frame } = whole;
        if size <= PART {
            let mut bytes = Vec::new();
            let read = frame.open(source)?.read_to_end(&mut bytes);
            read.map_err(|e| Error::io("read", source, e))?;
            let found = Digest::of(&bytes);
            if found != *digest {
                return Err(another(source, &found, digest));
            }
            self.put_bytes(digest, bytes.into())?;
            progress(size);
            return Ok(());
        }
        let sent = self.begin_anew(digest, &|session| {
            let session = Mutex::new(session.to_owned());
            let send = |part: &Part| {
                let mut session =
                    session.lock().map_err(|_| Error::internal("a thread panicked"))?;
                *session = self.chunk(&session, part)?;
                Ok(String::new())
            };
            let sent = send_all(whole, 1, &send, progress);
            let session = session.into_inner().map_err(|_| Error::internal("a thread panicked"))?;
            match sent {
                Ok(_) => self.close(&session, digest, Bytes::new(), size),
                Err(error) => {
                    self.cancel(&session);
                    Err(error)
                }
            }
        })?;
        if !sent {
            progress(size);
        }
        Ok(())
    }

    /// Puts a small blob.
    pub(super) fn put_bytes(&self, digest: &Digest, bytes: Bytes) -> Result<()> {
        let size = bytes.len() as u64;
        self.begin_anew(digest, &|session| self.close(session, digest, bytes.clone(), size))
            .map(|_| ())
    }

    /// Whether layers may be put, asked by an upload that is begun and thrown away.
    pub(super) fn check_writable(&self) -> Result<()> {
        let url = self.url("blobs/uploads/");
        let answer = self.send(Access::Push, &posted(url))?;
        self.cancel(&location(&answer)?);
        Ok(())
    }

    /// Begins an upload and lets `send` send it, again where the registry has lost it; false: the
    /// registry has the layer and nothing was sent.
    fn begin_anew(&self, digest: &Digest, send: &dyn Fn(&str) -> Result<()>) -> Result<bool> {
        let mut tries = Tries::new(self.retry, self.clock());
        for turn in 1.. {
            let Some(session) = self.begin(digest)? else { return Ok(false) };
            match send(&session) {
                Err(e) if is_lost(&e) && turn < BEGINNINGS => {
                    // The answer may have been lost, and not the layer.
                    if self.size(digest, Access::Push)?.is_some() {
                        return Ok(true);
                    }
                    tracing::info!("{e}; the layer is begun anew");
                    tries.again(Trouble::Unclear, false);
                }
                other => return other.map(|()| true),
            }
        }
        Ok(true)
    }

    /// The address of a new upload; none: the registry has the layer elsewhere and mounts it.
    fn begin(&self, digest: &Digest) -> Result<Option<String>> {
        let mount = digest.to_string();
        let mut asked = vec![("mount", mount.as_str())];
        let neighbour = self.neighbour();
        asked.extend(neighbour.as_deref().map(|repository| ("from", repository)));
        let url = self.url(&format!("blobs/uploads/?{}", form_urlencoded(&asked)));
        let answer = match self.send(Access::Push, &posted(url)) {
            // Who may not read the neighbour sends what is in it.
            Err(e) if e.kind() == ErrorKind::Permission && neighbour.is_some() => {
                tracing::info!("{e}; the layer is sent");
                self.send(Access::Push, &posted(self.url("blobs/uploads/")))?
            }
            other => other?,
        };
        match answer.status {
            201 => Ok(None),
            _ => location(&answer).map(Some),
        }
    }

    /// Sends a chunk, and gives where the next one goes.
    fn chunk(&self, session: &str, part: &Part) -> Result<String> {
        let (mut session, mut from) = (session.to_owned(), part.from);
        let end = part.from + part.body.bytes.len() as u64;
        let mut tries = Tries::new(self.retry, self.clock());
        loop {
            let done = usize::try_from(from - part.from).unwrap_or_default();
            let (url, own) = self.given(&session)?;
            let range = format!("{from}-{}", end - 1);
            let kind = "application/octet-stream".to_owned();
            let headers =
                vec![("content-range".to_owned(), range), ("content-type".to_owned(), kind)];
            let body = Some(part.body.bytes.slice(done..));
            let call =
                Call { method: Method::PATCH, body, answers: CHUNK, ..Call::get(url, headers) };
            let used = self.held(Access::Push);
            let sent = self.link().once(&|| Ok(self.logged_in(call.clone(), Access::Push, own)));
            let (trouble, error) = match sent {
                Ok(answer) if answer.status == 401 => {
                    self.log_in(&answer, Access::Push, used.as_deref())?;
                    (Trouble::Turned(std::time::Duration::ZERO), self.lost("refuses the login"))
                }
                Ok(answer) if CHUNK.contains(&answer.status) => {
                    return Err(self.lost(&format!("answers {} to a part of it", answer.status)));
                }
                Ok(answer) => return location(&answer),
                Err(failed) => failed,
            };
            if !tries.again(trouble, false) {
                return Err(error);
            }
            tracing::info!("{error}; it is tried again");
            if !matches!(trouble, Trouble::Turned(_)) {
                (session, from) = self.state(&session)?;
                if from >= end {
                    return Ok(session);
                }
                if from < part.from {
                    return Err(self.lost("has less of it than it took"));
                }
            }
        }
    }

    /// Where an upload goes on, and how much of it is there.
    fn state(&self, session: &str) -> Result<(String, u64)> {
        let (url, own) = self.given(session)?;
        let call = Call { answers: CHUNK, ..Call::get(url, Vec::new()) };
        let answer = self.link().whole(&|| Ok(self.logged_in(call.clone(), Access::Push, own)))?;
        if CHUNK.contains(&answer.status) {
            return Err(self.lost("knows nothing of it"));
        }
        let last = answer.answer.get("range").and_then(|r| r.rsplit_once('-')?.1.parse().ok());
        // `0-0` is how some say that nothing is there; no part is a single byte.
        let has = last.filter(|last| *last > 0).map_or(0, |last: u64| last + 1);
        Ok((location(&answer).unwrap_or_else(|_| session.to_owned()), has))
    }

    /// Ends an upload, with the last of its bytes.
    fn close(&self, session: &str, digest: &Digest, bytes: Bytes, size: u64) -> Result<()> {
        let (url, own) = self.given(session)?;
        let mark = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{mark}digest={}", digest.to_string().replace(':', "%3A"));
        let headers = vec![("content-type".to_owned(), "application/octet-stream".to_owned())];
        let body = Some(bytes);
        let (patience, get) = (Call::patience(size), Call::get(url, headers));
        let call = Call { method: Method::PUT, body, answers: CHUNK, patience, ..get };
        for _ in 0..2 {
            let used = self.held(Access::Push);
            let sent = self.link().once(&|| Ok(self.logged_in(call.clone(), Access::Push, own)));
            match sent {
                Ok(answer) if answer.status == 401 => {
                    self.log_in(&answer, Access::Push, used.as_deref())?
                }
                Ok(answer) if CHUNK.contains(&answer.status) => {
                    return Err(self.lost(&format!("answers {} to its end", answer.status)));
                }
                Ok(answer) if answer.status == 201 => return Ok(()),
                Ok(_) => return Err(page_for_browsers()),
                Err((Trouble::Final, error)) => return Err(error),
                Err((_, error)) => return Err(self.lost(&error.to_string())),
            }
        }
        Err(self.lost("refuses the login"))
    }

    /// Throws an upload away; the registry does it by itself in time.
    fn cancel(&self, session: &str) {
        if let Ok((url, own)) = self.given(session) {
            let call =
                Call { method: Method::DELETE, answers: CHUNK, ..Call::get(url, Vec::new()) };
            let _ = self.link().once(&|| Ok(self.logged_in(call.clone(), Access::Push, own)));
        }
    }

    fn lost(&self, why: &str) -> Error {
        Error::conflict(format!("the upload of a layer was lost: the registry {why}"))
            .hint("run the same command again; layers that arrived are not sent twice")
            .retryable()
    }
}

fn posted(url: String) -> Call {
    let body = Some(Bytes::new());
    Call { method: Method::POST, body, answers: LOGIN, ..Call::get(url, Vec::new()) }
}

fn is_lost(error: &Error) -> bool {
    error.kind() == ErrorKind::Conflict
}

fn location(answer: &Answered) -> Result<String> {
    answer.answer.get("location").map(str::to_owned).ok_or_else(|| {
        Error::unavailable("the registry begins an upload and does not say where it goes")
            .hint("check the address of the registry, and whether a proxy stands between")
    })
}
