//! The state of the fake.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::actions::Workflow;
use super::permissions::Permissions;
use crate::fake::{Call, Reply, Site};

/// The state of the fake: one repository and what is in it.
#[derive(Debug)]
pub struct GitHubSite {
    /// Address of the fake.
    pub url: String,
    /// `owner/name`.
    pub repository: String,
    /// The token that is accepted.
    pub token: String,
    /// Login of the person whose token it is; none: the token of a job.
    pub account: Option<String>,
    /// What the token may do.
    pub permissions: Permissions,
    /// Workflows may open pull requests.
    pub may_open_pull_requests: bool,
    /// `return_run_details` is known; older servers refuse it.
    pub knows_run_details: bool,
    /// Deployments of commits that were not pushed to the fake are taken.
    pub takes_every_commit: bool,
    /// The most items of a page.
    pub page: usize,
    /// Comments of issues and pull requests.
    pub comments: Vec<Value>,
    /// Issues.
    pub issues: Vec<Value>,
    /// Pull requests.
    pub pulls: Vec<Value>,
    /// Check runs; `annotations` has all of them.
    pub checks: Vec<Value>,
    /// Deployments; `statuses` has all of them.
    pub deployments: Vec<Value>,
    /// Bodies of `repository_dispatch` and `workflow_dispatch` that were accepted.
    pub dispatches: Vec<Value>,
    /// Runs of workflows.
    pub runs: Vec<Value>,
    /// Workflows.
    pub workflows: Vec<Workflow>,
    /// Commits by name.
    pub commits: BTreeMap<String, Value>,
    /// Trees by name: paths and contents.
    pub trees: BTreeMap<String, BTreeMap<String, String>>,
    /// Branches by name, without `refs/heads/`.
    pub branches: BTreeMap<String, String>,
    /// Calls that GitHub would not know.
    pub violations: Vec<String>,
    last_id: u64,
}

impl GitHubSite {
    /// A repository `acme/models` with an empty branch `main`.
    pub fn new(url: &str) -> Self {
        let mut site = Self {
            url: url.to_owned(),
            repository: "acme/models".to_owned(),
            token: "ghs_fake".to_owned(),
            account: None,
            permissions: Permissions::all(),
            may_open_pull_requests: true,
            knows_run_details: true,
            takes_every_commit: false,
            page: 100,
            comments: Vec::new(),
            issues: Vec::new(),
            pulls: Vec::new(),
            checks: Vec::new(),
            deployments: Vec::new(),
            dispatches: Vec::new(),
            runs: Vec::new(),
            workflows: Vec::new(),
            commits: BTreeMap::new(),
            trees: BTreeMap::new(),
            branches: BTreeMap::new(),
            violations: Vec::new(),
            last_id: 1_000,
        };
        site.push("main", &[]);
        site
    }

    /// A number that was not used before.
    pub fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// The next number of an issue or pull request.
    pub(super) fn next_number(&self) -> u64 {
        let numbers = self.issues.iter().chain(&self.pulls).filter_map(|i| i["number"].as_u64());
        numbers.max().unwrap_or(0) + 1
    }

    /// Who writes with the token.
    pub(super) fn author(&self) -> Value {
        match &self.account {
            Some(login) => json!({ "login": login, "id": 2, "type": "User" }),
            None => json!({ "login": "github-actions[bot]", "id": 41_898_282, "type": "Bot" }),
        }
    }

    /// Address of a page for people.
    pub(super) fn web(&self, path: &str) -> String {
        format!("https://github.com/{}/{path}", self.repository)
    }

    /// Remembers a call that GitHub would not know.
    pub(super) fn violated(&mut self, call: &Call, why: &str) {
        self.violations.push(format!("{}: {why}", call.line()));
    }

    /// Everything, as JSON.
    pub fn dump(&self) -> Value {
        let files = self.branches.iter().map(|(name, commit)| {
            let tree = self.commits[commit]["tree"]["sha"].as_str().unwrap_or_default();
            (name.clone(), json!(self.trees.get(tree)))
        });
        json!({
            "comments": self.comments,
            "issues": self.issues,
            "pulls": self.pulls,
            "checks": self.checks,
            "deployments": self.deployments,
            "dispatches": self.dispatches,
            "runs": self.runs,
            "branches": self.branches,
            "files": files.collect::<serde_json::Map<_, _>>(),
            "violations": self.violations,
        })
    }
}

impl Site for GitHubSite {
    fn answer(&mut self, call: &Call) -> Reply {
        super::routes::answer(self, call)
    }
}
