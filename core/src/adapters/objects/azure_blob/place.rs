//! Where a container is, and how it is opened, as the environment says.

use super::Login;
use crate::adapters::objects::Surroundings;
use crate::config::env;
use crate::domain::error::{Error, Result};
use crate::domain::secret::Secret;

/// The account of the emulator and its key, which everybody knows.
const EMULATOR: (&str, &str) = (
    "devstoreaccount1",
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
);

/// Where a container is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::adapters) struct Place {
    /// The storage account.
    pub(in crate::adapters) account: String,
    /// Address of the container, without a `/` at its end.
    pub(in crate::adapters) url: String,
}

/// The container `holder`, which names its account as in `abfss://`, or leaves that to the
/// environment; and the login that the environment describes.
///
/// # Errors
/// No account is named; the identity that the environment names cannot log in.
pub(in crate::adapters) fn found(holder: &str, around: Surroundings<'_>) -> Result<(Place, Login)> {
    let emulated = around.get(env::AZURE_STORAGE_USE_EMULATOR).is_some_and(|v| v == "true");
    let (container, named) = match holder.split_once('@') {
        Some((container, host)) => (container, host.split('.').next().map(str::to_owned)),
        None if emulated => (holder, Some(EMULATOR.0.to_owned())),
        None => {
            (holder, around.first(&[env::AZURE_STORAGE_ACCOUNT_NAME, env::AZURE_STORAGE_ACCOUNT]))
        }
    };
    let account = named.ok_or_else(|| {
        Error::usage("no storage account is named").hint(format!(
            "set {}, or write abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH",
            env::AZURE_STORAGE_ACCOUNT_NAME
        ))
    })?;
    let url = format!("{}/{container}", base(&account, emulated, around));
    Ok((Place { account, url }, login(emulated, around)?))
}

fn base(account: &str, emulated: bool, around: Surroundings<'_>) -> String {
    match around.get(env::AZURITE_BLOB_STORAGE_URL).filter(|_| emulated) {
        Some(url) => format!("{}/{account}", url.trim_end_matches('/')),
        None if emulated => format!("http://127.0.0.1:10000/{account}"),
        None => around
            .get(env::AZURE_STORAGE_ENDPOINT)
            .map(|url| url.trim_end_matches('/').to_owned())
            .unwrap_or_else(|| format!("https://{account}.blob.core.windows.net")),
    }
}

fn login(emulated: bool, around: Surroundings<'_>) -> Result<Login> {
    let get = |names: &[&str]| around.first(names).map(Secret::new);
    let keys = [env::AZURE_STORAGE_ACCOUNT_KEY, env::AZURE_STORAGE_KEY];
    let token = get(&[env::AZURE_STORAGE_TOKEN]).map(Login::Token);
    let said = token
        .or_else(|| get(&[env::AZURE_STORAGE_SAS_TOKEN]).map(Login::Signature))
        .or_else(|| get(&keys).map(Login::Key))
        .or_else(|| emulated.then(|| Login::Key(Secret::new(EMULATOR.1))));
    match said {
        Some(login) => Ok(login),
        None => Ok(around.identity()?.map_or(Login::Nobody, Login::Token)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::adapters::objects::Environment;

    #[test]
    fn an_identity_is_asked_where_no_variable_is_a_login() {
        let login = |variables: &'static [(&str, &str)], identity: Option<Option<&'static str>>| {
            let around = Environment {
                variables: Arc::new(|name| {
                    variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())
                }),
                identity: Some(Arc::new(move || match identity {
                    Some(token) => Ok(token.map(Secret::new)),
                    None => Err(Error::usage("the identity cannot log in")),
                })),
            };
            found("data@acme.dfs.core.windows.net", around.surroundings()).map(|(_, login)| login)
        };
        assert_eq!(login(&[], Some(Some("t0ken"))).unwrap(), Login::Token(Secret::new("t0ken")));
        assert_eq!(login(&[], Some(None)).unwrap(), Login::Nobody);
        assert!(login(&[], None).is_err());
        for (name, expected) in [
            ("AZURE_STORAGE_TOKEN", Login::Token(Secret::new("x"))),
            ("AZURE_STORAGE_SAS_TOKEN", Login::Signature(Secret::new("x"))),
            ("AZURE_STORAGE_ACCOUNT_KEY", Login::Key(Secret::new("x"))),
        ] {
            let variables: &'static [(&str, &str)] = Vec::leak(vec![(name, "x")]);
            assert_eq!(login(variables, None).unwrap(), expected);
        }
    }
}
