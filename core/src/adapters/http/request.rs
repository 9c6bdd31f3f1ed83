//! One call: method, address below the client's base, query, body, and whether it may be repeated.

use std::borrow::Cow;

use reqwest::{Method, Url};
use serde_json::Value;

use super::Result;
use super::failure::Failure;
use super::transfer::Upload;
use crate::domain::error::Error;

/// One call.
#[derive(Debug, Clone)]
pub struct Request {
    pub(super) method: Method,
    pub(super) target: Target,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: Vec<(Cow<'static, str>, String)>,
    pub(super) body: Option<Body>,
    /// A file that is the body.
    pub(super) upload: Option<Upload>,
    /// It creates something: sent a second time only where the first surely did nothing.
    pub(super) once: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Target {
    /// Segments below the client's base.
    Path(Vec<String>),
    /// An address that the server gave.
    Given(Url),
}

#[derive(Debug, Clone)]
pub(super) struct Body {
    pub(super) content_type: &'static str,
    pub(super) bytes: Vec<u8>,
}

impl Request {
    fn new(method: Method, path: &[&str], once: bool) -> Self {
        let target = Target::Path(path.iter().map(|p| (*p).to_owned()).collect());
        let (query, headers) = (Vec::new(), Vec::new());
        Self { method, target, query, headers, body: None, upload: None, once }
    }

    /// Reads. Each part of `path` becomes one percent-encoded segment below the client's base.
    pub fn get(path: &[&str]) -> Self {
        Self::new(Method::GET, path, false)
    }

    /// Asks for the headers alone.
    pub fn head(path: &[&str]) -> Self {
        Self::new(Method::HEAD, path, false)
    }

    /// Creates: repeated only where the server surely did nothing.
    pub fn post(path: &[&str]) -> Self {
        Self::new(Method::POST, path, true)
    }

    /// Changes; safe to repeat.
    pub fn patch(path: &[&str]) -> Self {
        Self::new(Method::PATCH, path, false)
    }

    /// Replaces; safe to repeat.
    pub fn put(path: &[&str]) -> Self {
        Self::new(Method::PUT, path, false)
    }

    /// Deletes; safe to repeat. The second time it may answer 404.
    pub fn delete(path: &[&str]) -> Self {
        Self::new(Method::DELETE, path, false)
    }

    /// For a POST that does the same when it is sent twice, such as one that stores content under
    /// its hash.
    #[must_use]
    pub fn safe_to_repeat(mut self) -> Self {
        self.once = false;
        self
    }

    /// For a PATCH that does more when it is sent twice.
    #[must_use]
    pub fn only_once(mut self) -> Self {
        self.once = true;
        self
    }

    /// Adds a parameter to the query.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// Adds a header, besides the client's own.
    #[must_use]
    pub fn header(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sends JSON.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.json_as("application/json", body)
    }

    /// Sends JSON under another content type, such as `application/json-patch+json`.
    #[must_use]
    pub fn json_as(mut self, content_type: &'static str, body: &Value) -> Self {
        self.body = Some(Body { content_type, bytes: body.to_string().into_bytes() });
        self
    }

    /// Sends names and values as a form.
    #[must_use]
    pub fn form(self, pairs: &[(&str, &str)]) -> Self {
        let text = form_urlencoded(pairs);
        self.bytes("application/x-www-form-urlencoded", text.into_bytes())
    }

    /// Sends these bytes.
    #[must_use]
    pub fn bytes(mut self, content_type: &'static str, bytes: Vec<u8>) -> Self {
        self.body = Some(Body { content_type, bytes });
        self
    }

    /// Sends a file.
    #[must_use]
    pub fn upload(mut self, upload: Upload) -> Self {
        self.upload = Some(upload);
        self
    }

    /// What is done.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Method and path, for messages; never the query, which may hold a secret.
    pub(super) fn shown(&self) -> String {
        let path = match &self.target {
            Target::Path(parts) => parts.iter().map(|p| format!("/{p}")).collect(),
            Target::Given(url) => url.path().to_owned(),
        };
        format!("{} {}", self.method, super::failure::one_line(&path))
    }

    /// The address below `base`.
    pub(super) fn url(&self, base: &Url) -> Result<Url> {
        let mut url = match &self.target {
            Target::Given(url) => url.clone(),
            Target::Path(parts) => {
                below(base, parts).ok_or_else(|| Failure::unsent(self.not_an_address()))?
            }
        };
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }

    fn not_an_address(&self) -> Error {
        Error::usage(format!("{}: a part of the path is empty, `.` or `..`", self.shown()))
    }
}

/// As forms of web pages are encoded, which the query of an address is too.
pub(in crate::adapters) fn form_urlencoded(pairs: &[(&str, &str)]) -> String {
    let Ok(mut url) = Url::parse("http://localhost") else { return String::new() };
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}

fn below(base: &Url, parts: &[String]) -> Option<Url> {
    // `.` and `..` would vanish, or walk out of the base, wherever an address is normalised.
    if parts.iter().any(|p| matches!(p.as_str(), "" | "." | "..")) {
        return None;
    }
    let mut url = base.clone();
    url.path_segments_mut().ok()?.pop_if_empty().extend(parts);
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(request: &Request) -> Result<String> {
        let base = Url::parse("https://github.acme.example/api/v3").unwrap();
        request.url(&base).map(String::from)
    }

    #[test]
    fn parts_of_a_path_cannot_break_out_of_their_segment() {
        let request = Request::get(&["repos", "a/b?c#d", "%2e%2e", "é"]).query("q", "x&y=z ");
        assert_eq!(
            address(&request).unwrap(),
            "https://github.acme.example/api/v3/repos/a%2Fb%3Fc%23d/%252e%252e/%C3%A9?q=x%26y%3Dz+"
        );
    }

    #[test]
    fn a_path_with_dots_or_nothing_in_it_is_refused() {
        for part in ["", ".", ".."] {
            assert!(address(&Request::get(&["repos", part, "x"])).is_err(), "{part:?}");
        }
    }

    #[test]
    fn a_form_is_encoded() {
        let request =
            Request::post(&["token"]).form(&[("scope", "https://a/.default"), ("s", "a&=")]);
        let body = request.body.unwrap();
        assert_eq!(body.bytes, b"scope=https%3A%2F%2Fa%2F.default&s=a%26%3D");
    }

    #[test]
    fn what_is_shown_has_no_query_and_no_line_break() {
        let request = Request::get(&["repos", "a\n::error::b"]).query("token", "t0ken");
        assert_eq!(request.shown(), "GET /repos/a ::error::b");
    }
}
