//! A container's address and its login, which is had anew.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use reqwest::Url;
use reqwest::header::HeaderMap;

use super::access::{Access, Renew};
use crate::adapters::azure::identity::{Audience, Tokens};
use crate::adapters::objects::azure_blob::{self, Login, Place};
use crate::adapters::objects::{Ask, Call, Caller, Cloud, Peer};
use crate::domain::error::Result;

/// A container's address and its login.
pub(super) struct Opened {
    place: Place,
    tokens: Arc<Tokens>,
    renew: Renew,
    held: Mutex<Option<Held>>,
}

/// A login, and which one in a row it is.
#[derive(Clone)]
struct Held {
    number: u64,
    access: Access,
    login: Login,
}

impl Opened {
    /// The container `name` of the account at `account_url`. Nothing is sent yet.
    pub(super) fn new(account_url: &str, name: &str, tokens: Arc<Tokens>, renew: Renew) -> Self {
        let account_url = account_url.trim_end_matches('/');
        let account = Url::parse(account_url).ok().map(|url| account_of(&url)).unwrap_or_default();
        let place = Place { account, url: format!("{account_url}/{name}") };
        Self { place, tokens, renew, held: Mutex::default() }
    }

    /// Address of the container, without any signature.
    pub(super) fn url(&self) -> &str {
        &self.place.url
    }

    /// The call for a page of the folders directly below `prefix`.
    pub(super) fn folders(&self, prefix: &str, page: Option<&str>, now: Timestamp) -> Result<Call> {
        self.with(|place, login| azure_blob::folders_below(place, login, prefix, page, now))
    }

    /// A call with the login that is held, or a first one.
    fn with(&self, call: impl Fn(&Place, &Login) -> Result<Call>) -> Result<Call> {
        let held = self.held()?;
        let account = match &held.access {
            Access::Key { account, .. } => account.clone(),
            _ => self.place.account.clone(),
        };
        let place = Place { account, ..self.place.clone() };
        Ok(Call { login: held.number, ..call(&place, &held.login)? })
    }

    fn held(&self) -> Result<Held> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let found = match held.as_ref() {
            // Tokens are had anew shortly before their end.
            Some(of) if of.access == Access::Identity => {
                let login = Login::Token(self.tokens.token(Audience::Storage)?);
                let number = of.number + u64::from(login != of.login);
                Held { number, login, access: Access::Identity }
            }
            Some(of) => of.clone(),
            None => self.open(1)?,
        };
        *held = Some(found.clone());
        Ok(found)
    }

    fn open(&self, number: u64) -> Result<Held> {
        let access = (self.renew)()?;
        let login = match &access {
            Access::Identity => Login::Token(self.tokens.token(Audience::Storage)?),
            Access::Signature(query) => Login::Signature(query.clone()),
            Access::Key { key, .. } => Login::Key(key.clone()),
        };
        Ok(Held { number, access, login })
    }

    /// What lets the login in.
    fn role(&self) -> String {
        format!(
            "{} needs the role Storage Blob Data Contributor on the account {}",
            self.tokens.choice().way,
            self.place.account
        )
    }
}

impl Peer for Opened {
    fn login(&self) -> &str {
        "the login needs the role Storage Blob Data Contributor on the account of the container; \
         `outerloop doctor` checks it"
    }

    fn advice(&self, code: &str) -> Option<String> {
        let account = &self.place.account;
        Some(match code {
            "ContainerNotFound" => "the container of the workspace's default datastore is not there: \
                                    check the datastore in the studio"
                .to_owned(),
            "AuthorizationPermissionMismatch" | "InsufficientAccountPermissions" => self.role(),
            "AuthorizationFailure" | "PublicAccessNotPermitted" => format!(
                "a firewall of the account {account} keeps this machine out, or it takes no keys: run \
                 in its network, or let the datastore use identities"
            ),
            "KeyBasedAuthenticationNotPermitted" => format!(
                "the account {account} takes no keys: let the datastore use identities (no credentials)"
            ),
            "AuthenticationFailed" => "the key or the signature of the datastore is not the account's: \
                                       save its credentials anew in the studio, and check the clock of \
                                       this machine"
                .to_owned(),
            _ => return None,
        })
    }

    /// The service may have forgotten a token before its end; a signature or a key may be a new one.
    fn renew(&self, refused: &Call) -> Result<bool> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        // Another thread has done it meanwhile.
        let Some(of) = held.clone().filter(|of| of.number == refused.login) else {
            return Ok(true);
        };
        if let Login::Token(token) = &of.login {
            self.tokens.instead_of(token, Audience::Storage)?;
        }
        *held = Some(self.open(of.number + 1)?);
        Ok(true)
    }

    fn is_own(&self, headers: &HeaderMap) -> bool {
        azure_blob::is_own(headers)
    }
}

impl Caller for Opened {
    fn cloud(&self) -> Cloud {
        Cloud::Azure
    }

    fn call(&self, ask: Ask<'_>, now: Timestamp) -> Result<Call> {
        self.with(|place, login| azure_blob::call(place, login, ask, now))
    }
}

/// The account in an address: its first name, or the first part of the path on an emulator.
fn account_of(url: &Url) -> String {
    let first = url.path().split('/').find(|part| !part.is_empty());
    let host = url.host_str().and_then(|host| host.split('.').next());
    first.or(host).unwrap_or_default().to_owned()
}
