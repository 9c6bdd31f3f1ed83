//! Google Cloud Storage, with an access token or without one. Files are read over the XML API, whose
//! answers carry a tag and checksums; lists are those of the JSON API.

use serde_json::Value;

use super::Surroundings;
use super::asked::{Ask, Call, Page};
use super::signing::{escaped, query};
use crate::config::env;
use crate::domain::error::{Error, Result};

/// The call for a file of a bucket or for a page of its list.
pub(super) fn call(bucket: &str, ask: Ask<'_>, around: Surroundings<'_>) -> Call {
    let base = around.get(env::STORAGE_EMULATOR_HOST);
    let base = base.unwrap_or_else(|| "https://storage.googleapis.com".to_owned());
    let base = base.trim_end_matches('/');
    let token = around.first(&[env::GOOGLE_OAUTH_ACCESS_TOKEN, env::CLOUDSDK_AUTH_ACCESS_TOKEN]);
    let mut headers: Vec<(String, String)> =
        token.map(|t| ("authorization".to_owned(), format!("Bearer {t}"))).into_iter().collect();
    let url = match ask {
        Ask::File { path, rest } => {
            // Else a file that is stored compressed comes in other bytes than the checksum is of.
            headers.push(("accept-encoding".to_owned(), "gzip".to_owned()));
            headers.extend(rest.into_iter().flat_map(|rest| rest.headers()));
            format!("{base}/{bucket}/{}", escaped(path))
        }
        Ask::List { prefix, page } => {
            let mut asked = vec![("prefix", prefix.to_owned())];
            asked.extend(page.map(|page| ("pageToken", page.to_owned())));
            format!("{base}/storage/v1/b/{bucket}/o?{}", query(&asked))
        }
    };
    Call { url, headers, follows: false }
}

/// A page of the list of objects.
pub(super) fn page(answer: &str) -> Result<Page> {
    let json: Value = serde_json::from_str(answer).map_err(|e| {
        Error::unavailable(format!("the list of files cannot be read: {e}")).hint("try again")
    })?;
    let file = |item: &Value| {
        Some((item["name"].as_str()?.to_owned(), item["size"].as_str()?.parse().ok()?))
    };
    Ok(Page {
        files: json["items"].as_array().into_iter().flatten().filter_map(file).collect(),
        next: json["nextPageToken"].as_str().map(str::to_owned),
    })
}
