//! Tokens of a machine's own identity: of a service that names where to ask (App Service, Functions,
//! Container Apps, Azure Arc, compute of Azure Machine Learning), or of a virtual machine.

use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use super::tokens::AccessToken;
use crate::adapters::http::{Failure, HttpClient, Options, Request, RetryPolicy};
use crate::config::env;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::secret::Secret;
use crate::ports::clock::Clock;

/// Where a virtual machine asks.
const VIRTUAL_MACHINE: &str = "http://169.254.169.254";
/// Longest time that an answer may take: it comes from this very machine or its host.
const LONGEST: Duration = Duration::from_secs(5);
/// Most bytes of Azure Arc's key.
const KEY: u64 = 4096;

/// Who tells of the machine's identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Machine {
    /// App Service, Functions, Container Apps.
    Service {
        /// Where to ask.
        url: String,
        /// What is shown when asking.
        header: Secret,
        /// Which of several identities.
        client: Option<String>,
    },
    /// Azure Arc.
    Arc {
        /// Where to ask.
        url: String,
    },
    /// Compute of Azure Machine Learning, Cloud Shell.
    Older {
        /// Where to ask.
        url: String,
        /// What is shown when asking.
        secret: Option<Secret>,
        /// Which of several identities.
        client: Option<String>,
    },
    /// A virtual machine.
    VirtualMachine {
        /// Where to ask.
        url: String,
        /// Which of several identities.
        client: Option<String>,
    },
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    /// Seconds since 1970: a text nearly everywhere, a number on Azure Arc.
    expires_on: serde_json::Value,
}

impl Machine {
    /// The one that the environment names, and what named it.
    pub(super) fn named(
        get: &dyn Fn(&str) -> Option<String>,
        client: Option<String>,
    ) -> Option<(Self, String)> {
        let is_set = |name: &str| format!("{name} is set");
        if let Some(url) = get(env::IDENTITY_ENDPOINT) {
            return Some(match get(env::IDENTITY_HEADER) {
                Some(header) => {
                    let header = Secret::new(header);
                    (Self::Service { url, header, client }, is_set(env::IDENTITY_ENDPOINT))
                }
                None => (Self::Arc { url }, is_set(env::IMDS_ENDPOINT)),
            })
            .filter(|(machine, _)| {
                !matches!(machine, Self::Arc { .. }) || get(env::IMDS_ENDPOINT).is_some()
            });
        }
        let url = get(env::MSI_ENDPOINT)?;
        let secret = get(env::MSI_SECRET).map(Secret::new);
        Some((Self::Older { url, secret, client }, is_set(env::MSI_ENDPOINT)))
    }

    /// That of a virtual machine.
    pub(super) fn virtual_machine(
        get: &dyn Fn(&str) -> Option<String>,
        client: Option<String>,
    ) -> Self {
        let url = get(env::AZURE_POD_IDENTITY).unwrap_or_else(|| VIRTUAL_MACHINE.to_owned());
        Self::VirtualMachine { url, client }
    }

    /// Asks for a token.
    pub(super) fn token(&self, resource: &str, clock: &Arc<dyn Clock>) -> Result<AccessToken> {
        let asked = clock.now();
        let answer = match self {
            Self::Arc { url } => arc(url, resource, clock),
            _ => self.client(clock).and_then(|client| {
                let answer = client.send(&self.request(resource)).map_err(|f| self.refused(f))?;
                answer.json::<Answer>().map_err(|f| self.refused(f))
            }),
        };
        let answer = answer.map_err(|e| e.during("asking for a token of this machine"))?;
        let seconds = match &answer.expires_on {
            serde_json::Value::String(text) => text.parse().ok(),
            other => other.as_i64(),
        };
        let ends = seconds.and_then(|s| Timestamp::from_second(s).ok());
        Ok(AccessToken::new(Secret::new(answer.access_token), asked, ends))
    }

    fn client(&self, clock: &Arc<dyn Clock>) -> Result<HttpClient> {
        let url = match self {
            Self::Service { url, .. } | Self::Arc { url } | Self::Older { url, .. } => url,
            Self::VirtualMachine { url, .. } => url,
        };
        asking(url, clock)
    }

    fn request(&self, resource: &str) -> Request {
        let with = |request: Request, name: &str, client: &Option<String>| match client {
            Some(client) => request.query(name, client.as_str()),
            None => request,
        };
        let versioned = |version: &str, path: &[&str]| {
            Request::get(path).query("api-version", version).query("resource", resource)
        };
        match self {
            Self::Service { header, client, .. } => with(
                versioned("2019-08-01", &[]).header("x-identity-header", header.expose()),
                "client_id",
                client,
            ),
            Self::Arc { .. } => versioned("2020-06-01", &[]).header("metadata", "true"),
            Self::Older { secret, client, .. } => {
                let request = versioned("2017-09-01", &[]).header("metadata", "true");
                let request = match secret {
                    Some(secret) => request.header("secret", secret.expose()),
                    None => request,
                };
                with(request, "clientid", client)
            }
            Self::VirtualMachine { client, .. } => with(
                versioned("2018-02-01", &["metadata", "identity", "oauth2", "token"])
                    .header("metadata", "true"),
                "client_id",
                client,
            ),
        }
    }

    fn refused(&self, failure: Failure) -> Error {
        let (status, error) = (failure.status(), Error::from(failure));
        match (self, status) {
            // No machine of Azure has nobody there, or a proxy that refuses.
            (Self::VirtualMachine { .. }, None | Some(401 | 403 | 407)) => {
                Error::new(ErrorKind::Permission, format!("no login at Azure: {error}")).hint(
                    "no other login was found, and this is no machine of Azure; on GitHub set \
                     AZURE_TENANT_ID and AZURE_CLIENT_ID and write `permissions: { id-token: write \
                     }`, at a terminal run `az login`",
                )
            }
            (_, Some(400 | 404)) => error.hint(
                "the machine has no such identity: assign one to it, or check AZURE_CLIENT_ID",
            ),
            _ if error.hint_text().is_none() => error.hint(
                "run the same command again; if it stays so, choose another login by \
                 AZURE_TOKEN_CREDENTIALS: `outerloop doctor` says which there are",
            ),
            _ => error,
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Service { .. } => "the managed identity of this service",
            Self::Arc { .. } => "the managed identity of this machine (Azure Arc)",
            Self::Older { .. } => "the managed identity of this compute",
            Self::VirtualMachine { .. } => "the managed identity of this virtual machine",
        })
    }
}

fn asking(url: &str, clock: &Arc<dyn Clock>) -> Result<HttpClient> {
    HttpClient::new(Options {
        base: url.to_owned(),
        authorization: None,
        headers: vec![("accept", "application/json".to_owned())],
        clock: Arc::clone(clock),
        retry: RetryPolicy { attempts: 3, ..RetryPolicy::default() },
        timeout: Some(LONGEST),
    })
}

/// Azure Arc proves that the caller is the machine's administrator: it answers 401 with the path of
/// a file that only such a one can read, and wants to be told what is in it.
fn arc(url: &str, resource: &str, clock: &Arc<dyn Clock>) -> Result<Answer> {
    let machine = Machine::Arc { url: url.to_owned() };
    let client = asking(url, clock)?;
    let challenge = match client.send(&machine.request(resource)) {
        Ok(answer) => return answer.json().map_err(|f| machine.refused(f)),
        Err(failure) if failure.status() == Some(401) => failure.challenge().to_owned(),
        Err(failure) => return Err(machine.refused(failure)),
    };
    let key = key(&challenge)?;
    let request = machine.request(resource).header("authorization", format!("Basic {key}"));
    let answer = client.send(&request).map_err(|f| machine.refused(f))?;
    answer.json().map_err(|f| machine.refused(f))
}

fn key(challenge: &str) -> Result<String> {
    let path =
        PathBuf::from(challenge.split_once("realm=").map_or("", |(_, p)| p.trim_matches('"')));
    if !is_key(&path) {
        return Err(Error::unavailable("Azure Arc names no key of its own")
            .hint("check IDENTITY_ENDPOINT, and the agent with `azcmagent show`"));
    }
    let size = std::fs::metadata(&path).map_err(|e| Error::io("read", &path, e))?.len();
    if size > KEY {
        return Err(Error::unavailable(format!("{} is no key of Azure Arc", path.display()))
            .hint("check the agent with `azcmagent show`"));
    }
    std::fs::read_to_string(&path).map_err(|e| {
        Error::io("read", &path, e).hint("let the user of this job be one of the group himds")
    })
}

/// Nobody may be made to read another file to a server: only keys in the agent's own folder.
fn is_key(path: &Path) -> bool {
    let folder = if cfg!(windows) { "AzureConnectedMachineAgent" } else { "azcmagent" };
    let plain = path.components().all(|c| !matches!(c, Component::ParentDir));
    plain
        && path.is_absolute()
        && path.extension().is_some_and(|e| e == "key")
        && path.components().any(|c| c.as_os_str() == folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_agents_own_keys_are_read() {
        #[cfg(unix)]
        assert!(is_key(Path::new("/var/opt/azcmagent/tokens/1.key")));
        for other in ["/etc/passwd", "/var/opt/azcmagent/../x.key", "azcmagent/1.key", "", "/a.key"]
        {
            assert!(!is_key(Path::new(other)), "{other}");
            let error = key(&format!("Basic realm={other}")).unwrap_err();
            assert!(error.hint_text().is_some());
        }
    }
}
