//! `workflow_dispatch`: starts one workflow, with inputs.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use super::runs::{Runs, Sent};
use crate::adapters::github::{GitHub, Login, Permission};
use crate::adapters::http::{self, Failure, Request};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::ports::trigger::{RunState, Started, TrainingRequest, Trigger};

/// Inputs that GitHub takes, `event` and `model` among them.
const INPUTS: usize = 25;
/// Characters of all inputs together.
const CHARACTERS: usize = 65_535;
/// The inputs that every training gets.
const OWN: [&str; 2] = ["event", "model"];

/// The workflow that trains.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// File name, or id.
    pub file: String,
    /// Branch or tag; none: the default branch.
    pub reference: Option<String>,
    /// Inputs besides `event` and `model`.
    pub inputs: BTreeMap<String, String>,
    /// It is not in the repository of this run.
    pub elsewhere: bool,
}

/// Starts a workflow of GitHub Actions.
pub struct WorkflowTrigger {
    github: GitHub,
    workflow: Workflow,
}

#[derive(Deserialize)]
struct Details {
    workflow_run_id: u64,
    html_url: Option<String>,
}

#[derive(Deserialize)]
struct Repository {
    default_branch: String,
}

#[derive(Deserialize)]
struct Described {
    name: String,
    path: String,
    state: String,
}

#[derive(Deserialize)]
struct Content {
    content: String,
}

impl WorkflowTrigger {
    /// A trigger; nothing is sent yet.
    ///
    /// # Errors
    /// More inputs than GitHub takes, or one that every training gets anyway; as [`GitHub::new`].
    pub fn new(login: Login, workflow: Workflow) -> Result<Self> {
        let inputs = &workflow.inputs;
        if let Some(own) = OWN.iter().find(|own| inputs.contains_key(**own)) {
            return Err(Error::config(format!("`retrain.workflow.inputs` has `{own}`"))
                .hint("remove it: it is set for every training"));
        }
        if inputs.len() + OWN.len() > INPUTS {
            let more = inputs.len();
            return Err(Error::config(format!("`retrain.workflow.inputs` has {more} inputs"))
                .hint(format!("GitHub takes {INPUTS}, with {} of our own", OWN.len())));
        }
        let length: usize = inputs.iter().map(|(k, v)| k.len() + v.len()).sum();
        if length > CHARACTERS - 1_000 {
            return Err(Error::config(format!(
                "`retrain.workflow.inputs` has {length} characters"
            ))
            .hint(format!("GitHub takes {CHARACTERS}")));
        }
        Ok(Self { github: GitHub::new(login)?, workflow })
    }

    fn runs(&self) -> Runs<'_> {
        let file = &self.workflow.file;
        Runs {
            github: &self.github,
            request: Request::get(&self.github.path(&["actions", "workflows", file, "runs"]))
                .query("event", "workflow_dispatch"),
            needs: Permission::Actions,
            page: format!("{}/actions/workflows/{file}", self.github.web()),
        }
    }

    fn reference(&self) -> http::Result<String> {
        if let Some(reference) = &self.workflow.reference {
            return Ok(reference.clone());
        }
        let path = self.github.path(&[]);
        let found: Repository = self.github.ask(&Request::get(&path), Permission::Read)?;
        Ok(found.default_branch)
    }

    fn send(&self, reference: &str, request: &TrainingRequest) -> http::Result<Sent> {
        let path = self.github.path(&["actions", "workflows", &self.workflow.file, "dispatches"]);
        let mut inputs = json!(self.workflow.inputs);
        inputs["event"] = json!(request.event.to_string());
        inputs["model"] = json!(request.model);
        let post = |body| self.github.send(&Request::post(&path).json(&body), Permission::Actions);
        let mut answer =
            post(json!({ "ref": reference, "inputs": inputs, "return_run_details": true }));
        if answer.as_ref().is_err_and(knows_no_details) {
            answer = post(json!({ "ref": reference, "inputs": inputs }));
        }
        // From here on the run exists: an answer that cannot be read is no failure.
        Ok(match answer?.json::<Details>() {
            Ok(details) => Sent::Run { id: details.workflow_run_id, url: details.html_url },
            Err(_) => Sent::Taken,
        })
    }

    fn explain(&self, failure: Failure) -> Failure {
        let file = &self.workflow.file;
        let said = failure.said();
        let wrong = |hint: String| Some((ErrorKind::Config, hint));
        let told = match failure.status() {
            Some(401 | 403 | 404) if self.workflow.elsewhere => Some((
                failure.kind(),
                format!(
                    "a job's own token reaches its own repository alone: pass the token of an app \
                     or person that may write to the actions of {}",
                    self.github.full_name()
                ),
            )),
            Some(404) => Some((
                failure.kind(),
                format!(
                    "check that `{file}` (`retrain.workflow.file`) is in .github/workflows on the \
                     default branch, and write `permissions: {{{}}}` in the job",
                    Permission::Actions
                ),
            )),
            Some(422) if said.contains("workflow_dispatch") => wrong(format!(
                "add `workflow_dispatch:` with the inputs `event` and `model` below `on:` of {file}"
            )),
            Some(422) if said.contains("inputs") => wrong(format!(
                "declare the inputs `event`, `model` and those of `retrain.workflow.inputs` below \
                 `workflow_dispatch:` of {file}"
            )),
            Some(422) if said.contains("ref") => wrong(
                "check `retrain.workflow.ref`: a branch or a tag of the repository".to_owned(),
            ),
            _ => None,
        };
        match told {
            Some((kind, hint)) => {
                failure.told_as(|e| Error::new(kind, e.to_string()).hint(hint).caused_by(e))
            }
            None => failure,
        }
    }

    /// What the file says, as far as it can be read: none when the token may not.
    fn text(&self, path: &str, reference: &str) -> http::Result<Option<String>> {
        let request = Request::get(&self.github.path(&["contents", path])).query("ref", reference);
        let content: Content = match self.github.ask(&request, Permission::Read) {
            Err(failure) if matches!(failure.status(), Some(403 | 404)) => return Ok(None),
            answer => answer?,
        };
        let bytes = STANDARD.decode(content.content.replace(['\n', '\r'], ""));
        Ok(bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok()))
    }
}

/// Servers before 2026 refuse the field by which the run's id is asked for.
fn knows_no_details(failure: &Failure) -> bool {
    failure.status() == Some(400)
        || (failure.status() == Some(422) && failure.said().contains("return_run_details"))
}

impl Trigger for WorkflowTrigger {
    fn name(&self) -> &'static str {
        "github-workflow"
    }

    fn describe(&self) -> String {
        let Workflow { file, reference, .. } = &self.workflow;
        let on = reference.as_deref().unwrap_or("the default branch");
        format!("dispatches the workflow {file} of {} on {on}", self.github.full_name())
    }

    fn preview(&self, _request: &TrainingRequest) -> Result<String> {
        let path = self.github.path(&["actions", "workflows", &self.workflow.file]);
        let found: Described = self
            .github
            .ask(&Request::get(&path), Permission::Actions)
            .map_err(|f| self.explain(f))?;
        let file = &self.workflow.file;
        if found.state != "active" {
            return Err(Error::config(format!("the workflow {file} is {}", found.state))
                .hint("enable it on the Actions page of the repository"));
        }
        let reference = self.reference()?;
        let describe = format!(
            "dispatches the workflow `{}` ({}) of {} on {reference}",
            found.name,
            found.path,
            self.github.full_name()
        );
        let Some(text) = self.text(&found.path, &reference)? else {
            return Ok(format!("{describe}; it exists and is enabled, its file could not be read"));
        };
        if !text.contains("workflow_dispatch") {
            let message =
                format!("{} on {reference} has no `workflow_dispatch` trigger", found.path);
            return Err(Error::config(message).hint(format!(
                "add `workflow_dispatch:` with the inputs `event` and `model` below `on:` of {file}"
            )));
        }
        let named = text.lines().any(|l| l.starts_with("run-name:") && l.contains("event"));
        Ok(if named {
            format!("{describe}; it exists, is enabled and can be dispatched")
        } else {
            format!(
                "{describe}; it exists, is enabled and can be dispatched, but has no `run-name: \
                 retrain ${{{{ inputs.event }}}}`, by which its run is found again"
            )
        })
    }

    fn start(&self, request: &TrainingRequest) -> Result<Started> {
        let reference = self.reference()?;
        self.runs().start_once(
            request.event,
            |failure| self.explain(failure),
            || self.send(&reference, request),
        )
    }

    fn state(&self, started: &Started) -> Result<RunState> {
        self.runs().state(started)
    }
}
