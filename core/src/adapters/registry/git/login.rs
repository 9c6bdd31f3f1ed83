//! The CI job's own token as `git`'s login, so that a checkout need not keep credentials on disk,
//! where every other step of the job could read them.

use base64::Engine as _;

use crate::config::env;
use crate::domain::secret::Secret;

/// Reads environment variables.
type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What `git` sends to the server of this job, and to no other.
#[derive(Debug, Clone)]
pub struct JobLogin {
    /// Address of the server, with a `/` at its end.
    server: String,
    /// The header.
    header: Secret,
}

impl JobLogin {
    /// The login of the CI job that this process is a step of; none elsewhere, or where the step
    /// has no token.
    pub fn read(get: Variables<'_>) -> Option<Self> {
        let says = |name: &str| get(name).is_some_and(|v| v.eq_ignore_ascii_case("true"));
        let (server, header) = if says(env::GITHUB_ACTIONS) {
            let pair = format!("x-access-token:{}", get(env::GITHUB_TOKEN)?);
            let pair = base64::engine::general_purpose::STANDARD.encode(pair);
            (get(env::GITHUB_SERVER_URL)?, format!("AUTHORIZATION: basic {pair}"))
        } else if says(env::TF_BUILD) {
            let token = get(env::AZURE_TOKEN).or_else(|| get(env::AZURE_TASK_TOKEN))?;
            (get(env::AZURE_COLLECTION)?, format!("AUTHORIZATION: bearer {token}"))
        } else {
            return None;
        };
        let server = format!("{}/", server.trim_end_matches('/'));
        // In the clear a token goes no further than this machine.
        let shielded = ["https://", "http://127.0.0.1:", "http://[::1]:"];
        let shielded = shielded.iter().any(|start| server.starts_with(start));
        let sound = shielded && !header.contains(['\r', '\n', '\0']);
        sound.then(|| Self { server, header: Secret::new(header) })
    }

    /// The variables that give `git` this configuration, after the `inherited` number of settings
    /// that it is given already. They are not on the command line, which every process can read.
    pub(super) fn variables(&self, inherited: Option<&str>) -> Vec<(String, String)> {
        let first: usize = inherited.and_then(|count| count.parse().ok()).unwrap_or(0);
        let key = format!("http.{}.extraheader", self.server);
        // An empty value takes back the headers that a checkout may have left: a server refuses two.
        let values = [String::new(), self.header.expose().to_owned()];
        let mut variables = vec![("GIT_CONFIG_COUNT".to_owned(), (first + 2).to_string())];
        for (position, value) in (first..).zip(values) {
            variables.push((format!("GIT_CONFIG_KEY_{position}"), key.clone()));
            variables.push((format!("GIT_CONFIG_VALUE_{position}"), value));
        }
        variables
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(variables: &[(&str, &str)]) -> Option<JobLogin> {
        JobLogin::read(&|name| {
            variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())
        })
    }

    const GITHUB: [(&str, &str); 3] = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_SERVER_URL", "https://github.acme.example"),
        ("GITHUB_TOKEN", "ghs_1"),
    ];

    /// What `git config` makes of the variables.
    fn headers(login: &JobLogin, address: &str, inherited: &[(&str, &str)]) -> String {
        let count = inherited.iter().find(|(name, _)| *name == "GIT_CONFIG_COUNT").map(|(_, v)| *v);
        let out = std::process::Command::new("git")
            .args(["config", "--get-urlmatch", "http.extraheader", address])
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .envs(inherited.iter().copied())
            .envs(login.variables(count))
            .current_dir(std::env::temp_dir())
            .output()
            .unwrap();
        String::from_utf8(out.stdout).unwrap()
    }

    #[test]
    fn the_jobs_token_goes_to_the_jobs_server_only() {
        let login = login(&GITHUB).unwrap();
        let expected = "AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46Z2hzXzE=\n";
        let mine = "https://github.acme.example/acme/models.git";
        assert_eq!(headers(&login, mine, &[]), expected);
        assert_eq!(headers(&login, "https://elsewhere.example/acme/models.git", &[]), "");
    }

    #[test]
    fn settings_that_git_is_given_already_stay() {
        let login = login(&GITHUB).unwrap();
        let inherited = [
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "http.https://other.example/.extraheader"),
            ("GIT_CONFIG_VALUE_0", "X: 1"),
        ];
        assert_eq!(headers(&login, "https://other.example/a.git", &inherited), "X: 1\n");
        assert_ne!(headers(&login, "https://github.acme.example/a.git", &inherited), "");
    }

    #[test]
    fn azure_pipelines_has_a_token_for_tasks_and_one_for_scripts() {
        let base = [("TF_BUILD", "True"), ("SYSTEM_COLLECTIONURI", "https://dev.azure.com/acme/")];
        assert!(login(&base).is_none());
        for name in ["SYSTEM_ACCESSTOKEN", env::AZURE_TASK_TOKEN] {
            let login = login(&[base[0], base[1], (name, "t0ken")]).unwrap();
            let address = "https://dev.azure.com/acme/models/_git/models";
            assert_eq!(headers(&login, address, &[]), "AUTHORIZATION: bearer t0ken\n");
        }
    }

    #[test]
    fn there_is_no_login_outside_of_ci_without_a_token_or_without_tls() {
        assert!(login(&GITHUB[1..]).is_none());
        assert!(login(&GITHUB[..2]).is_none());
        let plain = ("GITHUB_SERVER_URL", "http://github.acme.example");
        assert!(login(&[GITHUB[0], plain, GITHUB[2]]).is_none());
        let broken = ("GITHUB_TOKEN", "a\nX-Other: 1");
        assert!(login(&[GITHUB[0], GITHUB[1], broken]).is_some(), "it is base64 on GitHub");
    }

    #[test]
    fn a_login_is_never_shown() {
        let text = format!("{:?}", login(&GITHUB).unwrap());
        assert!(!text.contains("ghs_1") && !text.contains("eC1hY"), "{text}");
    }
}
