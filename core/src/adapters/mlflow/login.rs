//! How an MLflow server is reached: by the variables that MLflow's own client reads.

use base64::Engine as _;

use crate::adapters::http::Trust;
use crate::config::env;
use crate::domain::error::{Error, Result};
use crate::domain::secret::Secret;

/// Reads environment variables.
type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The login, and the certificates that vouch for the server.
#[derive(Debug, Clone, Default)]
pub struct Login {
    /// Value of the `Authorization` header.
    pub authorization: Option<Secret>,
    /// Which certificates are believed.
    pub trust: Trust,
}

impl Login {
    /// The login that the environment gives for the server at `url`.
    ///
    /// # Errors
    /// A password without a user; a file with certificates that cannot be read; a login that would
    /// go over the network in the clear.
    pub fn read(get: Variables<'_>, url: &str) -> Result<Self> {
        let authorization = authorization(get, url)?;
        let open = url.starts_with("http://") && !on_this_machine(url);
        if open && authorization.is_some() {
            return Err(Error::usage(format!("the login for {url} would be sent in the clear"))
                .hint(format!(
                    "use https://, or take {} and {} out of the environment where the server \
                     needs no login",
                    env::MLFLOW_TRACKING_TOKEN,
                    env::MLFLOW_TRACKING_USERNAME
                )));
        }
        Ok(Self { authorization, trust: trust(get)? })
    }
}

/// MLflow's client too lets a file with certificates go over checking none.
fn trust(get: Variables<'_>) -> Result<Trust> {
    let named = env::MLFLOW_TRACKING_SERVER_CERT_PATH;
    if let Some(path) = get(named) {
        let path = std::path::PathBuf::from(path);
        let pem = std::fs::read(&path).map_err(|e| Error::io("read", &path, e).during(named))?;
        return Ok(Trust::Also(pem));
    }
    let insecure = env::MLFLOW_TRACKING_INSECURE_TLS;
    if !get(insecure).is_some_and(|says| matches!(says.to_lowercase().as_str(), "true" | "1")) {
        return Ok(Trust::Machine);
    }
    tracing::warn!(
        "{insecure} is set: no certificate is checked, and whoever stands between can read the login \
         and change models; name the server's certificates by {named} instead"
    );
    Ok(Trust::Anyone)
}

fn authorization(get: Variables<'_>, url: &str) -> Result<Option<Secret>> {
    let user = get(env::MLFLOW_TRACKING_USERNAME);
    let password = get(env::MLFLOW_TRACKING_PASSWORD);
    // MLflow's client too lets a user go over a token.
    match (user, password) {
        (Some(user), Some(password)) => {
            let pair = format!("{user}:{password}");
            let pair = base64::engine::general_purpose::STANDARD.encode(pair);
            Ok(Some(Secret::new(format!("Basic {pair}"))))
        }
        (Some(_), None) => Err(half(env::MLFLOW_TRACKING_USERNAME, env::MLFLOW_TRACKING_PASSWORD)),
        (None, Some(_)) => Err(half(env::MLFLOW_TRACKING_PASSWORD, env::MLFLOW_TRACKING_USERNAME)),
        (None, None) => {
            let databricks = get(env::DATABRICKS_HOST).is_some_and(|host| {
                url.trim_end_matches('/').ends_with(host.trim_end_matches('/'))
            });
            let token = get(env::MLFLOW_TRACKING_TOKEN)
                .or_else(|| get(env::DATABRICKS_TOKEN).filter(|_| databricks));
            Ok(token.map(|token| Secret::new(format!("Bearer {token}"))))
        }
    }
}

fn half(set: &str, missing: &str) -> Error {
    Error::usage(format!("{set} is set, and {missing} is not")).hint("set both, or none")
}

fn on_this_machine(url: &str) -> bool {
    reqwest::Url::parse(url).is_ok_and(|url| crate::adapters::http::is_loopback(&url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)], url: &str) -> Result<Login> {
        let find = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Login::read(&find, url)
    }

    fn header(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let login = read(variables, url).unwrap();
        login.authorization.map(|secret| secret.expose().to_owned())
    }

    const SERVER: &str = "https://mlflow.acme.example";

    #[test]
    fn a_token_a_user_and_nothing_are_understood() {
        let token = ("MLFLOW_TRACKING_TOKEN", "t0ken");
        assert_eq!(header(&[token], SERVER).as_deref(), Some("Bearer t0ken"));
        let user = [("MLFLOW_TRACKING_USERNAME", "ada"), ("MLFLOW_TRACKING_PASSWORD", "s")];
        assert_eq!(header(&[user[0], user[1], token], SERVER).as_deref(), Some("Basic YWRhOnM="));
        assert_eq!(header(&[], SERVER), None);
        let databricks =
            [("DATABRICKS_HOST", "https://dbc.acme.example"), ("DATABRICKS_TOKEN", "d")];
        assert_eq!(header(&databricks, "https://dbc.acme.example").as_deref(), Some("Bearer d"));
        assert_eq!(header(&databricks, SERVER), None, "a token is for its own server");
    }

    #[test]
    fn what_would_betray_the_login_is_refused() {
        let token = ("MLFLOW_TRACKING_TOKEN", "t0ken");
        type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);
        let cases: [Case<'_>; 3] = [
            (&[token], "http://mlflow.acme.example", "in the clear"),
            (&[("MLFLOW_TRACKING_USERNAME", "ada")], SERVER, "MLFLOW_TRACKING_PASSWORD is not"),
            (&[("MLFLOW_TRACKING_SERVER_CERT_PATH", "/none/ca.pem")], SERVER, "/none/ca.pem"),
        ];
        for (variables, url, said) in cases {
            let error = read(variables, url).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
            assert!(error.hint_text().is_some() && !error.to_string().contains("t0ken"));
        }
        let insecure = [("MLFLOW_TRACKING_INSECURE_TLS", "TRUE")];
        assert_eq!(read(&insecure, SERVER).unwrap().trust, Trust::Anyone);
        assert_eq!(read(&[], SERVER).unwrap().trust, Trust::Machine);
        assert!(header(&[token], "http://127.0.0.1:5000").is_some());
        assert!(header(&[], "http://mlflow.acme.example").is_none());
    }
}
