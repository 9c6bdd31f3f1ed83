//! Check runs.

use serde_json::{Value, json};

use super::permissions::message;
use super::site::GitHubSite;
use super::{lists, shape};
use crate::fake::{Call, Reply};

const OPTIONAL: [&str; 8] = [
    "status:text",
    "conclusion:text",
    "external_id:text",
    "details_url:text",
    "started_at:text",
    "completed_at:text",
    "output:object",
    "actions:list",
];
const CONCLUSIONS: [&str; 7] =
    ["success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required"];
/// Annotations of one call.
const AT_ONCE: usize = 50;
/// Characters of a summary.
const SUMMARY: usize = 65_535;

pub(super) fn list(site: &mut GitHubSite, call: &Call, rest: &[&str]) -> Reply {
    let name = call.asked("check_name");
    let found = site
        .checks
        .iter()
        .rev()
        .filter(|c| c["head_sha"] == rest[1] && name.is_none_or(|name| c["name"] == name));
    lists::page(site, call, Some("check_runs"), found.map(shown).collect())
}

/// A check run as it is shown: the annotations are counted, not listed.
fn shown(check: &Value) -> Value {
    let mut check = check.clone();
    let count = check["annotations"].as_array().map_or(0, Vec::len);
    check["output"]["annotations_count"] = json!(count);
    if let Some(fields) = check.as_object_mut() {
        fields.remove("annotations");
    }
    check
}

pub(super) fn create(site: &mut GitHubSite, call: &Call, _: &[&str]) -> Reply {
    let body = match body(site, call, &["name:text", "head_sha:text"]) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let id = site.next_id();
    let mut check = json!({
        "id": id,
        "html_url": site.web(&format!("runs/{id}")),
        "name": body["name"],
        "head_sha": body["head_sha"],
        "annotations": [],
        "output": {},
    });
    set(&mut check, &body);
    site.checks.push(check.clone());
    Reply::json(201, &shown(&check))
}

pub(super) fn read(site: &mut GitHubSite, _: &Call, rest: &[&str]) -> Reply {
    let id: u64 = rest[1].parse().unwrap_or_default();
    match site.checks.iter().find(|c| c["id"] == id) {
        Some(check) => Reply::json(200, &shown(check)),
        None => message(404, "Not Found"),
    }
}

pub(super) fn update(site: &mut GitHubSite, call: &Call, rest: &[&str]) -> Reply {
    let body = match body(site, call, &[]) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let id: u64 = rest[1].parse().unwrap_or_default();
    match site.checks.iter_mut().find(|c| c["id"] == id) {
        Some(check) => {
            set(check, &body);
            Reply::json(200, &shown(check))
        }
        None => message(404, "Not Found"),
    }
}

fn set(check: &mut Value, body: &Value) {
    for name in ["status", "conclusion", "external_id", "details_url"] {
        if !body[name].is_null() {
            check[name] = body[name].clone();
        }
    }
    for name in ["title", "summary", "text"] {
        if !body["output"][name].is_null() {
            check["output"][name] = body["output"][name].clone();
        }
    }
    let more = body["output"]["annotations"].as_array().cloned().unwrap_or_default();
    if let Some(own) = check["annotations"].as_array_mut() {
        own.extend(more);
    }
}

fn body(site: &mut GitHubSite, call: &Call, required: &[&str]) -> Result<Value, Reply> {
    let body = shape::body(site, call, required, &OPTIONAL)?;
    match wrong(&body) {
        None => Ok(body),
        Some(why) => {
            site.violated(call, &why);
            Err(message(422, &why))
        }
    }
}

fn wrong(body: &Value) -> Option<String> {
    let conclusion = body["conclusion"].as_str();
    if let Some(other) = conclusion.filter(|c| !CONCLUSIONS.contains(c)) {
        return Some(format!("{other} is no conclusion"));
    }
    if body["status"] == "completed" && conclusion.is_none() {
        return Some("a completed check needs a conclusion".to_owned());
    }
    let output = &body["output"];
    if output.is_null() {
        return None;
    }
    let parts = ["title:text", "summary:text"];
    if let Some(why) =
        shape::wrong(output, &parts, &["text:text", "annotations:list", "images:list"])
    {
        return Some(why);
    }
    if output["summary"].as_str().is_some_and(|s| s.chars().count() > SUMMARY) {
        return Some("the summary is too long".to_owned());
    }
    let annotations = output["annotations"].as_array().map(Vec::as_slice).unwrap_or_default();
    if annotations.len() > AT_ONCE {
        return Some(format!("{} annotations at once", annotations.len()));
    }
    annotations.iter().find_map(wrong_annotation)
}

fn wrong_annotation(annotation: &Value) -> Option<String> {
    let required = [
        "path:text",
        "start_line:number",
        "end_line:number",
        "annotation_level:text",
        "message:text",
    ];
    let optional = ["title:text", "raw_details:text", "start_column:number", "end_column:number"];
    if let Some(why) = shape::wrong(annotation, &required, &optional) {
        return Some(why);
    }
    let path = annotation["path"].as_str().unwrap_or_default();
    let level = annotation["annotation_level"].as_str().unwrap_or_default();
    if path.is_empty() || path.starts_with('/') || path.starts_with("./") {
        return Some(format!("`{path}` is not relative to the repository"));
    }
    let known = ["notice", "warning", "failure"].contains(&level);
    (!known).then(|| format!("`{level}` is no level"))
}
