//! Who logs in, and how that is proven.

use super::token::TokenSource;
use crate::config::env;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::secret::Secret;

/// Reads environment variables.
type Get<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Who logs in, and how that is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The tenant.
    pub tenant: Option<String>,
    /// The application (client).
    pub client: Option<String>,
    /// The subscription.
    pub subscription: Option<String>,
    /// Where the login is made; none: in the public cloud.
    pub authority: Option<&'static str>,
    /// How it is proven.
    pub proof: Proof,
}

/// How a login is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// By a token of the job's own identity: no secret is kept anywhere.
    Federated(TokenSource),
    /// By a secret.
    Secret(Secret),
    /// By the machine.
    Machine,
}

impl Connection {
    /// The Azure Resource Manager service connection with this id, as the agent tells a task.
    ///
    /// # Errors
    /// The agent does not tell of it, or it is of a kind that cannot be handed on.
    pub fn of_azure_pipelines(get: Get<'_>, id: &str) -> Result<Self> {
        let parameter = |key: &str| get(&env::connection_parameter(id, key));
        let data = |key: &str| get(&env::connection_data(id, key));
        let scheme = Some(id)
            .filter(|id| id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
            .and_then(|id| get(&env::connection_scheme(id)))
            .ok_or_else(|| unknown(id))?;
        let machine = scheme.eq_ignore_ascii_case("ManagedServiceIdentity");
        let required = |what: &str, key: &str| match parameter(key) {
            None if !machine => {
                Err(Error::config(format!("the service connection {id} has no {what}"))
                    .hint("verify and save it anew in Project settings > Service connections"))
            }
            value => Ok(value),
        };
        Ok(Self {
            tenant: required("tenant", "tenantid")?,
            client: required("application", "serviceprincipalid")?,
            subscription: data("subscriptionid"),
            authority: data("environment").as_deref().and_then(authority),
            proof: proof(get, id, &scheme)?,
        })
    }

    /// The identity that a workflow of GitHub Actions names, for this subscription.
    ///
    /// # Errors
    /// The workflow names none, or may not prove it.
    pub fn of_github_actions(get: Get<'_>, subscription: &str) -> Result<Self> {
        let (Some(tenant), Some(client)) = (get(env::LOGIN_TENANT), get(env::LOGIN_CLIENT)) else {
            return Err(Error::config("the workflow does not say who logs in at Azure").hint(
                format!("set {} and {} in the step's `env:`", env::LOGIN_TENANT, env::LOGIN_CLIENT),
            ));
        };
        Ok(Self {
            tenant: Some(tenant),
            client: Some(client),
            subscription: Some(subscription.to_owned()),
            authority: None,
            proof: Proof::Federated(TokenSource::of_github_actions(get)?),
        })
    }
}

fn proof(get: Get<'_>, id: &str, scheme: &str) -> Result<Proof> {
    if scheme.eq_ignore_ascii_case("WorkloadIdentityFederation") {
        return Ok(Proof::Federated(TokenSource::of_azure_pipelines(get, id)?));
    }
    if scheme.eq_ignore_ascii_case("ManagedServiceIdentity") {
        return Ok(Proof::Machine);
    }
    if scheme.eq_ignore_ascii_case("ServicePrincipal")
        && let Some(key) = get(&env::connection_parameter(id, "serviceprincipalkey"))
    {
        return Ok(Proof::Secret(Secret::new(key)));
    }
    Err(Error::new(
        ErrorKind::Unsupported,
        format!("the service connection {id} logs in by a certificate or an unknown scheme"),
    )
    .hint("make one with workload identity federation, which needs no secret at all"))
}

fn unknown(id: &str) -> Error {
    let shown = id.escape_debug();
    Error::not_found(format!("the agent tells of no service connection `{shown}`")).hint(
        "give the input `azureSubscription` the name of a connection of the type Azure Resource \
         Manager that this pipeline may use",
    )
}

/// Where a login is made in a cloud of its own.
fn authority(cloud: &str) -> Option<&'static str> {
    match cloud {
        "AzureUSGovernment" => Some("https://login.microsoftonline.us/"),
        "AzureChinaCloud" => Some("https://login.chinacloudapi.cn/"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0a-1b";

    fn connection(changed: &[(&str, &str)]) -> Result<Connection> {
        let base = [
            ("ENDPOINT_AUTH_SCHEME_0a-1b", "ServicePrincipal"),
            ("ENDPOINT_AUTH_PARAMETER_0a-1b_TENANTID", "tenant"),
            ("ENDPOINT_AUTH_PARAMETER_0a-1b_SERVICEPRINCIPALID", "client"),
            ("ENDPOINT_AUTH_PARAMETER_0a-1b_SERVICEPRINCIPALKEY", "k3y"),
            ("ENDPOINT_DATA_0a-1b_SUBSCRIPTIONID", "subscription"),
        ];
        let get = |name: &str| {
            let mut all = changed.iter().chain(&base).filter(|(n, _)| *n == name);
            all.next().map(|(_, v)| (*v).to_owned()).filter(|v| !v.is_empty())
        };
        Connection::of_azure_pipelines(&get, ID)
    }

    #[test]
    fn a_service_principal_is_read_and_its_key_hidden() {
        let read = connection(&[]).unwrap();
        assert_eq!(read.proof, Proof::Secret(Secret::new("k3y")));
        assert_eq!(read.subscription.as_deref(), Some("subscription"));
        assert!(!format!("{read:?}").contains("k3y"));
        let china = connection(&[("ENDPOINT_DATA_0a-1b_ENVIRONMENT", "AzureChinaCloud")]).unwrap();
        assert_eq!(china.authority, Some("https://login.chinacloudapi.cn/"));
    }

    #[test]
    fn what_is_missing_is_said() {
        let tenant = connection(&[("ENDPOINT_AUTH_PARAMETER_0a-1b_TENANTID", "")]).unwrap_err();
        assert!(tenant.to_string().contains("no tenant"), "{tenant}");
        let key = ("ENDPOINT_AUTH_PARAMETER_0a-1b_SERVICEPRINCIPALKEY", "");
        assert_eq!(connection(&[key]).unwrap_err().kind(), ErrorKind::Unsupported);
        let none = connection(&[("ENDPOINT_AUTH_SCHEME_0a-1b", "")]).unwrap_err();
        assert!(none.hint_text().unwrap().contains("azureSubscription"));
        let hostile = Connection::of_azure_pipelines(&|_| Some("x".to_owned()), "a\n##vso[x]");
        assert_eq!(hostile.unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn a_machines_own_identity_needs_nothing_else() {
        let machine = connection(&[
            ("ENDPOINT_AUTH_SCHEME_0a-1b", "ManagedServiceIdentity"),
            ("ENDPOINT_AUTH_PARAMETER_0a-1b_SERVICEPRINCIPALID", ""),
        ]);
        assert_eq!(machine.unwrap().proof, Proof::Machine);
    }

    #[test]
    fn a_workflow_that_may_not_prove_itself_says_which_permission_it_needs() {
        let named = |name: &str| name.starts_with("AZURE_").then(|| "x".to_owned());
        let error = Connection::of_github_actions(&named, "s").unwrap_err();
        assert!(error.hint_text().unwrap().contains("id-token: write"), "{error}");
        let error = Connection::of_github_actions(&|_| None, "s").unwrap_err();
        assert!(error.hint_text().unwrap().contains("AZURE_CLIENT_ID"), "{error}");
    }
}
