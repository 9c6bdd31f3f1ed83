//! Artifacts in a bucket or container, with a login of one's own.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::place::{Artifacts, Fetch};
use super::walk::unsafe_name;
use crate::adapters::http::RetryPolicy;
use crate::adapters::mlflow::Server;
use crate::adapters::objects::{
    Ask, Bucket, ByEnvironment, Cloud, Label, Landed, Span, Whole, counting, fetch as fetch_object,
};
use crate::domain::error::{Error, Result};
use crate::domain::package::is_safe_path;
use crate::ports::store::Progress;

/// Most files of one folder.
const MOST: usize = 1_000_000;

/// Artifacts in a bucket.
pub(super) struct InBucket {
    bucket: Bucket,
    /// Begin of every path, with a `/` at its end.
    prefix: String,
}

impl std::fmt::Debug for InBucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InBucket").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl InBucket {
    /// Below `prefix` of the bucket or container `holder`; nothing is sent yet.
    pub(super) fn new(server: &Server, cloud: Cloud, holder: &str, prefix: &str) -> Self {
        let (clock, retry) = (server.shared_clock(), RetryPolicy::default());
        let (holder, around) = (holder.to_owned(), server.around().into());
        let bucket = Bucket::new(Arc::new(ByEnvironment { cloud, holder, around }), clock, retry);
        Self { bucket, prefix: format!("{prefix}/") }
    }

    fn place(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }
}

impl Artifacts for InBucket {
    fn files(&self, folder: &str) -> Result<BTreeMap<String, u64>> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let prefix = self.place(&prefix);
        let (mut found, mut mark) = (BTreeMap::new(), None);
        loop {
            let ask = || self.bucket.call(Ask::List { prefix: &prefix, page: mark.as_deref() });
            let page = self.bucket.cloud().page(&self.bucket.link().text(&ask)?)?;
            for (path, size) in page.files {
                let below = path.strip_prefix(&self.prefix).unwrap_or_default();
                // Some tools put empty files where folders would be.
                if below.ends_with('/') && size == 0 {
                    continue;
                }
                if !is_safe_path(below) {
                    return Err(unsafe_name(&prefix, &path));
                }
                found.insert(below.to_owned(), size);
            }
            match page.next {
                Some(next) if Some(&next) != mark.as_ref() && found.len() < MOST => {
                    mark = Some(next);
                }
                _ => return Ok(found),
            }
        }
    }

    fn put(&self, path: &str, whole: Whole<'_>, progress: Progress<'_>) -> Result<()> {
        match self.bucket.put_file(&self.place(path), whole, (false, Label::default()), progress)? {
            Landed::New => Ok(()),
            Landed::Taken | Landed::Unconditional => {
                Err(Error::conflict(format!("{path} is being written by somebody else"))
                    .hint("run the same command again")
                    .retryable())
            }
        }
    }

    fn fetch(&self, path: &str, fetch: Fetch<'_>) -> Result<()> {
        let place = self.place(path);
        let call = |span: Option<Span<'_>>| self.bucket.call(Ask::File { path: &place, span });
        let coming = counting(fetch.progress);
        fetch_object(&self.bucket.link(), &call, &fetch.wanted(&coming)).map(|_| ())
    }
}
