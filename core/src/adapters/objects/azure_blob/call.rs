//! What is asked of a container, as calls.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use reqwest::Method;

use super::{Login, Place};
use crate::adapters::objects::asked::{Ask, Call, Label, Part, Step};
use crate::adapters::objects::signing::escaped;
use crate::domain::error::{Error, Result};

/// Version of the REST API.
const VERSION: &str = "2023-11-03";

/// What is asked of a container, before it is signed.
#[derive(Default)]
pub(super) struct Plain<'a> {
    pub(super) method: Method,
    pub(super) account: String,
    pub(super) url: String,
    pub(super) query: Vec<(&'a str, String)>,
    pub(super) if_match: &'a str,
    pub(super) if_none_match: &'a str,
    pub(super) content_type: &'a str,
    /// Those of the service, which are signed.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<Bytes>,
    pub(super) answers: &'static [u16],
}

impl<'a> Plain<'a> {
    fn new(place: &Place, now: Timestamp) -> Self {
        let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let headers =
            vec![("x-ms-date".to_owned(), date), ("x-ms-version".to_owned(), VERSION.to_owned())];
        let Place { account, url } = place.clone();
        Self { account, url, headers, ..Self::default() }
    }

    fn of(mut self, path: &str) -> Self {
        self.url = format!("{}/{}", self.url, escaped(path));
        self
    }

    /// A `PUT`, only where nothing is where it must be `fresh`.
    fn put(self, fresh: bool) -> Self {
        let (if_none_match, answers) = if fresh { ("*", &[409, 412][..]) } else { ("", &[][..]) };
        Self { method: Method::PUT, if_none_match, answers, ..self }
    }

    fn labelled(mut self, label: Label<'_>) -> Self {
        let named = |(name, value): &(&str, String)| (format!("x-ms-meta-{name}"), value.clone());
        self.headers.extend(label.metadata.iter().map(named));
        self
    }

    fn list(self, prefix: &str, page: Option<&str>) -> Self {
        let mut query = vec![
            ("comp", "list".to_owned()),
            ("prefix", prefix.to_owned()),
            ("restype", "container".to_owned()),
        ];
        query.extend(page.map(|page| ("marker", page.to_owned())));
        Self { query, ..self }
    }
}

/// The call that asks the container at `place`.
pub(in crate::adapters) fn call(
    place: &Place,
    login: &Login,
    ask: Ask<'_>,
    now: Timestamp,
) -> Result<Call> {
    let plain = Plain::new(place, now);
    login.on(match ask {
        Ask::File { path, span } => {
            let mut plain = plain.of(path);
            plain.headers.extend(span.map(|span| ("x-ms-range".to_owned(), span.range())));
            Plain { if_match: span.map_or("", |span| span.tag), ..plain }
        }
        Ask::List { prefix, page } => plain.list(prefix, page),
        Ask::Size { path } => Plain { method: Method::HEAD, answers: &[404], ..plain.of(path) },
        Ask::Put { path, body, fresh, label } => {
            let mut plain = plain.of(path).labelled(label);
            plain.headers.push(("x-ms-blob-type".to_owned(), "BlockBlob".to_owned()));
            let body = Some(body.bytes.clone());
            Plain { body, content_type: label.content_type, ..plain }.put(fresh)
        }
        Ask::Never { path } => {
            let mut plain = plain.of(path);
            plain.headers.push(("x-ms-blob-type".to_owned(), "BlockBlob".to_owned()));
            let (method, body, if_match) = (Method::PUT, Some(Bytes::new()), "\"never\"");
            Plain { method, body, if_match, answers: &[412], ..plain }
        }
        Ask::Step { path, step } => stepped(plain.of(path), step)?,
    })
}

/// The call for a page of the folders directly below `prefix`, which ends with `/`.
pub(in crate::adapters) fn folders_below(
    place: &Place,
    login: &Login,
    prefix: &str,
    page: Option<&str>,
    now: Timestamp,
) -> Result<Call> {
    let mut plain = Plain::new(place, now).list(prefix, page);
    plain.query.push(("delimiter", "/".to_owned()));
    login.on(plain)
}

/// Blocks are named by their hash: those of an earlier try are found again, and what nobody makes a
/// file is thrown away after a week.
fn stepped<'a>(plain: Plain<'a>, step: Step<'a>) -> Result<Plain<'a>> {
    let list = ("comp", "blocklist".to_owned());
    Ok(match step {
        Step::Known => {
            let query = vec![("blocklisttype", "uncommitted".to_owned()), list];
            Plain { query, answers: &[404], ..plain }
        }
        Step::Part { part, .. } => {
            let query = vec![("blockid", block(part)), ("comp", "block".to_owned())];
            let body = Some(part.body.bytes.clone());
            Plain { method: Method::PUT, query, body, ..plain }
        }
        Step::End { parts, fresh, label, .. } => {
            let blocks: String = parts.iter().map(|id| format!("<Latest>{id}</Latest>")).collect();
            let head = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";
            let body = Some(format!("{head}<BlockList>{blocks}</BlockList>").into());
            let mut plain = Plain { query: vec![list], body, ..plain }.labelled(label).put(fresh);
            if !label.content_type.is_empty() {
                let kind = ("x-ms-blob-content-type".to_owned(), label.content_type.to_owned());
                plain.headers.push(kind);
            }
            plain
        }
        Step::State { .. } | Step::Begin { .. } | Step::Abort { .. } => {
            return Err(Error::internal("blocks are neither begun nor thrown away"));
        }
    })
}

/// The name of a block.
pub(in crate::adapters) fn block(part: &Part) -> String {
    STANDARD.encode(part.body.hash())
}
