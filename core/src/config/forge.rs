//! The parts of the configuration that concern the server with the repository: pull requests, pins,
//! and trainings that it runs.

use std::path::Path;

use super::defaults::out_of_bounds;
use super::raw::{RawDispatch, RawPipeline, RawPromote, RawPullRequest, RawWorkflow};
use super::valid::{PromoteConfig, PullRequestConfig, Training};
use crate::domain::error::{Error, Result};

/// GitHub's REST API, where the environment names no other.
pub const GITHUB_API: &str = "https://api.github.com";
/// GitHub for people.
pub const GITHUB_WEB: &str = "https://github.com";

pub(super) fn training(
    command: Option<Vec<String>>,
    workflow: Option<RawWorkflow>,
    dispatch: Option<RawDispatch>,
    pipeline: Option<RawPipeline>,
) -> Result<Training> {
    match (command, workflow, dispatch, pipeline) {
        (command, None, None, None) => Ok(Training::Command(command.unwrap_or_default())),
        (None, Some(workflow), None, None) => {
            repository("retrain.workflow.repository", workflow.repository.as_deref())?;
            Ok(Training::Workflow {
                file: required("retrain.workflow.file", workflow.file, "retrain.yml")?,
                reference: workflow.reference,
                repository: workflow.repository,
                inputs: workflow.inputs.unwrap_or_default(),
            })
        }
        (None, None, Some(dispatch), None) => {
            repository("retrain.dispatch.repository", dispatch.repository.as_deref())?;
            let event_type = dispatch.event_type.unwrap_or_else(|| "outerloop-retrain".to_owned());
            Ok(Training::Dispatch { event_type, repository: dispatch.repository })
        }
        (None, None, None, Some(pipeline)) => Ok(Training::Pipeline {
            id: required("retrain.pipeline.id", pipeline.id, "12")?,
            project: pipeline.project,
            reference: pipeline.reference,
            parameters: pipeline.parameters.unwrap_or_default(),
        }),
        _ => Err(Error::config("`retrain` names more than one thing that trains")
            .hint("keep one of command, workflow, dispatch and pipeline")),
    }
}

fn required<T>(key: &str, value: Option<T>, example: &str) -> Result<T> {
    let name = key.rsplit('.').next().unwrap_or(key);
    value.ok_or_else(|| {
        Error::config(format!("`{key}` is missing")).hint(format!("write `{name}: {example}`"))
    })
}

fn repository(key: &str, value: Option<&str>) -> Result<()> {
    let part = |text: &str| {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        !text.is_empty() && text.chars().all(known)
    };
    match value {
        Some(text) if !text.split_once('/').is_some_and(|(o, n)| part(o) && part(n)) => {
            Err(out_of_bounds(key, text.escape_debug(), "owner/name, such as acme/models"))
        }
        _ => Ok(()),
    }
}

pub(super) fn promote_config(raw: RawPromote, root: &Path) -> Result<PromoteConfig> {
    let via = raw.via.as_deref().unwrap_or("registry");
    Ok(PromoteConfig {
        via: via.parse().map_err(|e: Error| e.during("promote.via"))?,
        pins: root.join(raw.pins.unwrap_or_else(|| "outerloop-pins.yaml".into())),
        branch: raw.branch.unwrap_or_else(|| "outerloop/promote".to_owned()),
        base: raw.base,
    })
}

pub(super) fn pull_request_config(raw: &RawPullRequest) -> PullRequestConfig {
    PullRequestConfig {
        comment: raw.comment.unwrap_or(true),
        check: raw.check.unwrap_or(false),
        status: raw.status.unwrap_or(true),
    }
}
