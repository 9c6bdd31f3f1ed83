//! Which call goes where, and what it needs.

use serde_json::json;

use super::permissions::{Level, message, refused};
use super::site::GitHubSite;
use super::{actions, checks, comments, deployments, git, issues, oidc, pulls};
use crate::fake::{Call, Reply};

type Handler = fn(&mut GitHubSite, &Call, &[&str]) -> Reply;

pub(super) fn answer(site: &mut GitHubSite, call: &Call) -> Reply {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    match (call.method.as_str(), segments.as_slice()) {
        ("GET", ["__state"]) => return Reply::json(200, &site.dump()),
        ("GET", ["oidc"]) => return oidc::token(site, call),
        _ => {}
    }
    headers(site, call);
    if call.header("authorization") != Some(&format!("Bearer {}", site.token)) {
        return message(401, "Bad credentials");
    }
    if let ("GET", ["user"]) = (call.method.as_str(), segments.as_slice()) {
        return if site.account.is_some() { Reply::json(200, &site.author()) } else { refused() };
    }
    let ["repos", owner, name, rest @ ..] = segments.as_slice() else {
        return unknown(site, call);
    };
    if format!("{owner}/{name}") != site.repository {
        return message(404, "Not Found");
    }
    let Some((needs, handler)) = route(&call.method, rest) else { return unknown(site, call) };
    let allowed = |(name, level): &(&str, Level)| site.permissions.allow(name, *level);
    if !needs.is_empty() && !needs.iter().any(allowed) {
        return refused();
    }
    handler(site, call, rest)
}

/// What a call needs (any of them) and who answers it.
fn route(method: &str, rest: &[&str]) -> Option<(Vec<(&'static str, Level)>, Handler)> {
    let level = if method == "GET" { Level::Read } else { Level::Write };
    let needs = |names: &[&'static str]| names.iter().map(|name| (*name, level)).collect();
    let (names, handler): (&[&'static str], Handler) = match (method, rest) {
        ("GET", []) => (&[], repository),
        ("GET", ["issues", _, "comments"]) => (&["issues", "pull-requests"], comments::list),
        ("POST", ["issues", _, "comments"]) => (&["issues", "pull-requests"], comments::create),
        ("PATCH", ["issues", "comments", _]) => (&["issues", "pull-requests"], comments::update),
        ("DELETE", ["issues", "comments", _]) => (&["issues", "pull-requests"], comments::delete),
        ("GET", ["issues"]) => (&["issues"], issues::list),
        ("POST", ["issues"]) => (&["issues"], issues::create),
        ("PATCH", ["issues", _]) => (&["issues"], issues::update),
        ("POST", ["issues", _, "labels"]) => (&["issues"], issues::label),
        ("POST", ["check-runs"]) => (&["checks"], checks::create),
        ("GET", ["check-runs", _]) => (&["checks"], checks::read),
        ("PATCH", ["check-runs", _]) => (&["checks"], checks::update),
        ("GET", ["commits", _, "check-runs"]) => (&["checks"], checks::list),
        ("GET", ["git", "ref", "heads", ..]) => (&["contents"], git::reference),
        ("POST", ["git", "refs"]) => (&["contents"], git::create_reference),
        ("PATCH", ["git", "refs", "heads", ..]) => (&["contents"], git::update_reference),
        ("GET", ["git", "commits", _]) => (&["contents"], git::commit),
        ("POST", ["git", "commits"]) => (&["contents"], git::create_commit),
        ("POST", ["git", "trees"]) => (&["contents"], git::create_tree),
        ("GET", ["contents", ..]) => (&["contents"], git::contents),
        ("GET", ["pulls"]) => (&["pull-requests"], pulls::list),
        ("POST", ["pulls"]) => (&["pull-requests"], pulls::create),
        ("PATCH", ["pulls", _]) => (&["pull-requests"], pulls::update),
        ("GET", ["deployments"]) => (&["deployments"], deployments::list),
        ("POST", ["deployments"]) => (&["deployments"], deployments::create),
        ("DELETE", ["deployments", _]) => (&["deployments"], deployments::delete),
        ("GET", ["deployments", _, "statuses"]) => (&["deployments"], deployments::statuses),
        ("POST", ["deployments", _, "statuses"]) => (&["deployments"], deployments::tell),
        ("POST", ["dispatches"]) => (&["contents"], actions::repository_dispatch),
        ("GET", ["actions", "workflows", _]) => (&["actions"], actions::workflow),
        ("GET", ["actions", "workflows", _, "runs"]) => (&["actions"], actions::workflow_runs),
        ("POST", ["actions", "workflows", _, "dispatches"]) => {
            (&["actions"], actions::workflow_dispatch)
        }
        ("GET", ["actions", "runs"]) => (&["actions"], actions::runs),
        ("GET", ["actions", "runs", _]) => (&["actions"], actions::run),
        _ => return None,
    };
    Some((needs(names), handler))
}

fn headers(site: &mut GitHubSite, call: &Call) {
    let expected =
        [("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")];
    for (name, value) in expected {
        if call.header(name) != Some(value) {
            site.violated(call, &format!("the header {name} is {:?}", call.header(name)));
        }
    }
    if !call.header("user-agent").is_some_and(|agent| agent.starts_with("outerloop/")) {
        site.violated(call, "no user agent names outerloop");
    }
}

fn unknown(site: &mut GitHubSite, call: &Call) -> Reply {
    site.violated(call, "there is no such call");
    message(404, "Not Found")
}

fn repository(site: &mut GitHubSite, _: &Call, _: &[&str]) -> Reply {
    let body = json!({
        "full_name": site.repository,
        "default_branch": "main",
        "html_url": format!("https://github.com/{}", site.repository),
    });
    Reply::json(200, &body)
}
