//! Issues.

use serde_json::{Value, json};

use super::permissions::message;
use super::site::GitHubSite;
use super::{lists, shape};
use crate::fake::{Call, Reply};

fn labels(names: &Value) -> Value {
    names.as_array().into_iter().flatten().map(|name| json!({ "name": name })).collect()
}

pub(super) fn list(site: &mut GitHubSite, call: &Call, _: &[&str]) -> Reply {
    let state = call.asked("state").unwrap_or("open");
    let wanted: Vec<&str> =
        call.asked("labels").map(|l| l.split(',').collect()).unwrap_or_default();
    let has = |issue: &Value, label: &&str| {
        issue["labels"].as_array().is_some_and(|all| all.iter().any(|l| l["name"] == **label))
    };
    // The newest first; pull requests are listed among issues.
    let issues = site.issues.iter().chain(&site.pulls).rev();
    let found = issues
        .filter(|i| state == "all" || i["state"] == state)
        .filter(|i| wanted.iter().all(|label| has(i, label)));
    lists::page(site, call, None, found.cloned().collect())
}

pub(super) fn create(site: &mut GitHubSite, call: &Call, _: &[&str]) -> Reply {
    let optional = ["body:text", "labels:list", "assignees:list", "milestone:any", "type:text"];
    let body = match shape::body(site, call, &["title:text"], &optional) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let number = site.next_number();
    let issue = json!({
        "id": site.next_id(),
        "number": number,
        "html_url": site.web(&format!("issues/{number}")),
        "title": body["title"],
        "body": body["body"],
        "labels": labels(&body["labels"]),
        "state": "open",
        "state_reason": null,
        "user": site.author(),
    });
    site.issues.push(issue.clone());
    Reply::json(201, &issue)
}

pub(super) fn update(site: &mut GitHubSite, call: &Call, rest: &[&str]) -> Reply {
    let optional = [
        "title:text",
        "body:text",
        "labels:list",
        "assignees:list",
        "milestone:any",
        "state:text",
        "state_reason:text",
    ];
    let body = match shape::body(site, call, &[], &optional) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let number: u64 = rest[1].parse().unwrap_or_default();
    let Some(issue) = site.issues.iter_mut().find(|i| i["number"] == number) else {
        return message(404, "Not Found");
    };
    for (name, value) in body.as_object().into_iter().flatten() {
        issue[name] = if name == "labels" { labels(value) } else { value.clone() };
    }
    Reply::json(200, issue)
}

pub(super) fn label(site: &mut GitHubSite, call: &Call, rest: &[&str]) -> Reply {
    let body = match shape::body(site, call, &["labels:list"], &[]) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let number: u64 = rest[1].parse().unwrap_or_default();
    let Some(issue) = site.issues.iter_mut().find(|i| i["number"] == number) else {
        return message(404, "Not Found");
    };
    let Some(own) = issue["labels"].as_array_mut() else { return message(500, "no labels") };
    for new in labels(&body["labels"]).as_array().into_iter().flatten() {
        if !own.contains(new) {
            own.push(new.clone());
        }
    }
    Reply::json(200, &issue["labels"])
}
