//! Which of Azure's clouds: where logins are made, and for whom tokens are.

use crate::config::env;
use crate::domain::error::{Error, Result};

/// Whom a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// Azure Resource Manager, which also answers for Azure Machine Learning.
    ResourceManager,
    /// Blob Storage.
    Storage,
    /// Container Registry.
    ContainerRegistry,
}

/// One of Azure's clouds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cloud {
    /// Where logins are made, without a `/` at its end.
    pub authority: String,
    /// Where Azure Resource Manager answers, without a `/` at its end.
    pub manager: String,
    /// How tokens for Azure Resource Manager name it.
    manager_audience: &'static str,
}

/// Address of logins, of Azure Resource Manager, for each cloud.
const CLOUDS: [(&str, &str); 3] = [
    ("https://login.microsoftonline.com", "https://management.azure.com"),
    ("https://login.microsoftonline.us", "https://management.usgovcloudapi.net"),
    ("https://login.chinacloudapi.cn", "https://management.chinacloudapi.cn"),
];

impl Cloud {
    /// The cloud that the environment names; without a name the public one. `connection` is the
    /// address of logins that a service connection names, which goes first.
    ///
    /// # Errors
    /// An address that is not `https`.
    pub fn of(get: &dyn Fn(&str) -> Option<String>, connection: Option<&str>) -> Result<Self> {
        let named = connection.map(str::to_owned).or_else(|| get(env::LOGIN_AUTHORITY));
        let authority = named.unwrap_or_else(|| CLOUDS[0].0.to_owned());
        let authority = secure(env::LOGIN_AUTHORITY, &authority)?;
        let known = CLOUDS.iter().find(|(login, _)| *login == authority).unwrap_or(&CLOUDS[0]);
        let manager = match get(env::AZURE_RESOURCE_MANAGER) {
            Some(url) => secure(env::AZURE_RESOURCE_MANAGER, &url)?,
            None => known.1.to_owned(),
        };
        Ok(Self { authority, manager, manager_audience: known.1 })
    }

    /// The audience as a resource, as managed identities and the Azure CLI are asked.
    pub fn resource(&self, audience: Audience) -> &'static str {
        match audience {
            Audience::ResourceManager => self.manager_audience,
            Audience::Storage => "https://storage.azure.com",
            // The same in all clouds, and taken also where tokens for Resource Manager are not.
            Audience::ContainerRegistry => "https://containerregistry.azure.net",
        }
    }

    /// The audience as a scope, as Microsoft Entra is asked.
    pub fn scope(&self, audience: Audience) -> String {
        format!("{}/.default", self.resource(audience))
    }
}

/// A secret is sent there: only over TLS, or to this machine.
fn secure(name: &str, address: &str) -> Result<String> {
    let address = address.trim().trim_end_matches('/');
    // As every client library of Azure, an authority without a scheme is taken for `https`.
    let address =
        if address.contains("://") { address.to_owned() } else { format!("https://{address}") };
    let url = reqwest::Url::parse(&address).ok().filter(reqwest::Url::has_host);
    match url {
        Some(url) if url.scheme() == "https" => Ok(address),
        Some(url) if url.scheme() == "http" && crate::adapters::http::is_loopback(&url) => {
            Ok(address)
        }
        _ => Err(Error::usage(format!("{name} is no https address: `{}`", address.escape_debug()))
            .hint(format!("write it as {}, or leave it out for the public cloud", CLOUDS[0].0))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Result<Cloud> {
        let get = |name: &str| {
            pairs.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
        };
        Cloud::of(&get, None)
    }

    #[test]
    fn the_cloud_follows_from_where_logins_are_made() {
        let public = of(&[]).unwrap();
        assert_eq!(public.manager, "https://management.azure.com");
        assert_eq!(
            public.scope(Audience::ResourceManager),
            "https://management.azure.com/.default"
        );
        let china = of(&[("AZURE_AUTHORITY_HOST", "login.chinacloudapi.cn/")]).unwrap();
        assert_eq!(china.authority, "https://login.chinacloudapi.cn");
        assert_eq!(china.manager, "https://management.chinacloudapi.cn");
        assert_eq!(china.resource(Audience::Storage), "https://storage.azure.com");
    }

    #[test]
    fn a_secret_is_never_sent_in_the_clear() {
        let error = of(&[("AZURE_AUTHORITY_HOST", "http://login.acme.example")]).unwrap_err();
        assert!(error.to_string().contains("AZURE_AUTHORITY_HOST"), "{error}");
        assert!(of(&[("AZURE_AUTHORITY_HOST", "http://127.0.0.1:1")]).is_ok());
    }
}
