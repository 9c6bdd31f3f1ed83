//! One repository behind GitHub's REST API.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::permission::Permission;
use crate::adapters::http::{self, HttpClient, Options, Request, Response, RetryPolicy};
use crate::domain::error::{Error, Result};
use crate::domain::secret::Secret;
use crate::ports::clock::Clock;

/// The most items that GitHub gives at once.
const PAGE: &str = "100";

/// What is needed to speak to one repository.
pub struct Login {
    /// Address of the REST API, such as `https://api.github.com`.
    pub api: String,
    /// Address of the server for people, such as `https://github.com`.
    pub web: String,
    /// `owner/name`.
    pub repository: String,
    /// The token.
    pub token: Option<Secret>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Longest time that one attempt of a call may take; none: half a minute.
    pub timeout: Option<Duration>,
}

/// One repository.
pub struct GitHub {
    client: HttpClient,
    owner: String,
    name: String,
    web: String,
    has_token: bool,
    /// The account behind the token, where it is a person's; asked for at most once.
    account: OnceLock<Option<String>>,
}

/// Who wrote something.
#[derive(Debug, Clone, Deserialize)]
pub struct Author {
    login: String,
    #[serde(rename = "type", default)]
    kind: String,
}

#[derive(Deserialize)]
struct Account {
    login: String,
}

impl GitHub {
    /// The repository; nothing is sent yet.
    ///
    /// # Errors
    /// The name is not `owner/name`; the address or the token cannot be used.
    pub fn new(login: Login) -> Result<Self> {
        let parts = login.repository.split_once('/').filter(|(o, n)| part(o) && part(n));
        let Some((owner, name)) = parts else {
            let shown = login.repository.escape_debug();
            return Err(Error::usage(format!("`{shown}` is no repository on GitHub"))
                .hint("write it as owner/name, such as acme/models"));
        };
        let (owner, name) = (owner.to_owned(), name.to_owned());
        let token = login.token.filter(|token| !token.expose().trim().is_empty());
        let has_token = token.is_some();
        let client = HttpClient::new(Options {
            base: login.api,
            authorization: token.map(|t| Secret::new(format!("Bearer {}", t.expose().trim()))),
            headers: vec![
                ("accept", "application/vnd.github+json".to_owned()),
                ("x-github-api-version", "2022-11-28".to_owned()),
            ],
            clock: login.clock,
            retry: RetryPolicy::default(),
            timeout: login.timeout,
        })?;
        let web = format!("{}/{owner}/{name}", login.web.trim_end_matches('/'));
        Ok(Self { client, owner, name, web, has_token, account: OnceLock::new() })
    }

    /// The owner's name.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// `owner/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// Address of the repository for people.
    pub fn web(&self) -> &str {
        &self.web
    }

    /// Time.
    pub fn clock(&self) -> &dyn Clock {
        self.client.clock()
    }

    /// A path below the repository. A branch's name or a file's path is one string with `/` in it.
    pub fn path<'a>(&'a self, below: &[&'a str]) -> Vec<&'a str> {
        let inside = below.iter().flat_map(|part| part.split('/'));
        ["repos", &self.owner, &self.name].into_iter().chain(inside).collect()
    }

    /// Sends a call.
    ///
    /// # Errors
    /// The failure, with the permission that may be missing.
    pub fn send(&self, request: &Request, needs: Permission) -> http::Result<Response> {
        self.require_token(needs)?;
        self.client.send(request).map_err(|failure| needs.explain(failure))
    }

    /// Sends a call and reads its answer.
    ///
    /// # Errors
    /// As [`GitHub::send`]; an answer that cannot be read.
    pub fn ask<T: DeserializeOwned>(
        &self,
        request: &Request,
        needs: Permission,
    ) -> http::Result<T> {
        self.send(request, needs)?.json()
    }

    /// As [`GitHub::ask`]; none when there is no such thing.
    ///
    /// # Errors
    /// As [`GitHub::ask`], except 404.
    pub fn find<T: DeserializeOwned>(
        &self,
        request: &Request,
        needs: Permission,
    ) -> http::Result<Option<T>> {
        match self.ask(request, needs) {
            Ok(found) => Ok(Some(found)),
            Err(failure) if failure.status() == Some(404) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Every page of a list, one after another.
    ///
    /// # Errors
    /// Each page has its own.
    pub fn pages<T: DeserializeOwned>(
        &self,
        request: Request,
        needs: Permission,
    ) -> impl Iterator<Item = http::Result<T>> {
        let refused = self.require_token(needs).err();
        let pages = refused.is_none().then(|| self.client.pages(request.query("per_page", PAGE)));
        let read = move |page: http::Result<Response>| {
            page.and_then(|page| page.json()).map_err(|failure| needs.explain(failure))
        };
        refused.map(Err).into_iter().chain(pages.into_iter().flatten().map(read))
    }

    /// Whether `author` is who this program writes as: any app's account, or the person whose token
    /// it has. Else anybody could put our marker into a text of his own, have it filled with a
    /// verdict, and change that.
    ///
    /// # Errors
    /// The account behind the token cannot be asked for.
    pub fn is_own(&self, author: Option<&Author>) -> http::Result<bool> {
        match author {
            None => Ok(false),
            Some(author) if author.kind == "Bot" => Ok(true),
            Some(author) => Ok(self.account()?.is_some_and(|own| *own == author.login)),
        }
    }

    fn account(&self) -> http::Result<Option<&String>> {
        if self.account.get().is_none() {
            let account = match self.client.send(&Request::get(&["user"])) {
                Ok(answer) => Some(answer.json::<Account>()?.login),
                // A job's own token belongs to no person.
                Err(failure) if matches!(failure.status(), Some(401 | 403 | 404)) => None,
                Err(failure) => return Err(failure),
            };
            return Ok(self.account.get_or_init(|| account).as_ref());
        }
        Ok(self.account.get().and_then(Option::as_ref))
    }

    fn require_token(&self, needs: Permission) -> http::Result<()> {
        if self.has_token { Ok(()) } else { Err(needs.without_token().into()) }
    }
}

fn part(text: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !text.is_empty() && !matches!(text, "." | "..") && text.chars().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::clock::SystemClock;

    fn github(repository: &str) -> Result<GitHub> {
        GitHub::new(Login {
            api: "https://github.acme.example/api/v3".to_owned(),
            web: "https://github.acme.example/".to_owned(),
            repository: repository.to_owned(),
            token: None,
            clock: Arc::new(SystemClock),
            timeout: None,
        })
    }

    #[test]
    fn a_repository_has_an_owner_and_a_name() {
        let github = github("acme/models").unwrap();
        assert_eq!(github.web(), "https://github.acme.example/acme/models");
        let path = ["repos", "acme", "models", "git", "ref", "heads", "feature", "x"];
        assert_eq!(github.path(&["git", "ref", "heads", "feature/x"]), path);
    }

    #[test]
    fn a_name_that_would_lead_elsewhere_is_refused() {
        for name in
            ["acme", "acme/", "/models", "acme/..", "acme/models/x", "acme/mo dels", "a\n/b"]
        {
            let error = github(name).err().unwrap();
            assert!(error.hint_text().is_some_and(|h| h.contains("owner/name")), "{name:?}");
        }
    }
}
