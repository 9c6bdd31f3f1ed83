//! Data on other machines: plain HTTPS, and the object stores of clouds. Each store turns an address
//! into a signed call; one download serves all.

mod azure_blob;
mod download;
mod s3;
mod signing;
mod write;

use std::path::Path;

use jiff::Timestamp;

use crate::config::env;
use crate::domain::address::Address;
use crate::domain::error::{Error, Result};
use crate::ports::source::Source;

/// A `GET` that is ready to be sent.
struct Call {
    url: String,
    headers: Vec<(String, String)>,
}

/// The environment, which describes the login.
#[derive(Clone, Copy)]
struct Surroundings<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Surroundings<'_> {
    fn get(self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    fn first(self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.get(name))
    }
}

/// Picks by the scheme of the address.
#[derive(Debug, Clone, Copy, Default)]
pub struct RemoteSource;

impl Source for RemoteSource {
    fn fetch(
        &self,
        address: &Address,
        into: &Path,
        progress: &dyn Fn(u64, Option<u64>),
    ) -> Result<u64> {
        let fetched = call(address, Surroundings(&env::get), Timestamp::now())
            .and_then(|call| download::fetch(&call, login(address.scheme()), into, progress));
        fetched.map_err(|e| e.during(format!("fetch {address}")))
    }
}

fn call(address: &Address, around: Surroundings<'_>, now: Timestamp) -> Result<Call> {
    let scheme = address.scheme();
    if matches!(scheme, "https" | "http") {
        return Ok(Call { url: address.as_str().to_owned(), headers: Vec::new() });
    }
    let (_, rest) = address.as_str().split_once("://").unwrap_or_default();
    let (holder, path) = rest.split_once('/').ok_or_else(|| {
        Error::usage(format!("`{address}` names no file"))
            .hint("write it as SCHEME://CONTAINER/PATH/OF/THE/FILE")
    })?;
    match scheme {
        "s3" | "s3a" => s3::call(holder, path, around, now),
        "gs" => Ok(google(holder, path, around)),
        _ => azure_blob::call(holder, path, around, now),
    }
}

/// Google Cloud Storage, with an access token or without one.
fn google(bucket: &str, path: &str, around: Surroundings<'_>) -> Call {
    let base = around.get(env::STORAGE_EMULATOR_HOST);
    let base = base.unwrap_or_else(|| "https://storage.googleapis.com".to_owned());
    let url = format!("{}/{bucket}/{}", base.trim_end_matches('/'), signing::escaped(path));
    let token = around.first(&[env::GOOGLE_OAUTH_ACCESS_TOKEN, env::CLOUDSDK_AUTH_ACCESS_TOKEN]);
    let headers = token.map(|t| ("authorization".to_owned(), format!("Bearer {t}")));
    Call { url, headers: headers.into_iter().collect() }
}

/// What describes a login.
fn login(scheme: &str) -> &'static str {
    match scheme {
        "https" | "http" => "the address must carry a permission that is still valid",
        "s3" | "s3a" => {
            "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_REGION; see \
             docs/remote-data.md"
        }
        "gs" => "set GOOGLE_OAUTH_ACCESS_TOKEN; see docs/remote-data.md",
        _ => {
            "set AZURE_STORAGE_TOKEN, AZURE_STORAGE_SAS_TOKEN or AZURE_STORAGE_ACCOUNT_KEY; see \
             docs/remote-data.md"
        }
    }
}
