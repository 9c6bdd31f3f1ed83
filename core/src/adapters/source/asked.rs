//! What is asked of a store, and the call that asks it.

/// What is asked of a store.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ask<'a> {
    /// A file, or the rest of it.
    File {
        /// Its path behind the bucket or container.
        path: &'a str,
        /// Only the rest.
        rest: Option<Rest<'a>>,
    },
    /// A page of the list of the files whose paths begin with `prefix`.
    List {
        /// How the paths begin.
        prefix: &'a str,
        /// The mark of the page, of the page before; none: the first.
        page: Option<&'a str>,
    },
}

/// The bytes from `from` on, of a file that still has this tag.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rest<'a> {
    pub(super) from: u64,
    pub(super) tag: &'a str,
}

impl Rest<'_> {
    /// The value of `Range`.
    pub(super) fn range(self) -> String {
        format!("bytes={}-", self.from)
    }

    /// The headers of HTTP that ask for it.
    pub(super) fn headers(self) -> Vec<(String, String)> {
        vec![("range".to_owned(), self.range()), ("if-match".to_owned(), self.tag.to_owned())]
    }
}

/// A `GET` that is ready to be sent.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    /// Whether a redirect is followed; never with a login.
    pub(super) follows: bool,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    /// Path and bytes of each file.
    pub(super) files: Vec<(String, u64)>,
    /// The mark of the next page; none: this is the last.
    pub(super) next: Option<String>,
}
