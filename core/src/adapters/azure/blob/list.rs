//! Names of blobs.

use super::container::Container;
use crate::adapters::http::{Request, xml};
use crate::domain::error::{Error, Result};

/// Most pages of one list; a server that gives more is walking in circles.
const PAGES: usize = 10_000;

impl Container {
    /// The folders directly below `prefix`, which ends with `/`: their names alone.
    ///
    /// # Errors
    /// The service cannot be reached, or refuses.
    pub fn folders(&self, prefix: &str) -> Result<Vec<String>> {
        let found = self.walk(prefix, Some("/"), "BlobPrefix")?;
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
        self.walk(prefix, None, "Blob")
    }

    fn walk(&self, prefix: &str, delimiter: Option<&str>, element: &str) -> Result<Vec<String>> {
        let (mut found, mut mark) = (Vec::new(), String::new());
        for _ in 0..PAGES {
            let mut request = Request::get(&[])
                .query("restype", "container")
                .query("comp", "list")
                .query("prefix", prefix);
            if let Some(delimiter) = delimiter {
                request = request.query("delimiter", delimiter);
            }
            if !mark.is_empty() {
                request = request.query("marker", mark.as_str());
            }
            let answer = self.send(&request).map_err(|f| self.told(f, prefix))?;
            let text = String::from_utf8_lossy(answer.bytes()).into_owned();
            found.extend(xml::elements(&text, element).iter().filter_map(|e| xml::text(e, "Name")));
            mark = xml::text(&text, "NextMarker").unwrap_or_default();
            if mark.is_empty() {
                return Ok(found);
            }
        }
        Err(Error::unavailable(format!("a list of more than {PAGES} pages"))
            .hint("the service gives the same page again and again; try again later"))
    }
}
