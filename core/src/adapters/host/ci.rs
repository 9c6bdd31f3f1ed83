//! What a CI system says of its run, by environment variables, and what the work tree adds.

use std::path::Path;

use super::work_tree;
use crate::config::env;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::package::Provenance;

/// What a CI system says of its run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CiRun {
    /// Address of the run.
    pub url: Option<String>,
    /// Commit that it runs on.
    pub commit: Option<String>,
    /// Address of the repository.
    pub repository: Option<String>,
    /// Who started it.
    pub actor: Option<String>,
}

/// Reads environment variables.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;
/// Reads environment variables, for as long as a host lives.
pub type Get = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

impl CiRun {
    /// What GitHub Actions or Azure Pipelines says; nothing elsewhere.
    pub fn read(get: Variables<'_>) -> Self {
        let says = |name: &str| get(name).is_some_and(|v| v.eq_ignore_ascii_case("true"));
        if says(env::GITHUB_ACTIONS) {
            github(get)
        } else if says(env::TF_BUILD) {
            azure_pipelines(get)
        } else {
            Self::default()
        }
    }

    /// Who acts: whom the environment names, the CI's actor, git's user, the login.
    pub fn actor(get: Variables<'_>) -> String {
        let git = || work_tree::read(Path::new(".")).ok().flatten().and_then(|t| t.user);
        get(env::ACTOR)
            .or_else(|| Self::read(get).actor)
            .or_else(git)
            .or_else(|| get(env::USER))
            .or_else(|| get(env::USERNAME))
            .unwrap_or_else(|| "unknown".to_owned())
    }

    /// The retrain event that the environment names.
    ///
    /// # Errors
    /// It is no digest.
    pub fn cause(get: Variables<'_>) -> Result<Option<Digest>> {
        let Some(text) = get(env::EVENT) else { return Ok(None) };
        let name = env::EVENT;
        let wrong = |e: Error| {
            e.during(name).hint(format!("unset {name}, or set it to the id that `retrain` printed"))
        };
        text.parse().map(Some).map_err(wrong)
    }

    /// Commit, dirty tree, remote and run of the work tree at `folder`.
    ///
    /// # Errors
    /// The repository cannot be read, and the CI does not know the commit either.
    pub fn provenance(self, folder: &Path) -> Result<Provenance> {
        let tree = match work_tree::read(folder) {
            // A container often runs as another user than the checkout: the CI knows as much.
            Err(_) if self.commit.is_some() => None,
            read => read?,
        };
        let stripped = |address: String| work_tree::without_credentials(&address);
        let (commit, dirty, repository) = match tree {
            Some(tree) => (tree.commit, tree.dirty, tree.repository),
            None => (self.commit, None, None),
        };
        Ok(Provenance {
            commit,
            dirty,
            repository: repository.or(self.repository.map(stripped)),
            run: self.url,
            ..Provenance::default()
        })
    }
}

fn github(get: Variables<'_>) -> CiRun {
    let repository = match (get(env::GITHUB_SERVER_URL), get(env::GITHUB_REPOSITORY)) {
        (Some(server), Some(name)) => Some(format!("{}/{name}", server.trim_end_matches('/'))),
        _ => None,
    };
    let url = match (&repository, get(env::GITHUB_RUN_ID)) {
        (Some(repository), Some(run)) => Some(format!("{repository}/actions/runs/{run}")),
        _ => None,
    };
    CiRun { url, commit: get(env::GITHUB_SHA), repository, actor: get(env::GITHUB_ACTOR) }
}

fn azure_pipelines(get: Variables<'_>) -> CiRun {
    let project = get(env::AZURE_PROJECT).map(|p| p.replace(' ', "%20"));
    let url = match (get(env::AZURE_COLLECTION), project, get(env::AZURE_BUILD_ID)) {
        (Some(collection), Some(project), Some(build)) => {
            let collection = collection.trim_end_matches('/');
            Some(format!("{collection}/{project}/_build/results?buildId={build}"))
        }
        _ => None,
    };
    CiRun {
        url,
        commit: get(env::AZURE_COMMIT),
        repository: get(env::AZURE_REPOSITORY),
        actor: get(env::AZURE_ACTOR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(variables: &[(&str, &str)]) -> CiRun {
        CiRun::read(&|name| {
            variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())
        })
    }

    #[test]
    fn github_actions_is_understood() {
        let run = run(&[
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "acme/churn"),
            ("GITHUB_RUN_ID", "42"),
            ("GITHUB_ACTOR", "ada"),
        ]);
        assert_eq!(run.url.as_deref(), Some("https://github.com/acme/churn/actions/runs/42"));
        assert_eq!(run.actor.as_deref(), Some("ada"));
    }

    #[test]
    fn azure_pipelines_is_understood() {
        let run = run(&[
            ("TF_BUILD", "True"),
            ("SYSTEM_COLLECTIONURI", "https://dev.azure.com/acme/"),
            ("SYSTEM_TEAMPROJECT", "credit risk"),
            ("BUILD_BUILDID", "7"),
            ("BUILD_SOURCEVERSION", "abc"),
        ]);
        let expected = "https://dev.azure.com/acme/credit%20risk/_build/results?buildId=7";
        assert_eq!(run.url.as_deref(), Some(expected));
        assert_eq!(run.commit.as_deref(), Some("abc"));
    }

    #[test]
    fn a_terminal_says_nothing() {
        assert_eq!(run(&[("GITHUB_ACTOR", "ada")]), CiRun::default());
    }
}
