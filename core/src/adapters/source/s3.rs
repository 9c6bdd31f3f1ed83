//! Amazon S3, and servers that speak its protocol. Signature version 4.

use jiff::Timestamp;

use super::Surroundings;
use super::asked::{Ask, Call, Page};
use super::signing::{escaped, hash, hex, hmac, query};
use crate::adapters::http::xml;
use crate::config::env;

/// Who signs.
struct Keys {
    id: String,
    secret: String,
    token: Option<String>,
}

/// The call for a file of a bucket or for a page of its list; without keys it is an anonymous one.
pub(super) fn call(bucket: &str, ask: Ask<'_>, around: Surroundings<'_>, now: Timestamp) -> Call {
    let region = region(around);
    let base = match around.first(&[env::AWS_ENDPOINT_URL_S3, env::AWS_ENDPOINT_URL]) {
        Some(endpoint) => format!("{}/{bucket}", endpoint.trim_end_matches('/')),
        // The certificate holds for one label before the region.
        None if bucket.contains('.') => format!("https://s3.{region}.amazonaws.com/{bucket}"),
        None => format!("https://{bucket}.s3.{region}.amazonaws.com"),
    };
    let (url, checked) = match ask {
        Ask::File { path, rest } => (format!("{base}/{}", escaped(path)), rest.is_none()),
        Ask::List { prefix, page } => {
            let mut asked = vec![("list-type", "2".to_owned()), ("prefix", prefix.to_owned())];
            asked.extend(page.map(|page| ("continuation-token", page.to_owned())));
            (format!("{base}/?{}", query(&asked)), false)
        }
    };
    let keys = Keys {
        id: around.get(env::AWS_ACCESS_KEY_ID).unwrap_or_default(),
        secret: around.get(env::AWS_SECRET_ACCESS_KEY).unwrap_or_default(),
        token: around.get(env::AWS_SESSION_TOKEN),
    };
    // A checksum is of the whole file.
    let more: &[(&str, &str)] = if checked { &[("x-amz-checksum-mode", "ENABLED")] } else { &[] };
    let mut headers = match keys.id.is_empty() {
        true => more.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        false => signed(&url, &region, &keys, more, now),
    };
    if let Ask::File { rest: Some(rest), .. } = ask {
        headers.extend(rest.headers());
    }
    Call { url, headers, follows: false }
}

/// The region that calls are signed for.
pub(super) fn region(around: Surroundings<'_>) -> String {
    around
        .first(&[env::AWS_REGION, env::AWS_DEFAULT_REGION])
        .unwrap_or_else(|| "us-east-1".to_owned())
}

/// A page of ListObjectsV2. Marks of folders are left out.
pub(super) fn page(answer: &str) -> Page {
    let file = |object: &&str| {
        let size = xml::text(object, "Size")?.parse().ok()?;
        Some((xml::text(object, "Key")?, size)).filter(|(key, _)| !key.ends_with('/'))
    };
    let more = xml::text(answer, "IsTruncated").is_some_and(|text| text == "true");
    Page {
        files: xml::elements(answer, "Contents").iter().filter_map(file).collect(),
        next: xml::text(answer, "NextContinuationToken").filter(|_| more),
    }
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
    let (path, asked) = path.split_once('?').unwrap_or((path, ""));
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
    let request = format!("GET\n{path}\n{asked}\n{lines}\n{names}\n{nothing}");
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
        let url = "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J";
        let headers = signed(url, "us-east-1", &keys, &[], now);
        let (_, authorization) = headers.last().expect("is there");
        let expected = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7";
        assert!(authorization.ends_with(expected), "{authorization}");
    }

    #[test]
    fn a_page_of_objects_is_read() {
        let xml = "<ListBucketResult><IsTruncated>true</IsTruncated>\
            <Contents><Key>a/&lt;1&gt;.csv</Key><Size>12</Size></Contents>\
            <Contents><Key>a/</Key><Size>0</Size></Contents>\
            <NextContinuationToken>x=</NextContinuationToken></ListBucketResult>";
        let found = page(xml);
        assert_eq!(found.files, [("a/<1>.csv".to_owned(), 12)]);
        assert_eq!(found.next.as_deref(), Some("x="));
        assert_eq!(page("<ListBucketResult/>").next, None);
    }
}
