//! What is asked of a store, and the call that asks it.

use std::sync::OnceLock;

use bytes::Bytes;
use reqwest::Method;

use super::signing::hash;

/// What is asked of a store.
#[derive(Debug, Clone, Copy)]
pub(in crate::adapters) enum Ask<'a> {
    /// A file, or the rest of it.
    File {
        /// Its path behind the bucket or container.
        path: &'a str,
        /// Only these bytes of it.
        span: Option<Span<'a>>,
    },
    /// A page of the list of the files whose paths begin with `prefix`.
    List {
        /// How the paths begin.
        prefix: &'a str,
        /// The mark of the page, of the page before; none: the first.
        page: Option<&'a str>,
    },
    /// Whether a file is there, and how long it is; 404 is an answer.
    Size {
        /// Its path.
        path: &'a str,
    },
    /// Puts a small file. `fresh`: only where there is none; that there is one is an answer too.
    Put {
        /// Its path.
        path: &'a str,
        /// All of it.
        body: &'a Payload,
        /// Only where there is none.
        fresh: bool,
        /// What is kept beside it.
        label: Label<'a>,
    },
    /// Puts a file where it is another one than any: what may be written is not written, and that it
    /// is another is the answer. Of Azure's containers alone.
    Never {
        /// Its path.
        path: &'a str,
    },
    /// A step of putting a large file.
    Step {
        /// Its path.
        path: &'a str,
        /// Which one.
        step: Step<'a>,
    },
}

/// A step of putting a large file in parts. Nothing is visible before the last one.
#[derive(Debug, Clone, Copy)]
pub(in crate::adapters) enum Step<'a> {
    /// Begins; the answer names the upload.
    Begin {
        /// Only where there is no such file.
        fresh: bool,
    },
    /// The parts that a try before this one has left.
    Known,
    /// One part.
    Part {
        /// The upload, as the store named it.
        upload: &'a str,
        /// Which part.
        part: &'a Part,
    },
    /// Makes the parts a file.
    End {
        /// The upload.
        upload: &'a str,
        /// What the store said of each part, in order.
        parts: &'a [String],
        /// Only where there is no such file.
        fresh: bool,
        /// What is kept beside it.
        label: Label<'a>,
    },
    /// How much of it is there, of an upload whose parts come one after another.
    State {
        /// The upload.
        upload: &'a str,
        /// Bytes of the whole file.
        all: u64,
    },
    /// Throws the parts away.
    Abort {
        /// The upload.
        upload: &'a str,
    },
}

/// What a container of Azure's keeps beside a file; the others are told nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::adapters) struct Label<'a> {
    /// Kind of the file's content; empty: unknown.
    pub(in crate::adapters) content_type: &'a str,
    /// Names and values.
    pub(in crate::adapters) metadata: &'a [(&'a str, String)],
}

/// A part of a file.
#[derive(Debug, Clone)]
pub(in crate::adapters) struct Part {
    /// Its place among the parts, from 0.
    pub(in crate::adapters) number: usize,
    /// The byte of the file that it begins with.
    pub(in crate::adapters) from: u64,
    /// Bytes of the whole file.
    pub(in crate::adapters) all: u64,
    /// Its bytes.
    pub(in crate::adapters) body: Payload,
}

impl Part {
    /// What follows of it from this byte of the file on.
    pub(in crate::adapters) fn rest(&self, from: u64) -> Self {
        let done = usize::try_from(from - self.from).unwrap_or_default();
        match done {
            0 => self.clone(),
            _ => Self { from, body: Payload::new(self.body.bytes.slice(done..)), ..*self },
        }
    }
}

/// Bytes on their way to a store.
#[derive(Debug, Clone)]
pub(in crate::adapters) struct Payload {
    pub(in crate::adapters) bytes: Bytes,
    hash: OnceLock<[u8; 32]>,
}

impl Payload {
    /// Of these bytes.
    pub(in crate::adapters) fn new(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), hash: OnceLock::new() }
    }

    /// Their SHA-256, which not every store wants: computed when it is first asked for.
    pub(in crate::adapters) fn hash(&self) -> [u8; 32] {
        *self.hash.get_or_init(|| hash(&self.bytes))
    }
}

/// Some bytes of a file that still has this tag.
#[derive(Debug, Clone, Copy)]
pub(in crate::adapters) struct Span<'a> {
    /// The first of them, from 0.
    pub(in crate::adapters) from: u64,
    /// The last of them; none: all that follow.
    pub(in crate::adapters) to: Option<u64>,
    /// Tells this content from any other.
    pub(in crate::adapters) tag: &'a str,
}

impl Span<'_> {
    /// The value of `Range`.
    pub(in crate::adapters) fn range(self) -> String {
        format!("bytes={}-{}", self.from, self.to.map(|to| to.to_string()).unwrap_or_default())
    }

    /// The headers of HTTP that ask for it.
    pub(in crate::adapters) fn headers(self) -> Vec<(String, String)> {
        vec![("range".to_owned(), self.range()), ("if-match".to_owned(), self.tag.to_owned())]
    }
}

/// Bytes that a server puts together in one longest silence, at least.
const PER_SILENCE: u64 = 1 << 30;
/// Most of them.
const MOST_SILENCES: u32 = 30;

/// A call that is ready to be sent.
#[derive(Debug, Clone)]
pub(in crate::adapters) struct Call {
    pub(in crate::adapters) method: Method,
    pub(in crate::adapters) url: String,
    pub(in crate::adapters) headers: Vec<(String, String)>,
    pub(in crate::adapters) body: Option<Bytes>,
    /// Whether a redirect is followed; the login goes to no other server.
    pub(in crate::adapters) follows: bool,
    /// Statuses that are answers, besides those of a success.
    pub(in crate::adapters) answers: &'static [u16],
    /// How many times the longest silence its answer may take: large, where the server has to put a
    /// large file together before it answers.
    pub(in crate::adapters) patience: u32,
    /// Number of the login that it carries, where logins are had anew.
    pub(in crate::adapters) login: u64,
}

impl Call {
    /// How many times the longest silence the answer to putting so many bytes together may take.
    pub(in crate::adapters) fn patience(bytes: u64) -> u32 {
        u32::try_from(1 + bytes / PER_SILENCE).unwrap_or(MOST_SILENCES).min(MOST_SILENCES)
    }

    /// Reads what is at this address.
    pub(in crate::adapters) fn get(url: String, headers: Vec<(String, String)>) -> Self {
        Self {
            method: Method::GET,
            url,
            headers,
            body: None,
            follows: false,
            answers: &[],
            patience: 1,
            login: 0,
        }
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::adapters) struct Page {
    /// Path and bytes of each file.
    pub(in crate::adapters) files: Vec<(String, u64)>,
    /// The mark of the next page; none: this is the last.
    pub(in crate::adapters) next: Option<String>,
}
