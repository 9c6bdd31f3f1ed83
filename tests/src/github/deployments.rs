//! Deployments and their statuses.

use serde_json::{Value, json};

use super::permissions::message;
use super::site::GitHubSite;
use super::{lists, shape};
use crate::fake::{Call, Reply};

const STATES: [&str; 7] =
    ["error", "failure", "inactive", "in_progress", "queued", "pending", "success"];
/// Characters of a description.
const DESCRIPTION: usize = 140;

pub(super) fn list(site: &mut GitHubSite, call: &Call, _: &[&str]) -> Reply {
    let same = |d: &&Value, name: &str| call.asked(name).is_none_or(|asked| d[name] == asked);
    let filters = ["environment", "task", "ref", "sha"];
    let found = site.deployments.iter().rev().filter(|d| filters.iter().all(|f| same(d, f)));
    lists::page(site, call, None, found.map(shown).collect())
}

fn shown(deployment: &Value) -> Value {
    let mut deployment = deployment.clone();
    if let Some(fields) = deployment.as_object_mut() {
        fields.remove("statuses");
    }
    deployment
}

pub(super) fn create(site: &mut GitHubSite, call: &Call, _: &[&str]) -> Reply {
    let optional = [
        "task:text",
        "auto_merge:flag",
        "required_contexts:list",
        "payload:any",
        "environment:text",
        "description:text",
        "transient_environment:flag",
        "production_environment:flag",
    ];
    let body = match shape::body(site, call, &["ref:text"], &optional) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    if body["auto_merge"] != false || body["required_contexts"] != json!([]) {
        return message(409, "Conflict: Commit status checks failed for the ref.");
    }
    let reference = body["ref"].as_str().unwrap_or_default();
    let known = site.commits.contains_key(reference) || site.branches.contains_key(reference);
    if !known && !site.takes_every_commit {
        return message(422, &format!("No ref found for: {reference}"));
    }
    if too_long(&body) {
        return message(422, "Description is too long (maximum is 140 characters)");
    }
    let deployment = json!({
        "id": site.next_id(),
        "ref": reference,
        "sha": reference,
        "task": body["task"],
        "environment": body["environment"],
        "description": body["description"],
        "payload": body["payload"],
        "creator": site.author(),
        "statuses": [],
    });
    site.deployments.push(deployment.clone());
    Reply::json(201, &shown(&deployment))
}

fn too_long(body: &Value) -> bool {
    body["description"].as_str().is_some_and(|d| d.chars().count() > DESCRIPTION)
}

fn find<'a>(site: &'a mut GitHubSite, id: &str) -> Option<&'a mut Value> {
    let id: u64 = id.parse().ok()?;
    site.deployments.iter_mut().find(|d| d["id"] == id)
}

pub(super) fn delete(site: &mut GitHubSite, _: &Call, rest: &[&str]) -> Reply {
    let only = site.deployments.len() == 1;
    let Some(deployment) = find(site, rest[1]) else { return message(404, "Not Found") };
    let newest = deployment["statuses"].as_array().and_then(|s| s.last());
    if !only && newest.is_none_or(|s| s["state"] != "inactive") {
        return message(422, "We cannot delete an active deployment unless it is the only one.");
    }
    let id = deployment["id"].clone();
    site.deployments.retain(|d| d["id"] != id);
    Reply::empty(204)
}

pub(super) fn statuses(site: &mut GitHubSite, call: &Call, rest: &[&str]) -> Reply {
    let Some(deployment) = find(site, rest[1]) else { return message(404, "Not Found") };
    let mut all = deployment["statuses"].as_array().cloned().unwrap_or_default();
    all.reverse();
    lists::page(site, call, None, all)
}

pub(super) fn tell(site: &mut GitHubSite, call: &Call, rest: &[&str]) -> Reply {
    let optional = [
        "target_url:text",
        "log_url:text",
        "description:text",
        "environment:text",
        "environment_url:text",
        "auto_inactive:flag",
    ];
    let body = match shape::body(site, call, &["state:text"], &optional) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let state = body["state"].as_str().unwrap_or_default();
    let web = |name: &str| body[name].as_str().is_none_or(|url| url.starts_with("http"));
    if !STATES.contains(&state) || too_long(&body) || !web("log_url") || !web("environment_url") {
        site.violated(call, &format!("a wrong status: {body}"));
        return message(422, "Validation Failed");
    }
    let mut status = body.clone();
    status["id"] = json!(site.next_id());
    let Some(deployment) = find(site, rest[1]) else { return message(404, "Not Found") };
    if let Some(all) = deployment["statuses"].as_array_mut() {
        all.push(status.clone());
    }
    Reply::json(201, &status)
}
