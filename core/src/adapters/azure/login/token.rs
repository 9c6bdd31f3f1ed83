//! Tokens of a job's own identity, which Azure accepts in the place of a secret.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use serde::Deserialize;
use serde_json::Value;

use crate::adapters::http::{Failure, HttpClient, Options, Request, RetryPolicy};
use crate::config::env;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::secret::Secret;
use crate::ports::clock::Clock;

/// For whom GitHub makes the token.
const AUDIENCE: &str = "api://AzureADTokenExchange";

/// Who makes the tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenSource {
    /// Azure Pipelines, for a service connection.
    AzurePipelines {
        /// Where to ask.
        url: String,
        /// Id of the service connection.
        connection: String,
        /// Token of the job.
        login: Secret,
    },
    /// GitHub Actions.
    GitHubActions {
        /// Where to ask.
        url: String,
        /// Token for asking.
        login: Secret,
    },
}

/// What is said of a token, without its signature being checked: Azure does that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// Whom it is about; Azure compares it with the federated credential's.
    pub subject: Option<String>,
    /// How long it is good for.
    pub life: Option<Duration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AzureAnswer {
    oidc_token: String,
}

#[derive(Deserialize)]
struct GitHubAnswer {
    value: String,
}

impl TokenSource {
    /// Azure Pipelines, for the service connection with this id.
    ///
    /// # Errors
    /// The agent is too old to give such tokens.
    pub fn of_azure_pipelines(
        get: &dyn Fn(&str) -> Option<String>,
        connection: &str,
    ) -> Result<Self> {
        let login = get(env::AZURE_TASK_TOKEN).or_else(|| get(env::AZURE_TOKEN));
        match (get(env::AZURE_OIDC_URL), login) {
            (Some(url), Some(login)) => {
                let connection = connection.to_owned();
                Ok(Self::AzurePipelines { url, connection, login: Secret::new(login) })
            }
            _ => Err(Error::new(
                ErrorKind::Unsupported,
                "the agent gives no token of the job's own identity",
            )
            .hint(format!("update the agent to one that sets {}", env::AZURE_OIDC_URL))),
        }
    }

    /// GitHub Actions.
    ///
    /// # Errors
    /// The job may not ask.
    pub fn of_github_actions(get: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        match (get(env::GITHUB_OIDC_URL), get(env::GITHUB_OIDC_TOKEN)) {
            (Some(url), Some(login)) => Ok(Self::GitHubActions { url, login: Secret::new(login) }),
            _ => Err(Error::new(
                ErrorKind::Permission,
                "the job may not ask for a token of its own identity",
            )
            .hint("write `permissions: { id-token: write }` in the job")),
        }
    }

    /// A new token.
    ///
    /// # Errors
    /// It is refused, or nobody answers.
    pub fn token(&self, clock: Arc<dyn Clock>) -> Result<Secret> {
        let (url, login) = match self {
            Self::AzurePipelines { url, login, .. } | Self::GitHubActions { url, login } => {
                (url, login)
            }
        };
        let client = HttpClient::new(Options {
            base: url.clone(),
            authorization: Some(Secret::new(format!("Bearer {}", login.expose()))),
            headers: vec![("accept", "application/json".to_owned())],
            clock,
            retry: RetryPolicy::default(),
            timeout: None,
        })?;
        let answer = client.send(&self.request()).map_err(|f| self.refused(f))?;
        let token = match self {
            Self::AzurePipelines { .. } => answer.json::<AzureAnswer>().map(|a| a.oidc_token),
            Self::GitHubActions { .. } => answer.json::<GitHubAnswer>().map(|a| a.value),
        };
        Ok(Secret::new(token.map_err(|f| self.refused(f))?))
    }

    fn request(&self) -> Request {
        match self {
            // Makes a token and nothing else: safe to repeat.
            Self::AzurePipelines { connection, .. } => Request::post(&[])
                .query("api-version", "7.1")
                .query("serviceConnectionId", connection.as_str())
                .header("content-length", "0")
                .header("x-tfs-fedauthredirect", "Suppress")
                .safe_to_repeat(),
            Self::GitHubActions { .. } => Request::get(&[]).query("audience", AUDIENCE),
        }
    }

    fn refused(&self, failure: Failure) -> Error {
        let refused = matches!(failure.status(), Some(400..=404));
        let error = Error::from(failure).during("asking for a token of the job's own identity");
        match self {
            Self::AzurePipelines { .. } if refused => error.hint(
                "the pipeline must be allowed to use the service connection: open it in Project \
                 settings > Service connections > Security",
            ),
            Self::GitHubActions { .. } if refused => {
                error.hint("write `permissions: { id-token: write }` in the job")
            }
            _ => error,
        }
    }
}

impl Claims {
    /// Reads a token; one that cannot be read has none.
    pub fn of(token: &Secret) -> Self {
        let payload = token.expose().split('.').nth(1).unwrap_or_default();
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(payload.trim_end_matches('='))
            .unwrap_or_default();
        let claims: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let seconds = |name: &str| claims[name].as_u64();
        let life = seconds("exp")
            .zip(seconds("iat"))
            .and_then(|(end, begin)| end.checked_sub(begin).map(Duration::from_secs));
        Self { subject: claims["sub"].as_str().map(str::to_owned), life }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subject_and_life_of_a_token_are_read_without_trusting_it() {
        let payload = r#"{"sub":"sc://acme/credit risk/azure","iat":1000,"exp":1600}"#;
        let encoded = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(payload);
        let claims = Claims::of(&Secret::new(format!("h.{encoded}.s")));
        assert_eq!(claims.subject.as_deref(), Some("sc://acme/credit risk/azure"));
        assert_eq!(claims.life, Some(Duration::from_secs(600)));
        for broken in ["", "a.b.c", "a..c", "....", "é.é.é"] {
            assert_eq!(Claims::of(&Secret::new(broken)), Claims::default());
        }
    }
}
