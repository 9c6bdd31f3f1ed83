//! Amazon S3, and servers that speak its protocol. Signature version 4.

use jiff::Timestamp;

use super::signing::{escaped, hash, hex, hmac};
use super::{Call, Surroundings};
use crate::config::env;
use crate::domain::error::Result;

/// Who signs.
struct Keys {
    id: String,
    secret: String,
    token: Option<String>,
}

/// The call for `bucket/key`; without keys it is an anonymous one.
pub(super) fn call(
    bucket: &str,
    key: &str,
    around: Surroundings<'_>,
    now: Timestamp,
) -> Result<Call> {
    let region = around
        .first(&[env::AWS_REGION, env::AWS_DEFAULT_REGION])
        .unwrap_or_else(|| "us-east-1".to_owned());
    let base = match around.first(&[env::AWS_ENDPOINT_URL_S3, env::AWS_ENDPOINT_URL]) {
        Some(endpoint) => format!("{}/{bucket}", endpoint.trim_end_matches('/')),
        // The certificate holds for one label before the region.
        None if bucket.contains('.') => format!("https://s3.{region}.amazonaws.com/{bucket}"),
        None => format!("https://{bucket}.s3.{region}.amazonaws.com"),
    };
    let url = format!("{base}/{}", escaped(key));
    let keys = Keys {
        id: around.get(env::AWS_ACCESS_KEY_ID).unwrap_or_default(),
        secret: around.get(env::AWS_SECRET_ACCESS_KEY).unwrap_or_default(),
        token: around.get(env::AWS_SESSION_TOKEN),
    };
    if keys.id.is_empty() {
        return Ok(Call { url, headers: Vec::new() });
    }
    let headers = signed(&url, &region, &keys, &[], now);
    Ok(Call { url, headers })
}

/// The headers of a signed `GET`; `more` are signed too, names in lower case.
fn signed(
    url: &str,
    region: &str,
    keys: &Keys,
    more: &[(&str, &str)],
    now: Timestamp,
) -> Vec<(String, String)> {
    let (_, rest) = url.split_once("://").unwrap_or_default();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (moment, day) = (now.strftime("%Y%m%dT%H%M%SZ").to_string(), now.strftime("%Y%m%d"));
    let nothing = hex(&hash(b""));
    let mut headers: Vec<(String, String)> = vec![
        ("host".to_owned(), host.to_owned()),
        ("x-amz-content-sha256".to_owned(), nothing.clone()),
        ("x-amz-date".to_owned(), moment.clone()),
    ];
    headers.extend(more.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
    headers.extend(keys.token.iter().map(|t| ("x-amz-security-token".to_owned(), t.clone())));
    headers.sort();
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(";");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let request = format!("GET\n{path}\n\n{lines}\n{names}\n{nothing}");
    let scope = format!("{day}/{region}/s3/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{moment}\n{scope}\n{}", hex(&hash(request.as_bytes())));
    let first = format!("AWS4{}", keys.secret).into_bytes();
    let day = day.to_string();
    let parts = [day.as_str(), region, "s3", "aws4_request"];
    let key = parts.iter().fold(first, |key, part| hmac(&key, part.as_bytes()).to_vec());
    let signature = hex(&hmac(&key, text.as_bytes()));
    let id = &keys.id;
    headers.retain(|(name, _)| name != "host");
    headers.push((
        "authorization".to_owned(),
        format!(
            "AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}"
        ),
    ));
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the documentation of Signature version 4, "GET Object".
    #[test]
    fn a_request_is_signed_as_documented() {
        let keys = Keys {
            id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            token: None,
        };
        let now = "2013-05-24T00:00:00Z".parse().expect("a moment");
        let url = "https://examplebucket.s3.amazonaws.com/test.txt";
        let headers = signed(url, "us-east-1", &keys, &[("range", "bytes=0-9")], now);
        let (_, authorization) = headers.last().expect("is there");
        let expected = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
        assert!(authorization.ends_with(expected), "{authorization}");
    }
}
