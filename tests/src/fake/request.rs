//! What is asked of a fake, and what it answers.

use std::collections::BTreeMap;

use serde_json::Value;

/// A request, decoded.
#[derive(Debug, Clone)]
pub struct Call {
    /// `GET`, `POST` …
    pub method: String,
    /// The path as sent.
    pub path: String,
    /// The segments of the path, percent-decoded, without the empty ones.
    pub segments: Vec<String>,
    /// The query, percent-decoded.
    pub query: BTreeMap<String, String>,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Call {
    /// The call of these raw parts; `query` is without its `?`.
    pub fn new(
        method: &str,
        path: &str,
        query: &str,
        headers: BTreeMap<String, String>,
        body: Vec<u8>,
    ) -> Self {
        let segments = path.split('/').filter(|s| !s.is_empty()).map(|s| decode(s, false));
        let pairs = query.split('&').filter(|p| !p.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name, true), decode(value, true))
        });
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            segments: segments.collect(),
            query: pairs.collect(),
            headers,
            body,
        }
    }

    /// `METHOD /path`.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// A value of the query.
    pub fn asked(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// Percent-decodes `text`; in a query a `+` is a space.
fn decode(text: &str, query: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
        match byte {
            b'%' => match (hex(rest.next()), hex(rest.next())) {
                (Some(high), Some(low)) => bytes.push((high * 16 + low) as u8),
                _ => bytes.push(b'?'),
            },
            b'+' if query => bytes.push(b' '),
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::bytes(status, "application/json; charset=utf-8", body.to_string().into_bytes())
    }

    /// Bytes of a type.
    pub fn bytes(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("content-type".to_owned(), content_type.to_owned())], body }
    }

    /// Nothing but a status.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// One more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_decoded_once() {
        let call = Call::new("GET", "/a%20b/%252F/", "x=1%2B1&y=a+b", BTreeMap::new(), vec![]);
        assert_eq!(call.segments, ["a b", "%2F"]);
        assert_eq!((call.asked("x"), call.asked("y")), (Some("1+1"), Some("a b")));
    }
}
