//! Workflows, their runs, and what starts them.

use serde_json::{Value, json};

use super::permissions::message;
use super::site::GitHubSite;
use super::{lists, shape};
use crate::fake::{Call, Reply};

/// Inputs of a dispatch, and keys of a payload.
const INPUTS: usize = 25;
const KEYS: usize = 10;
/// Characters of a payload.
const PAYLOAD: usize = 65_535;

/// A workflow.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// File name.
    pub file: String,
    /// It can be started by `workflow_dispatch` with these inputs.
    pub inputs: Option<Vec<String>>,
    /// The types of `repository_dispatch` that start it.
    pub listens: Vec<String>,
    /// The run's title names its event.
    pub names_event: bool,
    /// `active`, `disabled_manually` …
    pub state: String,
}

impl Workflow {
    /// One with the inputs `event` and `model` that listens to `outerloop-retrain`, too.
    pub fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            inputs: Some(vec!["event".to_owned(), "model".to_owned()]),
            listens: vec!["outerloop-retrain".to_owned()],
            names_event: true,
            state: "active".to_owned(),
        }
    }

    fn path(&self) -> String {
        format!(".github/workflows/{}", self.file)
    }

    fn text(&self) -> String {
        let name = if self.names_event { "run-name: retrain ${{ inputs.event }}\n" } else { "" };
        let on = if self.inputs.is_some() { "workflow_dispatch" } else { "push" };
        format!("name: train\n{name}on:\n  {on}:\n")
    }
}

impl GitHubSite {
    /// Adds a workflow and its file.
    pub fn add_workflow(&mut self, workflow: Workflow) {
        self.push("main", &[(&workflow.path(), &workflow.text())]);
        self.workflows.push(workflow);
    }

    /// Ends a run.
    ///
    /// # Panics
    /// There is no such run.
    pub fn finish_run(&mut self, id: u64, conclusion: &str) {
        let run = self.runs.iter_mut().find(|r| r["id"] == id).expect("a run");
        run["status"] = json!("completed");
        run["conclusion"] = json!(conclusion);
    }

    /// Starts a run as anything may that is not outerloop; gives its id.
    pub fn start_run(&mut self, workflow: &Workflow, by: &str, event: Option<&str>) -> u64 {
        let id = self.next_id();
        let title = match event.filter(|_| workflow.names_event) {
            Some(event) => format!("retrain {event}"),
            None => "train".to_owned(),
        };
        self.runs.push(json!({
            "id": id,
            "name": "train",
            "display_title": title,
            "path": workflow.path(),
            "event": by,
            "status": "queued",
            "conclusion": null,
            "html_url": self.web(&format!("actions/runs/{id}")),
        }));
        id
    }

    fn named(&self, file: &str) -> Option<Workflow> {
        self.workflows.iter().find(|w| w.file == file).cloned()
    }
}

pub(super) fn workflow(site: &mut GitHubSite, _: &Call, rest: &[&str]) -> Reply {
    let Some(workflow) = site.named(rest[2]) else { return message(404, "Not Found") };
    let body =
        json!({ "id": 1, "name": "train", "path": workflow.path(), "state": workflow.state });
    Reply::json(200, &body)
}

pub(super) fn workflow_runs(site: &mut GitHubSite, call: &Call, rest: &[&str]) -> Reply {
    let Some(workflow) = site.named(rest[2]) else { return message(404, "Not Found") };
    listed(site, call, |run| run["path"] == workflow.path())
}

pub(super) fn runs(site: &mut GitHubSite, call: &Call, _: &[&str]) -> Reply {
    listed(site, call, |_| true)
}

fn listed(site: &GitHubSite, call: &Call, wanted: impl Fn(&Value) -> bool) -> Reply {
    let event = call.asked("event");
    let own = site.runs.iter().rev().filter(|r| wanted(r) && event.is_none_or(|e| r["event"] == e));
    lists::page(site, call, Some("workflow_runs"), own.cloned().collect())
}

pub(super) fn run(site: &mut GitHubSite, _: &Call, rest: &[&str]) -> Reply {
    let id: u64 = rest[2].parse().unwrap_or_default();
    match site.runs.iter().find(|r| r["id"] == id) {
        Some(run) => Reply::json(200, run),
        None => message(404, "Not Found"),
    }
}

pub(super) fn workflow_dispatch(site: &mut GitHubSite, call: &Call, rest: &[&str]) -> Reply {
    let Some(workflow) = site.named(rest[2]) else { return message(404, "Not Found") };
    let details = call.json()["return_run_details"] == true;
    if details && !site.knows_run_details {
        let text = "Invalid request.\n\n\"return_run_details\" is not a permitted key.";
        return message(400, text);
    }
    let optional = ["inputs:object", "return_run_details:flag"];
    let body = match shape::body(site, call, &["ref:text"], &optional) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let reference = body["ref"].as_str().unwrap_or_default();
    if !site.branches.contains_key(reference) {
        return message(422, &format!("No ref found for: {reference}"));
    }
    let Some(known) = &workflow.inputs else {
        return message(422, "Workflow does not have 'workflow_dispatch' trigger");
    };
    let inputs = body["inputs"].as_object().cloned().unwrap_or_default();
    let unexpected: Vec<&String> = inputs.keys().filter(|k| !known.contains(k)).collect();
    if !unexpected.is_empty() || inputs.len() > INPUTS {
        return message(422, &format!("Unexpected inputs provided: {unexpected:?}"));
    }
    let event = inputs.get("event").and_then(Value::as_str);
    let id = site.start_run(&workflow, "workflow_dispatch", event);
    site.dispatches.push(body.clone());
    if !details {
        return Reply::empty(204);
    }
    let answer = json!({
        "workflow_run_id": id,
        "run_url": format!("{}/repos/{}/actions/runs/{id}", site.url, site.repository),
        "html_url": site.web(&format!("actions/runs/{id}")),
    });
    Reply::json(200, &answer)
}

pub(super) fn repository_dispatch(site: &mut GitHubSite, call: &Call, _: &[&str]) -> Reply {
    let body = match shape::body(site, call, &["event_type:text"], &["client_payload:object"]) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let payload = &body["client_payload"];
    let keys = payload.as_object().map_or(0, serde_json::Map::len);
    if keys > KEYS || payload.to_string().len() > PAYLOAD {
        site.violated(call, "the payload is too large");
        return message(422, "No more than 10 properties are allowed; 65535 characters");
    }
    let event_type = body["event_type"].as_str().unwrap_or_default().to_owned();
    let event = payload["event"].as_str().map(str::to_owned);
    for workflow in site.workflows.clone() {
        if workflow.listens.contains(&event_type) {
            site.start_run(&workflow, "repository_dispatch", event.as_deref());
        }
    }
    site.dispatches.push(body);
    Reply::empty(204)
}
