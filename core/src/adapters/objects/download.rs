//! One file: begun, read on where it broke off, checked, and put into its place.

use std::io::Read as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::Link;
use super::asked::{Call, Span};
use super::checksum::Checksums;
use super::exchange::{Answer, Failed};
use super::refused::changed;
use super::write::Arriving;
use crate::adapters::http::{Tries, Trouble};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::ports::source::Coming;
use crate::ports::store::Progress;

/// Bytes that are read at once.
const CHUNK: usize = 1 << 18;

/// What is fetched, and where it goes.
#[derive(Clone, Copy)]
pub(in crate::adapters) struct Wanted<'a> {
    /// Where it is put, when it is whole.
    pub(in crate::adapters) into: &'a Path,
    /// What it must be; none: data, which no page for browsers is.
    pub(in crate::adapters) digest: Option<&'a Digest>,
    /// Told the bytes so far.
    pub(in crate::adapters) progress: Coming<'a>,
    /// A page for browsers may be what is wanted.
    pub(in crate::adapters) pages: bool,
    /// Where in what comes it is; none: it is all of it.
    pub(in crate::adapters) within: Option<Within>,
}

/// Where a file is in what holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::adapters) struct Within {
    /// Bytes before it.
    pub(in crate::adapters) offset: u64,
    /// Its bytes.
    pub(in crate::adapters) length: u64,
    /// Bytes of what holds it.
    pub(in crate::adapters) all: u64,
}

impl Within {
    /// What belongs to the file of `bytes` that come after `before` others.
    pub(in crate::adapters) fn of(self, bytes: &[u8], before: u64) -> &[u8] {
        let index = |at: u64| {
            let at = at.saturating_sub(before).min(bytes.len() as u64);
            usize::try_from(at).unwrap_or(bytes.len())
        };
        &bytes[index(self.offset)..index(self.offset.saturating_add(self.length))]
    }
}

/// Tells `progress` of the bytes as they come, each once, whoever reads them again.
pub(in crate::adapters) fn counting(
    progress: Progress<'_>,
) -> impl Fn(u64, Option<u64>) + Sync + '_ {
    let told = Mutex::new(0);
    move |written, _| {
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        progress(written.saturating_sub(*told));
        *told = written.max(*told);
    }
}

/// Fetches what `call` asks for; it is made anew for each attempt, since signatures grow old.
pub(in crate::adapters) fn fetch(
    link: &Link<'_>,
    call: &dyn Fn(Option<Span<'_>>) -> Result<Call>,
    wanted: &Wanted<'_>,
) -> Result<u64> {
    let mut download =
        Download { arriving: Arriving::new(wanted)?, tag: None, pages: wanted.pages };
    let mut tries = Tries::new(link.retry, link.clock);
    loop {
        let before = download.arriving.written();
        let (trouble, error) = match download.attempt(link, call) {
            Ok(()) => return download.arriving.finish(),
            Err(failed) => failed,
        };
        let advanced = download.arriving.written() > before;
        if !tries.again(trouble, advanced) {
            return Err(error);
        }
        tracing::info!("{error}; it is tried again");
    }
}

/// A file that is on its way.
struct Download<'a> {
    arriving: Arriving<'a>,
    /// Tells this content from any other, where the server gives such a tag.
    tag: Option<String>,
    pages: bool,
}

impl Download<'_> {
    fn attempt(
        &mut self,
        link: &Link<'_>,
        call: &dyn Fn(Option<Span<'_>>) -> Result<Call>,
    ) -> Result<(), Failed> {
        let from = self.arriving.written();
        let tag = self.tag.clone();
        let rest = tag.as_deref().filter(|_| from > 0).map(|tag| Span { from, to: None, tag });
        let answer = link.send(&|| call(rest))?;
        self.check(&answer, rest).map_err(|e| (Trouble::Final, e))?;
        self.read(answer)
    }

    /// Whether the answer is the beginning of the file, or the rest of what is here.
    fn check(&mut self, answer: &Answer, rest: Option<Span<'_>>) -> Result<()> {
        let tag = answer.header("etag").filter(|tag| tag.starts_with('"')).map(str::to_owned);
        if self.tag.is_some() && tag.is_some() && tag != self.tag {
            return Err(changed());
        }
        let Some(rest) = rest.filter(|_| answer.status == 206) else {
            self.tag = tag;
            return self.arriving.begin(answer.length, Checksums::of(&answer.headers));
        };
        let range = answer.header("content-range").unwrap_or_default();
        let all = self.arriving.expected().map_or("*".to_owned(), |all| all.to_string());
        let (begins, ends) = (format!("bytes {}-", rest.from), format!("/{all}"));
        match range.starts_with(&begins) && (range.ends_with(&ends) || all == "*") {
            true => Ok(()),
            false => Err(changed()),
        }
    }

    fn read(&mut self, answer: Answer) -> Result<(), Failed> {
        let mut chunk = vec![0; CHUNK];
        let mut body = answer.body;
        loop {
            let n = body.read(&mut chunk).map_err(|e| broke_off(&self.arriving, &e))?;
            if n == 0 {
                return Ok(());
            }
            if self.arriving.written() == 0 && !self.pages && is_page(&chunk[..n]) {
                self.arriving.looks_like_a_page().map_err(|e| (Trouble::Final, e))?;
            }
            self.arriving.push(&chunk[..n]).map_err(|e| (Trouble::Final, e))?;
        }
    }
}

fn broke_off(arriving: &Arriving<'_>, error: &std::io::Error) -> Failed {
    let all = arriving.expected().map(|all| format!(" of {all}")).unwrap_or_default();
    let mut why = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        why = inner.to_string();
        source = inner.source();
    }
    let message =
        format!("the connection broke off after {}{all} bytes: {why}", arriving.written());
    (Trouble::Unclear, Error::unavailable(message).hint("try again").retryable())
}

/// Whether these are the first bytes of a page for browsers; no file of data begins so.
pub(in crate::adapters) fn is_page(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    [&b"<!doctype html"[..], b"<html"]
        .iter()
        .any(|begin| bytes.get(..begin.len()).is_some_and(|head| head.eq_ignore_ascii_case(begin)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_cut_out_of_what_holds_it() {
        let all: Vec<u8> = (0..100).collect();
        for (offset, length) in [(0, 100), (10, 50), (10, 0), (90, 10), (95, 50), (200, 5)] {
            let within = Within { offset, length, all: 100 };
            let end = usize::try_from(offset + length).unwrap().min(100);
            let begin = usize::try_from(offset).unwrap().min(end);
            for chunk in [1, 7, 100] {
                let chunks = all.chunks(chunk).zip((0..).step_by(chunk));
                let found: Vec<u8> =
                    chunks.flat_map(|(bytes, before)| within.of(bytes, before)).copied().collect();
                assert_eq!(found, all[begin..end], "{within:?} in chunks of {chunk}");
            }
        }
        assert_eq!(Within { offset: 1, length: u64::MAX, all: 2 }.of(b"ab", 0), b"b");
    }

    #[test]
    fn pages_for_browsers_are_told_from_data() {
        assert!(is_page(b"\n <!DOCTYPE html><html>"));
        assert!(is_page(b"<HTML><head>"));
        for data in [&b"label,score\n"[..], b"PAR1", b"{\"html\": 1}", b"<", b""] {
            assert!(!is_page(data));
        }
    }
}
