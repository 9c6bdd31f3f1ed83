//! What it means when a server answers with anything but what was asked for.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Url;
use reqwest::header::HeaderMap;

use super::peer::Peer;
use crate::adapters::http::{Trouble, one_line, xml};
use crate::domain::error::{Error, ErrorKind};

/// What is known of the call.
pub(in crate::adapters) struct Asked<'a> {
    /// Whom it was sent to.
    pub(in crate::adapters) peer: &'a dyn Peer,
    /// Whether a login was sent, or an address that carries one.
    pub(in crate::adapters) logged_in: bool,
    /// Whether a file was to be read.
    pub(in crate::adapters) reads: bool,
    pub(in crate::adapters) url: &'a Url,
}

/// The name and the words that the server gives an error: of XML or JSON, else nothing.
pub(in crate::adapters) fn said(body: &str) -> (String, String) {
    if let Ok(json) = serde_json::from_str::<serde_json::Value>(body) {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        // Registries of containers give a list.
        let first = &json["errors"][0];
        if first.is_object() {
            return (text(&first["code"]), text(&first["message"]));
        }
        return (text(&json["error"]["status"]), text(&json["error"]["message"]));
    }
    let text = |name| xml::text(body, name).unwrap_or_default();
    let words = match text("AuthenticationErrorDetail") {
        detail if detail.is_empty() => text("Message"),
        detail => detail,
    };
    // Azure puts the id of the call and the time on lines of their own.
    (text("Code"), words.lines().next().unwrap_or_default().to_owned())
}

/// The error that an answer stands for.
pub(in crate::adapters) fn refused(
    asked: &Asked<'_>,
    status: u16,
    headers: &HeaderMap,
    body: &str,
) -> Error {
    let (mut code, words) = said(body);
    if code.is_empty() {
        let header = headers.get("x-ms-error-code").and_then(|v| v.to_str().ok());
        code = header.unwrap_or_default().to_owned();
    }
    let mut message = format!("the server answers {status}");
    if !code.is_empty() {
        message.push_str(&format!(" {}", one_line(&code)));
    }
    if !words.is_empty() {
        message.push_str(&format!(": {}", one_line(&words)));
    }
    let region = headers.get("x-amz-bucket-region").and_then(|v| v.to_str().ok());
    let region = region.map(str::to_owned).or_else(|| xml::text(body, "Region"));
    if let Some(region) = region.filter(|_| matches!(status, 301 | 307 | 400)) {
        let hint = format!("the bucket is in another region: set AWS_REGION={}", one_line(&region));
        return Error::new(ErrorKind::Permission, message).hint(hint);
    }
    let hint = asked.peer.advice(&code).or_else(|| hint(asked, &code, &words));
    if code == "NoSuchBucket" || code == "ContainerNotFound" || code == "NoSuchUpload" {
        return Error::not_found(message).hint(hint.unwrap_or_else(|| absent(asked)));
    }
    match status {
        300..=399 => Error::unavailable(format!("{message} and sends elsewhere"))
            .hint("check the address of the store; a login is sent nowhere else"),
        404 | 410 => Error::not_found(message).hint(hint.unwrap_or_else(|| absent(asked))),
        412 | 416 if asked.reads => changed(),
        // Of a container that is not open to everybody, asked without a login.
        409 if code == "PublicAccessNotPermitted" => {
            let hint = hint.unwrap_or_else(|| asked.peer.login().to_owned());
            Error::new(ErrorKind::Permission, message).hint(hint)
        }
        409 | 412 => Error::conflict(message).hint("somebody else wrote it; run the same again"),
        413 => Error::new(ErrorKind::Unsupported, message)
            .hint("the server, or a proxy before it, takes no files of this size"),
        400 | 401 | 403 | 407 => {
            let hint = hint.unwrap_or_else(|| asked.peer.login().to_owned());
            Error::new(ErrorKind::Permission, message).hint(hint)
        }
        _ => Error::unavailable(message).hint("try again later").retryable(),
    }
}

/// The failure in the body of an answer whose status is a success: S3 begins to answer before it
/// has put the parts of a file together.
pub(in crate::adapters) fn late(body: &str) -> Option<(Trouble, Error)> {
    let failure = xml::elements(body, "Error");
    let code = xml::text(failure.first()?, "Code")?;
    let words = xml::text(failure.first()?, "Message").unwrap_or_default();
    let message = format!("the server failed: {}: {}", one_line(&code), one_line(&words));
    let passing = ["InternalError", "SlowDown", "ServiceUnavailable", "RequestTimeout"];
    Some(if passing.contains(&code.as_str()) {
        (Trouble::Unclear, Error::unavailable(message).hint("try again").retryable())
    } else {
        (Trouble::Final, Error::unavailable(message).hint("run the same command again"))
    })
}

/// The file is not the one that was begun.
pub(in crate::adapters) fn changed() -> Error {
    Error::unavailable("the file was changed while it was fetched")
        .hint("wait until it is written, and run the same command again")
}

/// The answer is a page for people.
pub(in crate::adapters) fn page_for_browsers() -> Error {
    Error::unavailable("the answer is a web page (HTML), not data").hint(
        "a proxy or a page for signing in stands between: check the address, HTTPS_PROXY and \
         NO_PROXY, and whether the file may be read without a browser",
    )
}

fn absent(asked: &Asked<'_>) -> String {
    let mut hint = "check the address; a folder ends with `/`".to_owned();
    if !asked.logged_in {
        hint.push_str(
            "; no login was sent, and what may not be seen may look as if it were not there: ",
        );
        hint.push_str(asked.peer.login());
    }
    hint
}

/// What to do about errors that the stores name.
fn hint(asked: &Asked<'_>, code: &str, words: &str) -> Option<String> {
    if let Some(end) = expiry(asked.url).filter(|end| *end < Timestamp::now()) {
        return Some(format!("the permission ended at {end}: make a new one"));
    }
    let words_of_time = ["Signature not valid in the specified time frame", "Request has expired"];
    if words_of_time.iter().any(|w| words.contains(w)) {
        return Some("the permission is over or not valid yet: make a new one".to_owned());
    }
    Some(match code {
        "NoSuchBucket" | "ContainerNotFound" => {
            "check the name of the bucket or container, and the account".to_owned()
        }
        "SignatureDoesNotMatch" => {
            "the secret key does not belong to the id of the key; check both for missing characters"
                .to_owned()
        }
        "AuthenticationFailed" => {
            "the key, the token or the signature is not the account's; check it for missing characters, \
             and the clock of this machine"
                .to_owned()
        }
        "InvalidAccessKeyId" => "the server does not know the id of the key; check it".to_owned(),
        "ExpiredToken" | "TokenExpired" | "InvalidToken" => {
            "the temporary login is over or not whole: log in again".to_owned()
        }
        "RequestTimeTooSkewed" => "set the clock of this machine".to_owned(),
        "AuthorizationPermissionMismatch" => {
            let role = if asked.reads { "Reader" } else { "Contributor" };
            format!("the identity needs the role Storage Blob Data {role}")
        }
        "AuthorizationFailure" | "IpAuthorizationFailure" => {
            "the key or the signature is not the account's, or a firewall of the account keeps this \
             machine out"
                .to_owned()
        }
        _ => return None,
    })
}

/// When the permission in an address ends: of a shared access signature or of a presigned URL.
fn expiry(url: &Url) -> Option<Timestamp> {
    let value = |names: &[&str]| {
        url.query_pairs().find(|(n, _)| names.contains(&&**n)).map(|(_, v)| v.into_owned())
    };
    if let Some(end) = value(&["se"]).filter(|_| value(&["sig"]).is_some()) {
        return end.parse().ok();
    }
    let begin = value(&["X-Amz-Date", "X-Goog-Date"])?;
    let seconds: u64 = value(&["X-Amz-Expires", "X-Goog-Expires"])?.parse().ok()?;
    let begin = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", &begin).ok()?;
    let begin = begin.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    begin.checked_add(Duration::from_secs(seconds)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: u16, query: &str, body: &str) -> (String, String) {
        let url = Url::parse(&format!("https://acme.example/a.csv{query}")).unwrap();
        let asked = Asked { peer: &"set LOGIN", logged_in: true, reads: true, url: &url };
        let error = refused(&asked, status, &HeaderMap::new(), body);
        (error.to_string(), error.hint_text().unwrap_or_default().to_owned())
    }

    #[test]
    fn what_a_store_says_is_told_with_what_to_do() {
        let xml = "<Error><Code>SignatureDoesNotMatch</Code><Message>The\u{1b} signature\nRequestId:1</Message></Error>";
        let (message, hint) = told(403, "", xml);
        assert_eq!(message, "the server answers 403 SignatureDoesNotMatch: The  signature");
        assert!(hint.contains("secret key"), "{hint}");
        assert_eq!(told(403, "", "").1, "set LOGIN");
        assert!(told(404, "", "").1.contains("a folder ends with `/`"));
        let moved = "<Error><Code>PermanentRedirect</Code><Region>eu-west-1</Region></Error>";
        assert!(told(301, "", moved).1.contains("AWS_REGION=eu-west-1"));
        assert!(told(302, "", "").0.contains("sends elsewhere"));
    }

    #[test]
    fn a_permission_that_is_over_is_recognised() {
        let over = "the permission ended at 2026-01-01T00:00:00Z";
        assert!(told(403, "?se=2026-01-01T00:00:00Z&sig=x", "").1.starts_with(over));
        let presigned = "?X-Amz-Date=20251231T230000Z&X-Amz-Expires=3600";
        assert!(told(403, presigned, "").1.starts_with(over));
        assert_eq!(told(403, "?se=2996-01-01T00:00:00Z&sig=x", "").1, "set LOGIN");
    }
}
