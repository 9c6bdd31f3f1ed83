//! How a container is opened.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::container::VERSION;
use crate::domain::error::{Error, Result};
use crate::domain::secret::Secret;

/// How long a signature is good for that is made of the account's key.
const LIFE: Duration = Duration::from_secs(24 * 3600);
/// What it allows: to read, add, create, write and list.
const ALLOWED: &str = "racwl";

/// How a container is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// By a token of the login.
    Identity,
    /// By a shared access signature: the query that carries it.
    Signature(Secret),
    /// By the account's key, of which a signature for the container is made.
    Key {
        /// The account.
        account: String,
        /// Its key.
        key: Secret,
    },
}

/// Asks how a container is opened now; an answer may be over after a while.
pub type Renew = Box<dyn Fn() -> Result<Access> + Send + Sync>;

/// A shared access signature for `container`, by the rules for a service signature of the version
/// 2020-12-06 and later: the fields that are not used are empty lines.
pub(super) fn signature(
    account: &str,
    key: &Secret,
    container: &str,
    protocol: &str,
    now: Timestamp,
) -> Result<Secret> {
    let wrong = || {
        Error::unavailable(format!("the key of the storage account {account} cannot be used"))
            .hint("save the datastore's credentials anew in the studio")
    };
    let key = STANDARD.decode(key.expose().trim()).map_err(|_| wrong())?;
    let ends = now.checked_add(LIFE).map_err(|_| wrong())?;
    let ends = ends.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let resource = format!("/blob/{account}/{container}");
    let before = [ALLOWED, "", &ends, &resource, "", "", protocol, VERSION, "c"];
    let text = [&before[..], &[""; 7]].concat().join("\n");
    let signed = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), text.as_bytes());
    let mut pairs = vec![("sp", ALLOWED), ("se", &ends), ("sv", VERSION), ("sr", "c")];
    if !protocol.is_empty() {
        pairs.push(("spr", protocol));
    }
    let signed = STANDARD.encode(signed);
    pairs.push(("sig", &signed));
    Ok(Secret::new(crate::adapters::http::form_urlencoded(&pairs)))
}
