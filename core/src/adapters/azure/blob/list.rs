//! Names of blobs.

use super::container::Container;
use crate::adapters::objects::azure_blob::{self, Names};
use crate::adapters::objects::{Ask, Call};
use crate::domain::error::{Error, Result};

/// Most pages of one list; a server that gives more is walking in circles.
const PAGES: usize = 10_000;

impl Container {
    /// The folders directly below `prefix`, which ends with `/`: their names alone.
    ///
    /// # Errors
    /// The service cannot be reached, or refuses.
    pub fn folders(&self, prefix: &str) -> Result<Vec<String>> {
        let call = |page: Option<&str>| self.opened.folders(prefix, page, self.clock.now());
        let found = self.walk(prefix, &call, &azure_blob::folders)?;
        let name = |path: &String| {
            let name = path.strip_prefix(prefix)?.trim_end_matches('/');
            (!name.is_empty()).then(|| name.to_owned())
        };
        Ok(found.iter().filter_map(name).collect())
    }

    /// The names of all blobs below `prefix`.
    ///
    /// # Errors
    /// The service cannot be reached, or refuses.
    pub fn names(&self, prefix: &str) -> Result<Vec<String>> {
        let call = |page: Option<&str>| self.bucket.call(Ask::List { prefix, page });
        self.walk(prefix, &call, &|answer| {
            let page = azure_blob::page(answer);
            let names = page.files.into_iter().map(|(path, _)| path).collect();
            Names { names, next: page.next }
        })
    }

    fn walk(
        &self,
        prefix: &str,
        call: &dyn Fn(Option<&str>) -> Result<Call>,
        read: &dyn Fn(&str) -> Names,
    ) -> Result<Vec<String>> {
        let (mut found, mut mark) = (Vec::new(), None);
        for _ in 0..PAGES {
            let text = self.bucket.link().text(&|| call(mark.as_deref()));
            let Names { names, next } = read(&text.map_err(self.during(prefix))?);
            found.extend(names);
            if next.is_none() {
                return Ok(found);
            }
            mark = next;
        }
        Err(Error::unavailable(format!("a list of more than {PAGES} pages"))
            .hint("the service gives the same page again and again; try again later"))
    }
}
