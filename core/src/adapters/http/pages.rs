//! Lists that come in pages.

use reqwest::Url;

use super::Result;
use super::client::HttpClient;
use super::failure::Failure;
use super::request::{Request, Target};
use super::response::Response;
use crate::domain::error::Error;

/// Most pages of one list; a server that gives more is walking in circles.
const MOST: usize = 2_000;
/// Azure DevOps' name for the next page.
const CONTINUATION: &str = "x-ms-continuationtoken";

/// The pages of a list, fetched one after another. Follows `Link: …; rel="next"` and
/// `x-ms-continuationtoken`, and ends after the first failure.
pub struct Pages<'a> {
    client: &'a HttpClient,
    next: Option<Request>,
    first: Request,
    fetched: usize,
}

impl<'a> Pages<'a> {
    pub(super) fn new(client: &'a HttpClient, first: Request) -> Self {
        Self { client, next: Some(first.clone()), first, fetched: 0 }
    }

    fn after(&self, page: &Response) -> Result<Option<Request>> {
        if let Some(link) = page.header("link").and_then(next_link) {
            let url = self.client.same_server(link)?;
            let target = Target::Given(url);
            return Ok(Some(Request { target, query: Vec::new(), ..self.first.clone() }));
        }
        let token = page.header(CONTINUATION).filter(|token| !token.is_empty());
        Ok(token.map(|token| self.first.clone().query("continuationToken", token)))
    }
}

impl Iterator for Pages<'_> {
    type Item = Result<Response>;

    fn next(&mut self) -> Option<Self::Item> {
        let request = self.next.take()?;
        self.fetched += 1;
        if self.fetched > MOST {
            let message = format!("{}: more than {MOST} pages", self.first.shown());
            return Some(Err(Failure::unsent(Error::unavailable(message))));
        }
        let page = self.client.send(&request).and_then(|page| {
            self.next = self.after(&page)?;
            Ok(page)
        });
        Some(page)
    }
}

/// The address in `<address>; rel="next"` of a `Link` header.
fn next_link(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let (address, after) = after.split_once('>')?;
        let (attributes, others) =
            after.split_once('<').map_or((after, ""), |(a, _)| (a, &after[a.len()..]));
        let is_next = |part: &str| {
            let (name, value) = part.split_once('=').unwrap_or_default();
            let value = value.trim().trim_end_matches(',').trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case("rel")
                && value.split_whitespace().any(|v| v.eq_ignore_ascii_case("next"))
        };
        if attributes.split(';').any(is_next) {
            return Some(address);
        }
        rest = others;
    }
    None
}

impl HttpClient {
    /// The pages of the list that `request` begins.
    pub fn pages(&self, request: Request) -> Pages<'_> {
        Pages::new(self, request)
    }

    /// Reads what `address` names, an address that the server gave, taken as it is.
    ///
    /// # Errors
    /// It lies on another server: the login does not belong there.
    pub fn linked(&self, address: &str) -> Result<Request> {
        let target = Target::Given(self.same_server(address)?);
        Ok(Request { target, ..Request::get(&[]) })
    }

    /// Replaces what `address` names, as [`HttpClient::linked`] reads it.
    ///
    /// # Errors
    /// As [`HttpClient::linked`].
    pub fn linked_put(&self, address: &str) -> Result<Request> {
        let target = Target::Given(self.same_server(address)?);
        Ok(Request { target, ..Request::put(&[]) })
    }

    /// `address`, which must lie on this client's server: elsewhere the login does not belong.
    pub(super) fn same_server(&self, address: &str) -> Result<Url> {
        let base = self.base();
        match base.join(address) {
            Ok(url) if url.origin() == base.origin() => Ok(url),
            _ => Err(Failure::unsent(Error::unavailable(format!(
                "{} names an address on another server, which is not followed",
                base.host_str().unwrap_or("the server")
            )))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_other_links() {
        let header = "<https://a/?page=1>; rel=\"prev\", <https://a/?x=1,2;3&page=3>; rel=\"next\", \
                      <https://a/?page=9>; rel=\"last\"";
        assert_eq!(next_link(header), Some("https://a/?x=1,2;3&page=3"));
        assert_eq!(next_link("<https://a/2>; title=\"x\"; rel=next"), Some("https://a/2"));
        assert_eq!(next_link("<https://a/1>; rel=\"first\""), None);
        assert_eq!(next_link("<https://a/1"), None);
    }
}
