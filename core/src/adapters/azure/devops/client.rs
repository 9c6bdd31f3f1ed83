//! The client: paths below a project, the API's version, and errors that say what to do.

use std::sync::Arc;

use base64::Engine as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::permission::Permission;
use super::run::AgentRun;
use crate::adapters::http::{Failure, HttpClient, Options, Request, Response, Result, RetryPolicy};
use crate::config::env;
use crate::domain::error::{Error, ErrorKind, Result as CoreResult};
use crate::domain::secret::Secret;
use crate::ports::clock::Clock;

/// The version that every call asks for, but for those that exist as a preview only.
pub const API: &str = "7.1";

/// The REST API of one organisation or collection, seen from one run.
pub struct DevOps {
    http: HttpClient,
    run: AgentRun,
}

/// A list, as the API wraps it.
#[derive(Deserialize)]
struct List<T> {
    value: Vec<T>,
}

impl DevOps {
    /// A client; nothing is sent yet.
    ///
    /// # Errors
    /// The organisation's address or the token cannot be used.
    pub fn new(run: AgentRun, clock: Arc<dyn Clock>) -> CoreResult<Self> {
        let http = HttpClient::new(Options {
            base: run.collection.clone(),
            authorization: Some(authorization(&run.token)),
            headers: vec![
                ("accept", "application/json".to_owned()),
                // A call without a valid login gets an error, and no page for signing in.
                ("x-tfs-fedauthredirect", "Suppress".to_owned()),
            ],
            clock,
            retry: RetryPolicy::default(),
            timeout: None,
        })?;
        Ok(Self { http, run })
    }

    /// The run.
    pub fn run(&self) -> &AgentRun {
        &self.run
    }

    /// Time.
    pub fn clock(&self) -> &dyn Clock {
        self.http.clock()
    }

    /// Sends a call.
    ///
    /// # Errors
    /// What the server says; a refusal names `needs`.
    pub fn send(&self, request: &Request, needs: Permission) -> Result<Response> {
        self.send_as(API, request, needs)
    }

    /// Sends a call to another version of the API.
    ///
    /// # Errors
    /// As [`DevOps::send`].
    pub fn send_as(&self, version: &str, request: &Request, needs: Permission) -> Result<Response> {
        let request = request.clone().query("api-version", version);
        let answer = self.http.send(&request).map_err(|f| self.explain(f, needs))?;
        let kind = answer.header("content-type").unwrap_or_default().to_ascii_lowercase();
        if kind.starts_with("text/html") {
            return Err(Failure::from(self.not_signed_in("it answered with a page to sign in")));
        }
        Ok(answer)
    }

    /// Sends a call and reads its answer.
    ///
    /// # Errors
    /// As [`DevOps::send`]; an answer of another shape.
    pub fn ask<T: DeserializeOwned>(&self, request: &Request, needs: Permission) -> Result<T> {
        self.send(request, needs)?.json()
    }

    /// Reads a list.
    ///
    /// # Errors
    /// As [`DevOps::ask`].
    pub fn list<T: DeserializeOwned>(
        &self,
        request: &Request,
        needs: Permission,
    ) -> Result<Vec<T>> {
        self.ask::<List<T>>(request, needs).map(|list| list.value)
    }

    fn explain(&self, failure: Failure, needs: Permission) -> Failure {
        let said = failure.said().to_owned();
        match failure.status() {
            Some(401 | 203 | 300..=399) => failure.told_as(|e| self.not_signed_in(&e.to_string())),
            Some(403) => failure.hint(needs.hint(&self.run.identity())),
            Some(404) => failure.hint(format!(
                "check the name or number; a job also finds nothing where it may not look: `{}` \
                 needs `{}` ({}), and `Limit job authorization scope` (Project settings > \
                 Pipelines > Settings) hides other projects and repositories",
                self.run.identity(),
                needs.name,
                needs.page
            )),
            Some(400) if said.contains("out of range for this server") => failure.hint(
                "this server is too old: Azure DevOps Services, or Azure DevOps Server 2022.1 and \
                 newer, know this version of the API",
            ),
            _ => failure,
        }
    }

    fn not_signed_in(&self, why: &str) -> Error {
        let server = &self.run.collection;
        Error::new(ErrorKind::Permission, format!("{server} does not accept the token: {why}"))
            .hint(format!(
                "the token of a job ends with the job: a script step maps it by `env: {{ {}: \
                 $(System.AccessToken) }}`; a personal access token may have expired",
                env::AZURE_TOKEN
            ))
    }
}

/// A job's token is a JSON web token, three parts; a personal access token goes as a password.
fn authorization(token: &Secret) -> Secret {
    let token = token.expose();
    if token.split('.').count() == 3 {
        return Secret::new(format!("Bearer {token}"));
    }
    let pair = base64::engine::general_purpose::STANDARD.encode(format!(":{token}"));
    Secret::new(format!("Basic {pair}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jobs_token_and_a_personal_one_are_sent_each_in_its_way() {
        assert_eq!(authorization(&Secret::new("a.b.c")).expose(), "Bearer a.b.c");
        assert_eq!(authorization(&Secret::new("pat")).expose(), "Basic OnBhdA==");
    }
}
