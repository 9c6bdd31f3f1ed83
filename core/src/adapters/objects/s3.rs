//! Amazon S3, and servers that speak its protocol. Signature version 4.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use reqwest::Method;

use super::Surroundings;
use super::asked::{Ask, Call, Page, Payload, Step};
use super::parts::PART;
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
pub(in crate::adapters) fn call(
    bucket: &str,
    ask: Ask<'_>,
    around: Surroundings<'_>,
    now: Timestamp,
) -> Call {
    let region = region(around);
    let base = match around.first(&[env::AWS_ENDPOINT_URL_S3, env::AWS_ENDPOINT_URL]) {
        Some(endpoint) => format!("{}/{bucket}", endpoint.trim_end_matches('/')),
        // The certificate holds for one label before the region.
        None if bucket.contains('.') => format!("https://s3.{region}.amazonaws.com/{bucket}"),
        None => format!("https://{bucket}.s3.{region}.amazonaws.com"),
    };
    let keys = Keys {
        id: around.get(env::AWS_ACCESS_KEY_ID).unwrap_or_default(),
        secret: around.get(env::AWS_SECRET_ACCESS_KEY).unwrap_or_default(),
        token: around.get(env::AWS_SESSION_TOKEN),
    };
    let patience = match ask {
        Ask::Step { step: Step::End { parts, .. }, .. } => {
            Call::patience(parts.len() as u64 * PART)
        }
        _ => 1,
    };
    let Plain { method, url, signed: more, unsigned, body, answers } = plain(&base, ask);
    let mut headers: Vec<(String, String)> = match keys.id.is_empty() {
        true => more.into_iter().map(|(n, v)| (n.to_owned(), v)).collect(),
        false => {
            let hash = body.as_ref().map_or_else(|| hash(b""), |body| body.hash());
            let request = Request { method: &method, url: &url, headers: &more, hash };
            signed(&request, &region, &keys, now)
        }
    };
    headers.extend(unsigned);
    Call {
        method,
        url,
        headers,
        body: body.map(|b| b.bytes),
        follows: false,
        answers,
        patience,
        login: 0,
    }
}

/// What is asked of a bucket, before it is signed.
#[derive(Default)]
struct Plain {
    method: Method,
    url: String,
    signed: Vec<(&'static str, String)>,
    unsigned: Vec<(String, String)>,
    body: Option<Payload>,
    answers: &'static [u16],
}

fn plain(base: &str, ask: Ask<'_>) -> Plain {
    let file = |path: &str| format!("{base}/{}", escaped(path));
    match ask {
        Ask::File { path, span: None } => {
            // A checksum is of the whole file.
            let signed = vec![("x-amz-checksum-mode", "ENABLED".to_owned())];
            Plain { url: file(path), signed, ..Plain::default() }
        }
        Ask::File { path, span: Some(span) } => {
            Plain { url: file(path), unsigned: span.headers(), ..Plain::default() }
        }
        Ask::List { prefix, page } => {
            let mut asked = vec![("list-type", "2".to_owned()), ("prefix", prefix.to_owned())];
            asked.extend(page.map(|page| ("continuation-token", page.to_owned())));
            Plain { url: format!("{base}/?{}", query(&asked)), ..Plain::default() }
        }
        Ask::Size { path } => {
            Plain { method: Method::HEAD, url: file(path), answers: &[404], ..Plain::default() }
        }
        Ask::Put { path, body, fresh, .. } => {
            let signed = vec![("x-amz-checksum-sha256", STANDARD.encode(body.hash()))];
            let body = Some(body.clone());
            let plain =
                Plain { method: Method::PUT, url: file(path), signed, body, ..Plain::default() };
            conditional(plain, fresh)
        }
        // A question of Azure's.
        Ask::Never { path } => stepped(&file(path), Step::Begin { fresh: true }),
        Ask::Step { path, step } => stepped(&file(path), step),
    }
}

/// Only where nothing is where it must be `fresh`. Some servers do not know the condition (501).
fn conditional(plain: Plain, fresh: bool) -> Plain {
    match fresh {
        true => Plain {
            unsigned: vec![("if-none-match".to_owned(), "*".to_owned())],
            answers: &[409, 412, 501],
            ..plain
        },
        false => plain,
    }
}

fn stepped(file: &str, step: Step<'_>) -> Plain {
    let at = |pairs: &[(&str, String)]| format!("{file}?{}", query(pairs));
    let of = |upload: &str| ("uploadId", upload.to_owned());
    match step {
        // Questions of others; here they would be other ways to ask for the beginning.
        Step::Begin { .. } | Step::Known | Step::State { .. } => {
            let url = at(&[("uploads", String::new())]);
            Plain { method: Method::POST, url, ..Plain::default() }
        }
        Step::Part { upload, part } => {
            let url = at(&[("partNumber", (part.number + 1).to_string()), of(upload)]);
            let body = Some(part.body.clone());
            Plain { method: Method::PUT, url, body, ..Plain::default() }
        }
        Step::End { upload, parts, fresh, .. } => {
            let part = |(n, tag): (usize, &String)| {
                let n = n + 1;
                format!("<Part><PartNumber>{n}</PartNumber><ETag>{tag}</ETag></Part>")
            };
            let parts: String = parts.iter().enumerate().map(part).collect();
            let name = "CompleteMultipartUpload";
            let space = "http://s3.amazonaws.com/doc/2006-03-01/";
            let body = Some(Payload::new(format!("<{name} xmlns=\"{space}\">{parts}</{name}>")));
            let url = at(&[of(upload)]);
            conditional(Plain { method: Method::POST, url, body, ..Plain::default() }, fresh)
        }
        Step::Abort { upload } => Plain {
            method: Method::DELETE,
            url: at(&[of(upload)]),
            answers: &[404],
            ..Plain::default()
        },
    }
}

/// The name of an upload that was begun.
pub(in crate::adapters) fn upload(answer: &str) -> Option<String> {
    xml::text(answer, "UploadId").filter(|id| !id.is_empty())
}

/// The region that calls are signed for.
pub(in crate::adapters) fn region(around: Surroundings<'_>) -> String {
    around
        .first(&[env::AWS_REGION, env::AWS_DEFAULT_REGION])
        .unwrap_or_else(|| "us-east-1".to_owned())
}

/// A page of ListObjectsV2. Marks of folders are left out.
pub(in crate::adapters) fn page(answer: &str) -> Page {
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

/// What is signed.
struct Request<'a> {
    method: &'a Method,
    url: &'a str,
    /// Headers besides those that every call has, names in lower case.
    headers: &'a [(&'static str, String)],
    /// Of the body.
    hash: [u8; 32],
}

/// The headers of a signed call.
fn signed(
    request: &Request<'_>,
    region: &str,
    keys: &Keys,
    now: Timestamp,
) -> Vec<(String, String)> {
    let (_, rest) = request.url.split_once("://").unwrap_or_default();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (path, asked) = path.split_once('?').unwrap_or((path, ""));
    let (moment, day) = (now.strftime("%Y%m%dT%H%M%SZ").to_string(), now.strftime("%Y%m%d"));
    let of_body = hex(&request.hash);
    let mut headers: Vec<(String, String)> = vec![
        ("host".to_owned(), host.to_owned()),
        ("x-amz-content-sha256".to_owned(), of_body.clone()),
        ("x-amz-date".to_owned(), moment.clone()),
    ];
    headers.extend(request.headers.iter().map(|(n, v)| ((*n).to_owned(), v.clone())));
    headers.extend(keys.token.iter().map(|t| ("x-amz-security-token".to_owned(), t.clone())));
    headers.sort();
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(";");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let method = request.method;
    let request = format!("{method}\n{path}\n{asked}\n{lines}\n{names}\n{of_body}");
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
        let get = |url, headers: &[(&'static str, String)]| {
            let request = Request { method: &Method::GET, url, headers, hash: hash(b"") };
            signed(&request, "us-east-1", &keys, now)
        };
        let headers = get(url, &[("range", "bytes=0-9".to_owned())]);
        let (_, authorization) = headers.last().expect("is there");
        let expected = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
        assert!(authorization.ends_with(expected), "{authorization}");
        let url = "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J";
        let headers = get(url, &[]);
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
