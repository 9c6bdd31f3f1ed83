//! Who logs in: what `docker login` left, the programs that keep its passwords, and the token of a
//! job.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::helper;
use crate::config::env;
use crate::domain::error::{Error, Result};
use crate::domain::secret::Secret;

/// A login at a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Credentials {
    /// Name and password.
    Password(String, Secret),
    /// A token that is exchanged for those that calls carry.
    Identity(Secret),
}

/// The name under which Azure Container Registry takes a token of its own as a password.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

impl Credentials {
    /// Of what is kept as a name and a password.
    pub(super) fn of(name: &str, secret: Secret) -> Self {
        match name {
            NOBODY | "<token>" => Self::Identity(secret),
            _ => Self::Password(name.to_owned(), secret),
        }
    }
}

/// The environment.
pub(super) type Around<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The login at `host`; none: calls are anonymous.
///
/// # Errors
/// A configuration of Docker's that cannot be read, or a program that it names and that fails.
pub(super) fn find(host: &str, around: Around<'_>) -> Result<Option<Credentials>> {
    if let Some(found) = of_docker(host, around)? {
        return Ok(Some(found));
    }
    let token = around(env::GITHUB_TOKEN).filter(|token| !token.is_empty());
    Ok(token.filter(|_| host == "ghcr.io" || host.ends_with(".ghcr.io")).map(|token| {
        // Any name does; the token says who it is.
        let name = around(env::GITHUB_ACTOR).filter(|name| !name.is_empty());
        Credentials::Password(name.unwrap_or_else(|| "outerloop".to_owned()), Secret::new(token))
    }))
}

fn of_docker(host: &str, around: Around<'_>) -> Result<Option<Credentials>> {
    let Some(file) = file(around) else { return Ok(None) };
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Error::io("read", &file, e)),
    };
    let config: Value = serde_json::from_str(&text).map_err(|e| {
        Error::config(format!("{}:{} is not JSON: {e}", file.display(), e.line()))
            .hint(format!("log in again with `docker login {host}`"))
    })?;
    let own = config["credHelpers"][host].as_str();
    let all = config["credsStore"].as_str().filter(|name| !name.is_empty());
    if let Some(program) = own.or(all) {
        let found = helper::ask(program, host, around)?;
        if found.is_some() || own.is_some() {
            return Ok(found);
        }
    }
    let entry = &config["auths"][host];
    written(entry).map_err(|e| e.during(format!("{}: auths.{host}", file.display())))
}

fn file(around: Around<'_>) -> Option<PathBuf> {
    let named = |name: &str| around(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = named(env::DOCKER_CONFIG).or_else(|| {
        let home = named(env::HOME).or_else(|| named(env::USER_PROFILE))?;
        Some(home.join(".docker"))
    });
    folder.map(|folder| folder.join("config.json"))
}

/// An entry of `auths`: `identitytoken`, or `auth`, which is `name:password` in base64.
fn written(entry: &Value) -> Result<Option<Credentials>> {
    let text = |name: &str| entry[name].as_str().filter(|text| !text.is_empty());
    if let Some(token) = text("identitytoken") {
        return Ok(Some(Credentials::Identity(Secret::new(token))));
    }
    let Some(auth) = text("auth") else { return Ok(None) };
    let plain = STANDARD.decode(auth).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    match plain.as_deref().and_then(|plain| plain.split_once(':')) {
        Some((name, password)) => {
            let secret = Secret::new(password.trim_end_matches('\0'));
            Ok(Some(Credentials::of(name, secret)))
        }
        None => Err(Error::config("`auth` is not NAME:PASSWORD in base64")
            .hint("log in again with `docker login`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(config: &str, host: &str, more: &[(&str, &str)]) -> Result<Option<Credentials>> {
        let folder = tempfile::tempdir().unwrap();
        if !config.is_empty() {
            std::fs::write(folder.path().join("config.json"), config).unwrap();
        }
        let at = folder.path().to_str().unwrap().to_owned();
        let around = |name: &str| match name {
            "DOCKER_CONFIG" => Some(at.clone()),
            _ => more.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()),
        };
        find(host, &around)
    }

    fn password(name: &str, password: &str) -> Option<Credentials> {
        Some(Credentials::Password(name.to_owned(), Secret::new(password)))
    }

    #[test]
    fn what_docker_login_left_is_used() {
        let auth = STANDARD.encode("ada:s3:cret");
        let config = format!(
            r#"{{"auths":{{"acme.example:5000":{{"auth":"{auth}"}},
            "other":{{"identitytoken":"t0ken"}},"empty":{{}}}}}}"#
        );
        assert_eq!(found(&config, "acme.example:5000", &[]).unwrap(), password("ada", "s3:cret"));
        let identity = Some(Credentials::Identity(Secret::new("t0ken")));
        assert_eq!(found(&config, "other", &[]).unwrap(), identity);
        for host in ["acme.example", "empty", "nobody"] {
            assert_eq!(found(&config, host, &[]).unwrap(), None);
        }
        assert_eq!(found("", "acme.example", &[]).unwrap(), None);
    }

    #[test]
    fn a_token_of_azure_container_registry_is_no_password() {
        let auth = STANDARD.encode(format!("{NOBODY}:t0ken"));
        let config = format!(r#"{{"auths":{{"acme.azurecr.io":{{"auth":"{auth}"}}}}}}"#);
        let identity = Some(Credentials::Identity(Secret::new("t0ken")));
        assert_eq!(found(&config, "acme.azurecr.io", &[]).unwrap(), identity);
    }

    #[test]
    fn the_token_of_a_job_is_for_its_own_registry_alone() {
        let job = [("GITHUB_TOKEN", "t0ken"), ("GITHUB_ACTOR", "ada")];
        assert_eq!(found("", "ghcr.io", &job).unwrap(), password("ada", "t0ken"));
        assert_eq!(found("", "ghcr.io.evil.example", &job).unwrap(), None);
        assert_eq!(found("", "acme.azurecr.io", &job).unwrap(), None);
    }

    #[test]
    fn a_broken_configuration_is_named_and_not_quoted() {
        for config in
            ["{", r#"{"auths":{"x":{"auth":"czNjcmV0"}}}"#, r#"{"auths":{"x":{"auth":"%"}}}"#]
        {
            let error = found(config, "x", &[]).unwrap_err();
            assert!(error.to_string().contains("config.json"), "{error}");
            assert!(error.hint_text().unwrap().contains("docker login"));
            assert!(!error.to_string().contains("s3cret") && !error.to_string().contains("czNj"));
        }
    }
}
