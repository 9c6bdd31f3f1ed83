//! Why a call failed, and whether the server may have done it all the same.

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::azure;
use crate::domain::error::{Error, ErrorKind};

/// Characters of a server's message that are quoted.
const QUOTED: usize = 400;
/// Headers by which a server's operators find a call again.
const CALL_IDS: [&str; 5] = [
    "x-github-request-id",
    "x-vss-e2eid",
    "activityid",
    "x-ms-correlation-request-id",
    "x-ms-request-id",
];

/// Why a call failed.
#[derive(Debug)]
pub struct Failure {
    error: Box<Error>,
    status: Option<u16>,
    said: Box<str>,
    code: Box<str>,
    challenge: Box<str>,
    ambiguous: bool,
}

impl Failure {
    /// The server was not asked.
    pub(super) fn unsent(error: Error) -> Self {
        let none: Box<str> = "".into();
        let (said, code, challenge) = (none.clone(), none.clone(), none);
        Self { error: Box::new(error), status: None, said, code, challenge, ambiguous: false }
    }

    /// The server answered with `status`.
    pub(super) fn answered(error: Error, status: u16, said: &str) -> Self {
        Self { status: Some(status), said: said.into(), ..Self::unsent(error) }
    }

    /// Marks that nobody knows whether the server did it.
    pub(super) fn ambiguous(mut self, ambiguous: bool) -> Self {
        self.ambiguous = ambiguous;
        self
    }

    /// The class of the failure.
    pub fn kind(&self) -> ErrorKind {
        self.error.kind()
    }

    /// The status, where the server answered.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The server's own message, on one line and bounded; may be empty.
    pub fn said(&self) -> &str {
        &self.said
    }

    /// The name that the server gives the error (`error_code` in JSON); may be empty.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// How the server wants to be logged in at (`WWW-Authenticate`); may be empty.
    pub fn challenge(&self) -> &str {
        &self.challenge
    }

    /// The server may have done what it was asked: look before sending again.
    pub fn is_ambiguous(&self) -> bool {
        self.ambiguous
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.error = Box::new(self.error.hint(hint));
        self
    }

    /// The same failure, told by another error.
    #[must_use]
    pub fn told_as(mut self, error: impl FnOnce(Error) -> Error) -> Self {
        self.error = Box::new(error(*self.error));
        self
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        *failure.error
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::unsent(error)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(f)
    }
}

/// The failure that an answer with `status` stands for.
pub(super) fn from_answer(shown: &str, status: u16, headers: &HeaderMap, body: &[u8]) -> Failure {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let mut said = message(body);
    if said.is_empty() {
        // Blob Storage says it in XML, and its code here.
        said = one_line(header("x-ms-error-code").unwrap_or_default());
    }
    let correlation = azure::correlation(body);
    let id = CALL_IDS.iter().find_map(|name| header(name)).or(correlation.as_deref());
    let mut text = format!("{shown}: the server answered {status}");
    if !said.is_empty() {
        text.push_str(&format!(": {said}"));
    }
    if let Some(id) = id {
        text.push_str(&format!(" (request {})", one_line(id)));
    }
    let mut error = Error::new(kind(status), text);
    if status >= 500 && status != 501 || matches!(status, 408 | 429) {
        error = error.retryable();
    }
    let challenge = header("www-authenticate").unwrap_or_default().into();
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let code = json["error_code"].as_str().unwrap_or_default().into();
    Failure { challenge, code, ..Failure::answered(error, status, &said) }
}

fn kind(status: u16) -> ErrorKind {
    match status {
        203 | 401 | 403 => ErrorKind::Permission,
        404 | 410 => ErrorKind::NotFound,
        409 | 412 => ErrorKind::Conflict,
        408 => ErrorKind::Timeout,
        _ => ErrorKind::Unavailable,
    }
}

/// The message in a JSON answer with its details, else the beginning of a plain one. Pages for
/// browsers say nothing.
pub(in crate::adapters) fn message(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let Ok(json) = serde_json::from_str::<Value>(&text) else {
        return if text.trim_start().starts_with('<') { String::new() } else { one_line(&text) };
    };
    let own = [
        &json["error_description"],
        &json["message"],
        &json["error"],
        &json["error"]["message"],
        &json["error"]["code"],
    ];
    let mut parts: Vec<String> =
        own.iter().find_map(|said| said.as_str()).map(str::to_owned).into_iter().collect();
    for detail in json["errors"].as_array().into_iter().flatten() {
        let field = |name: &str| detail[name].as_str();
        parts.extend(detail.as_str().or(field("message")).map(str::to_owned).or_else(|| {
            Some(format!("{} {} {}", field("resource")?, field("field")?, field("code")?))
        }));
    }
    parts.extend(azure::details(&json));
    one_line(&parts.join("; "))
}

/// `text` on one bounded line, without control characters and marks that turn the direction of
/// writing round.
pub(in crate::adapters) fn one_line(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let kept = text.chars().map(|c| if c.is_control() || turns(c) { ' ' } else { c });
    let mut line: String = kept.take(QUOTED).collect();
    if text.chars().nth(QUOTED).is_some() {
        line.push('…');
    }
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_message_is_quoted_on_one_line() {
        let body = br#"{"message":"Validation\nFailed\u202e","errors":[{"resource":"PullRequest",
            "field":"head","code":"invalid"},"or so"]}"#;
        let mut headers = HeaderMap::new();
        headers.insert("x-github-request-id", "ABCD:1".parse().unwrap());
        let failure = from_answer("POST /x", 422, &headers, body);
        assert_eq!(
            failure.to_string(),
            "POST /x: the server answered 422: Validation Failed ; PullRequest head invalid; or so \
             (request ABCD:1)"
        );
        assert_eq!(failure.said(), "Validation Failed ; PullRequest head invalid; or so");
    }

    #[test]
    fn a_long_message_is_cut_and_a_page_for_browsers_is_left_out() {
        let long = "é".repeat(10_000);
        assert_eq!(message(long.as_bytes()).chars().count(), QUOTED + 1);
        assert_eq!(message(b" <!DOCTYPE html><p>Unicorn!"), "");
        assert_eq!(message(b"\xff\x00"), "\u{fffd}");
        assert_eq!(message(br#"{"error":"no input `age`"}"#), "no input `age`");
        assert_eq!(message(br#"{"error":{"code":"UserError","message":"too many"}}"#), "too many");
    }
}
