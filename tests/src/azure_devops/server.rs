//! The server: who may call what, in which version.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use serde_json::json;

use super::answer::{Answer, missing, ok, refusal};
use super::world::{Build, Permission, PullRequest, World};
use super::{builds, git, pipelines, pull_requests, statuses, threads, work_items};
use crate::fake::{Call, Fake, Reply, Site};

/// The project's name.
pub const PROJECT: &str = "credit risk";
/// Its id.
pub const PROJECT_ID: &str = "11111111-2222-3333-4444-555555555555";
/// The repository's id.
pub const REPOSITORY: &str = "66666666-7777-8888-9999-000000000000";
/// The run that builds it.
pub const BUILD: u64 = 7;
/// The pipeline that trains.
pub const PIPELINE: u64 = 12;
/// The job's token.
pub const TOKEN: &str = "header.payload.signature";
/// The token of the job's own identity.
pub const OIDC_TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzYzovL2FjbWUifQ.c2ln";

/// A running server with one project, one repository with a `main` branch and a pull request with
/// the number 1, one pipeline and the boards of the Basic process.
pub struct AzureDevOpsFake(Fake<World>);

impl Deref for AzureDevOpsFake {
    type Target = Fake<World>;

    fn deref(&self) -> &Fake<World> {
        &self.0
    }
}

impl AzureDevOpsFake {
    /// Starts it; the organisation is `acme`.
    pub fn start() -> Self {
        Self(Fake::start(world))
    }

    /// Address of the organisation, with a `/` at its end, as the agent has it.
    pub fn collection(&self) -> String {
        format!("{}/acme/", self.url)
    }

    /// The variables that the agent gives every task of a run that builds pull request 1.
    pub fn variables(&self) -> BTreeMap<String, String> {
        let head = self.state().branches["refs/heads/feature"].commit.clone();
        let oidc = format!(
            "{}/acme/{PROJECT_ID}/_apis/distributedtask/hubs/build/plans/p-1/jobs/j-1/oidctoken",
            self.url
        );
        [
            ("TF_BUILD", "True"),
            ("SYSTEM_COLLECTIONURI", &self.collection()),
            ("SYSTEM_TEAMPROJECT", PROJECT),
            ("SYSTEM_TEAMPROJECTID", PROJECT_ID),
            ("BUILD_BUILDID", &BUILD.to_string()),
            ("BUILD_REPOSITORY_ID", REPOSITORY),
            ("BUILD_REPOSITORY_NAME", "churn"),
            ("BUILD_REPOSITORY_PROVIDER", "TfsGit"),
            ("SYSTEM_PULLREQUEST_PULLREQUESTID", "1"),
            ("SYSTEM_PULLREQUEST_SOURCECOMMITID", &head),
            ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
            ("SYSTEM_PULLREQUEST_ISFORK", "False"),
            ("SYSTEM_OIDCREQUESTURI", &oidc),
            ("ENDPOINT_AUTH_PARAMETER_SYSTEMVSSCONNECTION_ACCESSTOKEN", TOKEN),
        ]
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
    }

    /// Leaves the token only these permissions.
    pub fn allow(&self, permissions: &[Permission]) {
        self.state().permissions = permissions.iter().copied().collect();
    }

    /// # Panics
    /// Something was sent against the rules of the API.
    pub fn assert_no_violations(&self) {
        let violations = self.state().violations.clone();
        assert!(violations.is_empty(), "sent against the rules of the API: {violations:#?}");
    }
}

fn world(url: &str) -> World {
    let mut world = World {
        url: url.to_owned(),
        permissions: Permission::ALL.into_iter().collect(),
        violations: Vec::new(),
        pull_requests: BTreeMap::new(),
        branches: BTreeMap::new(),
        commits: BTreeMap::new(),
        commit_statuses: BTreeMap::new(),
        work_items: BTreeMap::new(),
        builds: BTreeMap::new(),
        declared: BTreeSet::from(["event".to_owned(), "model".to_owned()]),
        lists_parameters: true,
        tells_parameters: true,
        runs_end: None,
        oidc_asked: 0,
        next: 100,
    };
    world.commit("refs/heads/main", "/README.md", "A model.\n");
    let head = world.commit("refs/heads/feature", "/train.py", "pass\n");
    let pull_request = PullRequest {
        source: "refs/heads/feature".to_owned(),
        target: "refs/heads/main".to_owned(),
        title: "A better model".to_owned(),
        status: "active".to_owned(),
        pushes: vec![head],
        ..PullRequest::default()
    };
    world.pull_requests.insert(1, pull_request);
    let build = Build { definition: 1, status: "inProgress".to_owned(), ..Build::default() };
    world.builds.insert(BUILD, build);
    world
}

impl Site for World {
    fn answer(&mut self, call: &Call) -> Reply {
        let reply = self.route(call).unwrap_or_else(|refused| refused);
        let is_violation = reply.headers.iter().any(|(name, _)| name == "x-fake-violation");
        if is_violation {
            let body = String::from_utf8_lossy(&reply.body).into_owned();
            self.violations.push(format!("{}: {body}", call.line()));
        }
        reply
    }
}

impl World {
    fn route(&mut self, call: &Call) -> Answer {
        if call.header("authorization") != Some(&format!("Bearer {TOKEN}")) {
            return Err(unknown_caller(call));
        }
        let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
        let ["acme", project, "_apis", rest @ ..] = segments.as_slice() else {
            return Err(violation(404, "no such path"));
        };
        if !matches!(*project, PROJECT | PROJECT_ID) {
            return Err(missing(&format!("The project {project}")));
        }
        headers(call, rest)?;
        match rest {
            ["git", "repositories", REPOSITORY, rest @ ..] => self.repository(call, rest),
            ["git", "repositories", other, ..] => Err(missing(&format!("The repository {other}"))),
            ["build", "builds", rest @ ..] => builds::answer(self, call, rest),
            ["pipelines", rest @ ..] => pipelines::answer(self, call, rest),
            ["wit", rest @ ..] => work_items::answer(self, call, rest),
            ["distributedtask", "hubs", "build", "plans", _, "jobs", _, "oidctoken"] => {
                self.oidc(call)
            }
            _ => Err(violation(404, "no such path")),
        }
    }

    fn repository(&mut self, call: &Call, rest: &[&str]) -> Answer {
        match rest {
            [] | ["refs" | "items" | "pushes"] | ["commits", _] => git::answer(self, call, rest),
            ["pullrequests", ..] => pull_requests::answer(self, call, rest),
            ["pullRequests", _, "threads", ..] => threads::answer(self, call, rest),
            ["pullRequests" | "commits", ..] => statuses::answer(self, call, rest),
            _ => Err(violation(404, "no such path")),
        }
    }

    fn oidc(&mut self, call: &Call) -> Answer {
        self.oidc_asked += 1;
        if call.method != "POST" || call.header("content-length") != Some("0") {
            return Err(violation(400, "a POST without a body is expected"));
        }
        match call.asked("serviceConnectionId") {
            Some("unknown") => Err(missing("The service connection")),
            Some(_) => ok(json!({"oidcToken": OIDC_TOKEN})),
            None => Err(violation(400, "serviceConnectionId is missing")),
        }
    }

    /// Refuses a caller without the permission.
    pub(super) fn need(&self, permission: Permission) -> Result<(), Reply> {
        if self.permissions.contains(&permission) {
            return Ok(());
        }
        let message = format!("TF401027: You need the '{permission:?}' permission to do this.");
        Err(refusal(403, "GitNeedsPermissionException", &message))
    }
}

/// Without a login there is a page to sign in, unless the caller asks for an error.
fn unknown_caller(call: &Call) -> Reply {
    if call.header("x-tfs-fedauthredirect") == Some("Suppress") {
        return refusal(401, "UnauthorizedRequestException", "TF400813: not authorized");
    }
    sign_in_page(203)
}

/// The page to sign in.
pub fn sign_in_page(status: u16) -> Reply {
    let page = "<!DOCTYPE html><html><title>Sign in</title></html>";
    Reply::bytes(status, "text/html; charset=utf-8", page.as_bytes().to_vec())
}

fn headers(call: &Call, rest: &[&str]) -> Result<(), Reply> {
    let properties = matches!(rest, ["build", "builds", _, "properties"]);
    let version = if properties { "7.1-preview.1" } else { "7.1" };
    if call.asked("api-version") != Some(version) {
        return Err(violation(400, &format!("the api-version {version} is missing")));
    }
    if !call.header("user-agent").is_some_and(|agent| agent.starts_with("outerloop/")) {
        return Err(violation(400, "the user agent is missing"));
    }
    let patches = properties || matches!(rest, ["wit", "workitems", _]);
    let wanted = match call.method.as_str() {
        _ if call.body.is_empty() => return Ok(()),
        "PATCH" | "POST" if patches => "application/json-patch+json",
        _ => "application/json",
    };
    match call.header("content-type") {
        Some(kind) if kind.split(';').next() == Some(wanted) => Ok(()),
        _ => Err(violation(415, &format!("the content type {wanted} is missing"))),
    }
}

/// A call that no client should make.
pub(super) fn violation(status: u16, why: &str) -> Reply {
    refusal(status, "VssServiceException", why).header("x-fake-violation", "call")
}
