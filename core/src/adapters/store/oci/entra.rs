//! Azure Container Registry for those who are logged in at Azure: a token of Microsoft Entra is
//! exchanged for one of the registry's own, by which tokens for calls are had as after `docker login`.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use reqwest::{Method, Url};
use serde_json::Value;

use crate::adapters::azure::identity::{Audience, Tokens};
use crate::adapters::http::{form_urlencoded, is_loopback};
use crate::adapters::objects::{Call, Link};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::secret::Secret;

/// Ends of the names of registries: in the public cloud, in China's and in the American government's.
const HOSTS: [&str; 3] = [".azurecr.io", ".azurecr.cn", ".azurecr.us"];

/// The login of this process at Azure, which is made when it is needed.
pub type Login = Box<dyn Fn() -> Result<Arc<Tokens>> + Send + Sync>;

/// Whether `host` is an Azure Container Registry.
pub(super) fn is_azure(host: &str) -> bool {
    HOSTS.iter().any(|end| host.strip_suffix(end).is_some_and(|name| !name.is_empty()))
}

/// A login at a registry by one at Azure.
pub(super) struct Entra {
    login: Login,
    /// The registry's own token, good for some hours.
    held: Mutex<Option<Secret>>,
}

impl Entra {
    /// Nothing is asked yet.
    pub(super) fn new(login: Login) -> Self {
        Self { login, held: Mutex::default() }
    }

    /// The registry's own token, which is exchanged for those that calls carry; another one than
    /// `refused`.
    ///
    /// # Errors
    /// There is no login at Azure, or the registry does not know whom it is of; the registry sends
    /// elsewhere for tokens, which gets none of Azure's.
    pub(super) fn token(
        &self,
        host: &str,
        realm: &Url,
        refused: Option<&Secret>,
        link: &Link<'_>,
    ) -> Result<Secret> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = held.as_ref().filter(|token| Some(*token) != refused) {
            return Ok(token.clone());
        }
        let token = self.exchange(host, realm, link)?;
        *held = Some(token.clone());
        Ok(token)
    }

    fn exchange(&self, host: &str, realm: &Url, link: &Link<'_>) -> Result<Secret> {
        let port = realm.port().map(|port| format!(":{port}")).unwrap_or_default();
        let own = format!("{}{port}", realm.host_str().unwrap_or_default());
        if own != host || realm.scheme() != "https" && !is_loopback(realm) {
            let message = format!("the registry {host} sends a login at Azure elsewhere: to {own}");
            return Err(Error::new(ErrorKind::Permission, message)
                .hint(format!("log in with `docker login {host}`")));
        }
        let url = realm.join("/oauth2/exchange").map_err(|e| Error::internal(e.to_string()))?;
        let tokens = (self.login)()?;
        let token = tokens.token(Audience::ContainerRegistry)?;
        let exchanged = self.asked(&url, host, &token, link);
        let body = match exchanged {
            Err(e) if e.kind() == ErrorKind::Permission => {
                let token = tokens.instead_of(&token, Audience::ContainerRegistry)?;
                self.asked(&url, host, &token, link).map_err(|e| {
                    let way = &tokens.choice().way;
                    e.hint(format!("{way} needs the role AcrPull to read and AcrPush to write"))
                })?
            }
            other => other?,
        };
        let json: Value = serde_json::from_slice(&body).unwrap_or_default();
        let token = json["refresh_token"].as_str().filter(|token| !token.is_empty());
        token.map(Secret::new).ok_or_else(|| {
            Error::unavailable(format!("{host} gives no token for a login at Azure"))
                .hint(format!("check that {host} is the registry, and no proxy stands between"))
        })
    }

    fn asked(&self, url: &Url, host: &str, token: &Secret, link: &Link<'_>) -> Result<Vec<u8>> {
        let form =
            [("grant_type", "access_token"), ("service", host), ("access_token", token.expose())];
        let call = posted(url, &form);
        let asked = link.whole(&|| Ok(call.clone()));
        asked.map(|answer| answer.body).map_err(|e| e.during("exchange a login at Azure"))
    }
}

/// A form that is sent to a server of tokens.
pub(super) fn posted(url: &Url, form: &[(&str, &str)]) -> Call {
    let kind = "application/x-www-form-urlencoded".to_owned();
    let headers = vec![("content-type".to_owned(), kind)];
    let body = Some(Bytes::from(form_urlencoded(form)));
    Call { method: Method::POST, body, ..Call::get(url.to_string(), headers) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_of_azure_are_told_from_others() {
        for host in ["acme.azurecr.io", "acme.azurecr.cn", "acme-1a2b.westeurope.azurecr.io"] {
            assert!(is_azure(host), "{host}");
        }
        for host in ["azurecr.io", ".azurecr.io", "acme.azurecr.io.evil.example", "ghcr.io"] {
            assert!(!is_azure(host), "{host}");
        }
    }
}
