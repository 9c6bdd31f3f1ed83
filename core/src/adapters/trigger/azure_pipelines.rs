//! Trains by a run of a pipeline of Azure Pipelines.
//!
//! A run carries the event as a template parameter, by which it is found again. Before a run is
//! asked for, it is looked whether one for the event is under way: an earlier process may have been
//! killed after it asked. When the answer is lost, it is looked before the run is asked for again.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::azure_runs::{Found, Run, Runs};
use crate::adapters::azure::devops::{DevOps, QUEUE_BUILDS, VIEW_BUILDS};
use crate::adapters::http::{Failure, Request};
use crate::domain::error::{Error, Result};
use crate::ports::trigger::{RunState, Started, TrainingRequest, Trigger};

/// How often a run is asked for when nobody knows whether there is one.
const ATTEMPTS: usize = 3;
/// Times after which it is looked for a run whose answer was lost.
const LOOKS: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(6)];
/// The parameters that every run gets.
const EVENT: &str = "event";
const MODEL: &str = "model";

/// A pipeline of Azure Pipelines.
pub struct AzurePipelinesTrigger {
    devops: DevOps,
    project: String,
    pipeline: u64,
    reference: Option<String>,
    parameters: BTreeMap<String, String>,
}

/// Which pipeline, and what it is given.
#[derive(Debug, Clone, Default)]
pub struct Pipeline {
    /// Its number.
    pub id: u64,
    /// The project; none: that of this run.
    pub project: Option<String>,
    /// The branch to run on; none: the pipeline's default branch.
    pub reference: Option<String>,
    /// Template parameters besides `event` and `model`.
    pub parameters: BTreeMap<String, String>,
}

impl AzurePipelinesTrigger {
    /// A trigger for a pipeline; nothing is sent yet.
    ///
    /// # Errors
    /// A parameter that the run gets anyway.
    pub fn new(devops: DevOps, pipeline: Pipeline) -> Result<Self> {
        let Pipeline { id, project, reference, parameters } = pipeline;
        if let Some(taken) = [EVENT, MODEL].into_iter().find(|name| parameters.contains_key(*name))
        {
            let message = format!("`retrain.pipeline.parameters.{taken}` is set by each request");
            return Err(Error::config(message).hint("remove it, or give it another name"));
        }
        let project = project.unwrap_or_else(|| devops.run().project_id.clone());
        let reference = reference.map(|branch| {
            if branch.starts_with("refs/") { branch } else { format!("refs/heads/{branch}") }
        });
        Ok(Self { devops, project, pipeline: id, reference, parameters })
    }

    fn runs(&self) -> Runs<'_> {
        Runs { devops: &self.devops, project: &self.project, pipeline: self.pipeline }
    }

    fn body(&self, request: &TrainingRequest) -> Value {
        let mut parameters: Map<String, Value> =
            self.parameters.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        parameters.insert(EVENT.to_owned(), json!(request.event.to_string()));
        parameters.insert(MODEL.to_owned(), json!(request.model.as_str()));
        let mut body = json!({"templateParameters": parameters});
        if let Some(reference) = &self.reference {
            body["resources"] = json!({"repositories": {"self": {"refName": reference}}});
        }
        body
    }

    fn path<'p>(&'p self, number: &'p str, rest: &[&'p str]) -> Vec<&'p str> {
        [&[self.project.as_str(), "_apis", "pipelines", number], rest].concat()
    }

    /// Looks a few times for the run whose answer was lost.
    fn look(&self, event: &str, since: jiff::Timestamp) -> Result<Found> {
        let mut found = Found::None;
        for wait in LOOKS {
            self.devops.clock().sleep(wait);
            found = self.runs().since(since, event)?;
            if matches!(found, Found::Run(_)) {
                break;
            }
        }
        Ok(found)
    }

    fn refused(&self, failure: Failure) -> Error {
        let said = failure.said().to_owned();
        let (status, error) = (failure.status(), Error::from(failure));
        match status {
            Some(400) if said.contains("nexpected parameter") => error.hint(
                "the pipeline must declare what it is given: write `parameters: [{ name: event, \
                 type: string, default: '' }, { name: model, type: string, default: '' }]` into its \
                 file, and each of `retrain.pipeline.parameters`",
            ),
            Some(404) => error.hint(format!(
                "`retrain.pipeline.id` is the number after `definitionId=` in the pipeline's \
                 address; project {} must hold it, and `{}` must be allowed to see it",
                self.project,
                self.devops.run().identity()
            )),
            _ => error,
        }
    }

    fn started(&self, run: &Run, request: &TrainingRequest) -> Started {
        Started { run: self.runs().url(run), id: Some(run.id.to_string()), event: request.event }
    }
}

impl Trigger for AzurePipelinesTrigger {
    fn name(&self) -> &'static str {
        "azure-pipeline"
    }

    fn describe(&self) -> String {
        let on = self.reference.as_deref().map(|r| format!(" on {r}")).unwrap_or_default();
        let Self { pipeline, project, .. } = self;
        format!("run the pipeline {pipeline} of the project {project}{on}")
    }

    fn preview(&self, request: &TrainingRequest) -> Result<String> {
        let number = self.pipeline.to_string();
        let named: Value = self
            .devops
            .ask(&Request::get(&self.path(&number, &[])), VIEW_BUILDS)
            .map_err(|f| self.refused(f))?;
        let mut body = self.body(request);
        body["previewRun"] = json!(true);
        let call = Request::post(&self.path(&number, &["preview"])).json(&body).safe_to_repeat();
        let previewed: Value = self.devops.ask(&call, QUEUE_BUILDS).map_err(|f| self.refused(f))?;
        let lines = previewed["finalYaml"].as_str().map_or(0, |yaml| yaml.lines().count());
        let name = named["name"].as_str().unwrap_or_default();
        Ok(format!(
            "{} (`{name}`); the server accepts it, and makes {lines} lines of YAML of it",
            self.describe()
        ))
    }

    fn start(&self, request: &TrainingRequest) -> Result<Started> {
        let event = request.event.to_string();
        if let Found::Run(run) = self.runs().under_way(&event)? {
            return Ok(self.started(&run, request));
        }
        let since = self.devops.clock().now();
        let number = self.pipeline.to_string();
        let call = Request::post(&self.path(&number, &["runs"])).json(&self.body(request));
        for _ in 0..ATTEMPTS {
            let failure = match self.devops.ask::<Run>(&call, QUEUE_BUILDS) {
                Ok(run) => return Ok(self.started(&run, request)),
                Err(failure) if failure.is_ambiguous() => failure,
                Err(failure) => return Err(self.refused(failure)),
            };
            match self.look(&event, since)? {
                Found::Run(run) => return Ok(self.started(&run, request)),
                Found::None => {}
                Found::Unclear => {
                    return Err(Error::from(failure).hint(format!(
                        "a run may have been started, and the server does not say which runs have \
                         the event {event}: look at the pipeline's runs before you start it again"
                    )));
                }
            }
        }
        let message = format!("the pipeline {number} could not be started: every answer was lost");
        Err(Error::unavailable(message).hint("run the same command again").retryable())
    }

    fn state(&self, started: &Started) -> Result<RunState> {
        let id = started.id.as_deref().or_else(|| started.run.split_once("buildId=").map(|p| p.1));
        let number = id.filter(|id| id.bytes().all(|b| b.is_ascii_digit())).ok_or_else(|| {
            let shown = started.run.escape_debug();
            Error::usage(format!("`{shown}` names no run of Azure Pipelines"))
        })?;
        let run = self.runs().read(number)?;
        let url = Some(self.runs().url(&run));
        if run.state != "completed" {
            return Ok(RunState::Running { status: run.state, url });
        }
        let conclusion = run.result.unwrap_or_else(|| "unknown".to_owned());
        Ok(RunState::Ended { success: conclusion == "succeeded", conclusion, url })
    }
}
