//! What the agent of Azure Pipelines says of its run, as far as the REST API needs it.

use crate::config::env;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::secret::Secret;

/// Where a run belongs, and its login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentRun {
    /// Address of the organisation or collection, without a `/` at its end.
    pub collection: String,
    /// Name of the project.
    pub project: String,
    /// Id of the project, else its name: what calls name.
    pub project_id: String,
    /// The repository that the run builds.
    pub repository: Repository,
    /// Number of the run.
    pub build: Option<String>,
    /// Token of the job, or a personal access token.
    pub token: Secret,
}

/// The repository that a run builds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repository {
    /// One of Azure Repos.
    Azure {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
    },
    /// One on another server, by the agent's word for that: `GitHub`, `Bitbucket` …
    Elsewhere(String),
    /// The environment names none.
    Unknown,
}

impl AgentRun {
    /// Reads the environment; none where it names no organisation or no project.
    ///
    /// # Errors
    /// There is no token.
    pub fn read(get: &dyn Fn(&str) -> Option<String>) -> Result<Option<Self>> {
        let (Some(collection), Some(project)) =
            (get(env::AZURE_COLLECTION), get(env::AZURE_PROJECT))
        else {
            return Ok(None);
        };
        let token = get(env::AZURE_TOKEN)
            // What a pipeline writes for a variable that does not exist.
            .filter(|token| !token.starts_with("$("))
            .or_else(|| get(env::AZURE_TASK_TOKEN))
            .ok_or_else(no_token)?;
        Ok(Some(Self {
            collection: collection.trim_end_matches('/').to_owned(),
            project_id: get(env::AZURE_PROJECT_ID).unwrap_or_else(|| project.clone()),
            project,
            repository: repository(get),
            build: get(env::AZURE_BUILD_ID),
            token: Secret::new(token),
        }))
    }

    /// Who the job acts as, as the security pages list it.
    pub fn identity(&self) -> String {
        let host = self.collection.split("://").nth(1).unwrap_or_default();
        let organisation = match host.split_once('/') {
            Some((_, path)) => path.rsplit('/').next().unwrap_or(path),
            None => host.split('.').next().unwrap_or(host),
        };
        format!("{} Build Service ({organisation})", self.project)
    }
}

fn repository(get: &dyn Fn(&str) -> Option<String>) -> Repository {
    let provider = get(env::AZURE_REPOSITORY_PROVIDER);
    match (provider, get(env::AZURE_REPOSITORY_ID)) {
        (Some(other), _) if other != "TfsGit" => Repository::Elsewhere(other),
        (_, Some(id)) => {
            let name = get(env::AZURE_REPOSITORY_NAME).unwrap_or_else(|| id.clone());
            Repository::Azure { id, name }
        }
        _ => Repository::Unknown,
    }
}

fn no_token() -> Error {
    let name = env::AZURE_TOKEN;
    Error::new(ErrorKind::Permission, "there is no token for Azure DevOps").hint(format!(
        "a script step gets the job's token by `env: {{ {name}: $(System.AccessToken) }}`; the \
         tasks of the extension have it without that"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: [(&str, &str); 7] = [
        ("SYSTEM_COLLECTIONURI", "https://dev.azure.com/acme/"),
        ("SYSTEM_TEAMPROJECT", "credit risk"),
        ("SYSTEM_TEAMPROJECTID", "p-1"),
        ("BUILD_REPOSITORY_ID", "r-1"),
        ("BUILD_REPOSITORY_PROVIDER", "TfsGit"),
        ("BUILD_BUILDID", "7"),
        ("SYSTEM_ACCESSTOKEN", "t0ken"),
    ];

    fn read(changed: &[(&str, &str)]) -> Result<Option<AgentRun>> {
        AgentRun::read(&|name| {
            let both = changed.iter().chain(&RUN);
            let value = both.filter(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()).next();
            value.filter(|v| !v.is_empty())
        })
    }

    #[test]
    fn the_agents_variables_are_understood() {
        let run = read(&[]).unwrap().unwrap();
        assert_eq!(run.collection, "https://dev.azure.com/acme");
        assert_eq!((run.project_id.as_str(), run.build.as_deref()), ("p-1", Some("7")));
        assert_eq!(run.repository, Repository::Azure { id: "r-1".into(), name: "r-1".into() });
        assert_eq!(run.identity(), "credit risk Build Service (acme)");
        assert!(!format!("{run:?}").contains("t0ken"));
    }

    #[test]
    fn the_identity_has_the_organisations_name_on_every_kind_of_server() {
        let named =
            |address| read(&[("SYSTEM_COLLECTIONURI", address)]).unwrap().unwrap().identity();
        assert!(named("https://acme.visualstudio.com/").ends_with("(acme)"));
        assert!(named("https://tfs.acme.example/tfs/Default/").ends_with("(Default)"));
    }

    #[test]
    fn a_missing_token_says_how_a_script_gets_it() {
        for token in ["", "$(System.AccessToken)"] {
            let error = read(&[("SYSTEM_ACCESSTOKEN", token)]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Permission);
            assert!(
                error.hint_text().unwrap().contains("SYSTEM_ACCESSTOKEN: $(System.AccessToken)")
            );
        }
        let task = [
            ("SYSTEM_ACCESSTOKEN", ""),
            ("ENDPOINT_AUTH_PARAMETER_SYSTEMVSSCONNECTION_ACCESSTOKEN", "other"),
        ];
        assert_eq!(read(&task).unwrap().unwrap().token, Secret::new("other"));
    }

    #[test]
    fn a_repository_on_another_server_is_told_apart() {
        let run = read(&[("BUILD_REPOSITORY_PROVIDER", "GitHub")]).unwrap().unwrap();
        assert_eq!(run.repository, Repository::Elsewhere("GitHub".into()));
        assert_eq!(read(&[("SYSTEM_TEAMPROJECT", "")]).unwrap(), None);
    }
}
