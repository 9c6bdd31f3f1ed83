//! The dance for a token: a registry refuses and says who gives tokens, that one gives one, and the
//! call is sent again with it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use serde_json::Value;

use super::entra::{self, Entra, posted};
use super::login::Credentials;
use crate::adapters::http::{is_loopback, one_line};
use crate::adapters::objects::{Call, Link};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::secret::Secret;

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Access {
    /// Reads.
    Pull,
    /// Writes.
    Push,
}

/// The values of `Authorization`, by what they are good for.
pub(super) struct Tokens {
    host: String,
    repository: String,
    credentials: Option<Credentials>,
    entra: Option<Entra>,
    /// A repository of the same registry from which layers are mounted.
    neighbour: Mutex<Option<String>>,
    held: Mutex<BTreeMap<Access, Secret>>,
}

/// What a registry answers to a call without a token.
#[derive(Debug, PartialEq, Eq)]
enum Challenge {
    Basic,
    Bearer { realm: String, service: Option<String> },
}

impl Tokens {
    /// For a repository of the registry at `host`.
    pub(super) fn new(host: &str, repository: &str, credentials: Option<Credentials>) -> Self {
        let (host, repository) = (host.to_owned(), repository.to_owned());
        Self {
            host,
            repository,
            credentials,
            entra: None,
            neighbour: Mutex::default(),
            held: Mutex::default(),
        }
    }

    /// Logs in at Azure where there is no other login.
    pub(super) fn with_entra(&mut self, login: entra::Login) {
        if self.credentials.is_none() {
            self.entra = Some(Entra::new(login));
        }
    }

    /// Lets tokens be good for mounting layers from this repository, too.
    pub(super) fn set_neighbour(&self, repository: &str) {
        let mut neighbour = self.neighbour.lock().unwrap_or_else(PoisonError::into_inner);
        if neighbour.as_deref() != Some(repository) {
            *neighbour = Some(repository.to_owned());
            // Those that are held are not good for it.
            self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&Access::Push);
        }
    }

    /// The repository from which layers are mounted.
    pub(super) fn neighbour(&self) -> Option<String> {
        self.neighbour.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The value of `Authorization` for a call, where there is one yet.
    pub(super) fn held(&self, access: Access) -> Option<String> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(&access).map(|secret| secret.expose().to_owned())
    }

    /// Gets a value after the registry answered with `challenge` (`WWW-Authenticate`) to a call that
    /// carried `used`. Where another thread has got a new one meanwhile, that is as good.
    ///
    /// # Errors
    /// The registry wants what is not spoken here, the login is refused or missing.
    pub(super) fn answer(
        &self,
        challenge: &str,
        access: Access,
        used: Option<&str>,
        link: &Link<'_>,
    ) -> Result<()> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.get(&access).map(Secret::expose) != used {
            return Ok(());
        }
        let value = match read(challenge) {
            Some(Challenge::Basic) => match &self.credentials {
                Some(Credentials::Password(name, password)) => basic(name, password),
                _ => return Err(self.refused("wants a name and a password")),
            },
            Some(Challenge::Bearer { realm, service }) => {
                Secret::new(format!("Bearer {}", self.fetch(&realm, service, access, link)?))
            }
            None => {
                let said = one_line(challenge);
                return Err(
                    self.refused(&format!("asks for a login in a way unknown here: {said}"))
                );
            }
        };
        held.insert(access, value);
        Ok(())
    }

    /// The error that the login does not suffice.
    pub(super) fn refused(&self, why: &str) -> Error {
        let message = format!("the registry {} {why}", self.host);
        Error::new(ErrorKind::Permission, message).hint(self.login_hint())
    }

    fn login_hint(&self) -> String {
        let hint = format!("log in with `docker login {}`", self.host);
        match self.host.as_str() {
            "ghcr.io" => format!("{hint}, or pass GITHUB_TOKEN of a job with `packages: write`"),
            host if entra::is_azure(host) => {
                format!("{hint}, `az acr login` or at Azure; writing needs the role AcrPush")
            }
            _ => hint,
        }
    }

    fn fetch(
        &self,
        realm: &str,
        service: Option<String>,
        access: Access,
        link: &Link<'_>,
    ) -> Result<String> {
        let url = Url::parse(realm)
            .ok()
            .filter(|url| url.scheme() == "https" || is_loopback(url))
            .ok_or_else(|| {
                let realm = one_line(realm);
                self.refused(&format!("sends for a token to `{realm}`, which is not encrypted"))
            })?;
        let actions = if access == Access::Push { "pull,push" } else { "pull" };
        let mut asked = vec![("scope", format!("repository:{}:{actions}", self.repository))];
        let neighbour = self.neighbour().filter(|_| access == Access::Push);
        asked.extend(neighbour.map(|of| ("scope", format!("repository:{of}:pull"))));
        asked.extend(service.map(|service| ("service", service)));
        let asked: Vec<(&str, &str)> = asked.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let body = match (&self.credentials, &self.entra) {
            (Some(Credentials::Identity(token)), _) => {
                self.asked(identity(&url, &asked, token), link)?
            }
            (None, Some(entra)) => self.by_entra(entra, &url, &asked, access, link)?,
            (Some(Credentials::Password(name, password)), _) => {
                self.asked(plain(&url, &asked, Some(basic(name, password))), link)?
            }
            (None, None) => self.asked(plain(&url, &asked, None), link)?,
        };
        token(&body).ok_or_else(|| {
            Error::unavailable("the answer to a question for a token holds none")
                .hint(format!("check that {realm} is the registry's, and no proxy stands between"))
        })
    }

    fn asked(&self, call: Call, link: &Link<'_>) -> Result<Vec<u8>> {
        let answer = link.whole(&|| Ok(call.clone())).map_err(|e| match e.kind() {
            ErrorKind::Permission => self.refused(&format!("gives no token: {e}")),
            _ => e.during("ask for a token"),
        });
        answer.map(|answer| answer.body)
    }

    /// By a login at Azure. The registry's own token ends after some hours, and is had anew; who has
    /// no login at all may still read where everybody may.
    fn by_entra(
        &self,
        entra: &Entra,
        url: &Url,
        asked: &[(&str, &str)],
        access: Access,
        link: &Link<'_>,
    ) -> Result<Vec<u8>> {
        let held = match entra.token(&self.host, url, None, link) {
            Ok(held) => held,
            Err(e) if access == Access::Pull && e.kind() == ErrorKind::Permission => {
                tracing::info!("{e}; it is read without a login");
                return self.asked(plain(url, asked, None), link).map_err(|_| e);
            }
            Err(e) => return Err(e),
        };
        match self.asked(identity(url, asked, &held), link) {
            Err(e) if e.kind() == ErrorKind::Permission => {
                let other = entra.token(&self.host, url, Some(&held), link)?;
                self.asked(identity(url, asked, &other), link)
            }
            other => other,
        }
    }
}

/// Asks for a token by one of the registry's own.
fn identity(url: &Url, asked: &[(&str, &str)], token: &Secret) -> Call {
    let grant = [
        ("grant_type", "refresh_token"),
        ("client_id", "outerloop"),
        ("refresh_token", token.expose()),
    ];
    posted(url, &[asked, &grant[..]].concat())
}

/// Asks for a token by name and password, or by nothing.
fn plain(url: &Url, asked: &[(&str, &str)], login: Option<Secret>) -> Call {
    let mut url = url.clone();
    url.query_pairs_mut().extend_pairs(asked);
    let headers = login.map(|login| ("authorization".to_owned(), login.expose().to_owned()));
    Call::get(url.to_string(), headers.into_iter().collect())
}

fn basic(name: &str, password: &Secret) -> Secret {
    Secret::new(format!("Basic {}", STANDARD.encode(format!("{name}:{}", password.expose()))))
}

fn token(answer: &[u8]) -> Option<String> {
    let json: Value = serde_json::from_slice(answer).ok()?;
    let text = |key: &str| json[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    text("token").or_else(|| text("access_token"))
}

/// Reads `WWW-Authenticate`.
fn read(challenge: &str) -> Option<Challenge> {
    let (scheme, rest) = challenge.trim().split_once(' ').unwrap_or((challenge.trim(), ""));
    if scheme.eq_ignore_ascii_case("basic") {
        return Some(Challenge::Basic);
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let mut pairs = BTreeMap::new();
    let mut rest = rest;
    while let Some((name, more)) = rest.split_once('=') {
        let name = name.trim_matches([' ', ',']).to_ascii_lowercase();
        let (value, after) = match more.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => more.split_once(',').unwrap_or((more, "")),
        };
        pairs.insert(name, value.to_owned());
        rest = after;
    }
    Some(Challenge::Bearer { realm: pairs.remove("realm")?, service: pairs.remove("service") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read() {
        let bearer = |realm: &str, service: Option<&str>| {
            Some(Challenge::Bearer { realm: realm.to_owned(), service: service.map(str::to_owned) })
        };
        let text = "Bearer realm=\"https://acme.example/token\",service=\"acme\",scope=\"repository:a:pull,push\"";
        assert_eq!(read(text), bearer("https://acme.example/token", Some("acme")));
        assert_eq!(read("bearer realm=https://x/t, scope=a"), bearer("https://x/t", None));
        assert_eq!(read("Basic realm=\"x\""), Some(Challenge::Basic));
        for text in ["", "Bearer", "Bearer realm=\"x", "Negotiate abc", "Bearer service=\"x\""] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn tokens_are_read_under_both_names() {
        assert_eq!(token(br#"{"token":"a"}"#).as_deref(), Some("a"));
        assert_eq!(token(br#"{"token":"","access_token":"b"}"#).as_deref(), Some("b"));
        assert_eq!(token(b"<html>"), None);
    }
}
