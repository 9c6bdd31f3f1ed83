//! The repository and the token that the environment names.

use std::sync::Arc;

use super::repository::Login;
use crate::config::env;
use crate::config::forge::{GITHUB_API, GITHUB_WEB};
use crate::domain::secret::Secret;
use crate::ports::clock::Clock;

/// Reads environment variables.
type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Login {
    /// The login for `repository`, else for the repository of this run. None where the environment
    /// names no repository on GitHub; outside of GitHub Actions also where it has no token.
    pub fn from_environment(
        get: Variables<'_>,
        repository: Option<&str>,
        clock: Arc<dyn Clock>,
    ) -> Option<Self> {
        let token = get(env::GITHUB_TOKEN);
        let in_actions =
            get(env::GITHUB_ACTIONS).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        if repository.is_none() && !in_actions && token.is_none() {
            return None;
        }
        Some(Self {
            api: get(env::GITHUB_API_URL).unwrap_or_else(|| GITHUB_API.to_owned()),
            web: get(env::GITHUB_SERVER_URL).unwrap_or_else(|| GITHUB_WEB.to_owned()),
            repository: repository.map(str::to_owned).or_else(|| get(env::GITHUB_REPOSITORY))?,
            token: token.map(Secret::new),
            clock,
            timeout: None,
        })
    }
}

/// The branch or tag of this run, without `refs/heads/`; none in a pull request and outside of
/// GitHub Actions.
pub fn branch_or_tag(get: Variables<'_>) -> Option<String> {
    let reference = get(env::GITHUB_REF)?;
    let name =
        reference.strip_prefix("refs/heads/").or_else(|| reference.strip_prefix("refs/tags/"))?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::clock::SystemClock;

    fn login(variables: &[(&str, &str)], repository: Option<&str>) -> Option<Login> {
        let get =
            |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        Login::from_environment(&get, repository, Arc::new(SystemClock))
    }

    #[test]
    fn a_run_on_github_has_a_login_even_without_a_token() {
        let run = [("GITHUB_ACTIONS", "true"), ("GITHUB_REPOSITORY", "acme/models")];
        let login = login(&run, None).unwrap();
        assert_eq!((login.repository.as_str(), login.token), ("acme/models", None));
        assert_eq!(login.api, "https://api.github.com");
    }

    #[test]
    fn a_terminal_has_one_only_with_a_token() {
        let repository = ("GITHUB_REPOSITORY", "acme/models");
        assert!(login(&[repository], None).is_none());
        assert!(login(&[("GITHUB_TOKEN", "t")], None).is_none());
        let api = ("GITHUB_API_URL", "https://github.acme.example/api/v3");
        let login = login(&[repository, ("GITHUB_TOKEN", "t"), api], None).unwrap();
        assert_eq!(login.api, "https://github.acme.example/api/v3");
    }

    #[test]
    fn a_repository_that_is_named_counts_more_than_that_of_the_run() {
        let run = [("GITHUB_ACTIONS", "true"), ("GITHUB_REPOSITORY", "acme/models")];
        assert_eq!(login(&run, Some("acme/training")).unwrap().repository, "acme/training");
    }

    #[test]
    fn only_branches_and_tags_can_be_dispatched() {
        let of = |reference: &str| branch_or_tag(&|_| Some(reference.to_owned()));
        assert_eq!(of("refs/heads/feature/x").as_deref(), Some("feature/x"));
        assert_eq!(of("refs/tags/v1").as_deref(), Some("v1"));
        assert_eq!(of("refs/pull/7/merge"), None);
    }
}
