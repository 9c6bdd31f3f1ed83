//! How a container is opened: by a token, a shared access signature, the account's key, or not at all.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::call::Plain;
use crate::adapters::objects::Call;
use crate::adapters::objects::signing::{hmac, query};
use crate::domain::error::{Error, Result};
use crate::domain::secret::Secret;

/// How a container is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::adapters) enum Login {
    /// By nobody.
    Nobody,
    /// By an access token.
    Token(Secret),
    /// By a shared access signature: the query that carries it.
    Signature(Secret),
    /// By the account's key, in base64, by which each call is signed.
    Key(Secret),
}

impl Login {
    /// The call with this login on it.
    pub(super) fn on(&self, mut plain: Plain<'_>) -> Result<Call> {
        let mut asked = query(&plain.query);
        let authorization = match self {
            Self::Nobody => None,
            Self::Token(token) => Some(format!("Bearer {}", token.expose())),
            Self::Key(key) => Some(shared_key(&plain, key)?),
            Self::Signature(signature) => {
                let signature = signature.expose().trim().trim_start_matches('?');
                let mark = if asked.is_empty() { "" } else { "&" };
                asked = format!("{asked}{mark}{signature}");
                None
            }
        };
        plain.headers.extend(authorization.map(|value| ("authorization".to_owned(), value)));
        let Plain { if_match, if_none_match, content_type, .. } = plain;
        for (name, value) in [
            ("if-match", if_match),
            ("if-none-match", if_none_match),
            ("content-type", content_type),
        ] {
            if !value.is_empty() {
                plain.headers.push((name.to_owned(), value.to_owned()));
            }
        }
        let url = if asked.is_empty() { plain.url } else { format!("{}?{asked}", plain.url) };
        let Plain { method, headers, body, answers, .. } = plain;
        Ok(Call { method, url, headers, body, follows: false, answers, patience: 1, login: 0 })
    }
}

/// The value of `Authorization` by Shared Key: the method, eleven headers (of which four are used),
/// the headers of the service by name, and the resource with its query by name.
fn shared_key(plain: &Plain<'_>, key: &Secret) -> Result<String> {
    let account = &plain.account;
    let (_, rest) = plain.url.split_once("://").unwrap_or_default();
    let path = rest.split_once('/').map(|(_, path)| path).unwrap_or_default();
    let mut headers = plain.headers.clone();
    headers.sort();
    let headers: String = headers.iter().map(|(n, v)| format!("{n}:{v}\n")).collect();
    let mut asked = plain.query.clone();
    asked.sort();
    let asked: String = asked.iter().map(|(n, v)| format!("\n{n}:{v}")).collect();
    let length = plain.body.as_ref().map_or(0, Bytes::len);
    let length = if length == 0 { String::new() } else { length.to_string() };
    let Plain { method, if_match, if_none_match, content_type, .. } = plain;
    let text = format!(
        "{method}\n\n\n{length}\n\n{content_type}\n\n\n{if_match}\n{if_none_match}\n\n\n{headers}/{account}/{path}{asked}"
    );
    let key = STANDARD.decode(key.expose().trim()).map_err(|_| {
        Error::usage(format!("the key of the storage account {account} is not base64"))
            .hint("copy the key of the account as the portal shows it")
    })?;
    let signature = STANDARD.encode(hmac(&key, text.as_bytes()));
    Ok(format!("SharedKey {account}:{signature}"))
}
