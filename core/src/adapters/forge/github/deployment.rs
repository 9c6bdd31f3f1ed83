//! A deployment with a key, and its state.

use serde::Deserialize;
use serde_json::{Value, json};

use super::marker::cut;
use crate::adapters::github::{GitHub, Permission, create_once};
use crate::adapters::http::{self, Failure, Request};
use crate::domain::error::{Error, Result};
use crate::ports::forge::{Change, Deployment, DeploymentState, Posted};

/// What tells our deployments from those of others.
const TASK: &str = "outerloop";
/// Characters of a description.
const DESCRIPTION: usize = 140;
/// Pages of an environment's deployments in which a key is looked for, newest first.
const PAGES: usize = 10;

#[derive(Debug, Clone, Deserialize)]
struct Found {
    id: u64,
    #[serde(default)]
    payload: Value,
}

impl Found {
    /// The key in the payload, which some servers give as text.
    fn key(&self) -> Option<String> {
        let text = self.payload.as_str().and_then(|t| serde_json::from_str::<Value>(t).ok());
        let payload = text.as_ref().unwrap_or(&self.payload);
        payload["key"].as_str().map(str::to_owned)
    }
}

#[derive(Debug, Deserialize)]
struct Status {
    id: u64,
    state: String,
    description: Option<String>,
    environment_url: Option<String>,
    log_url: Option<String>,
}

struct Wanted<'a> {
    github: &'a GitHub,
    deployment: &'a Deployment,
}

pub(super) fn record(github: &GitHub, deployment: &Deployment) -> Result<Posted> {
    Wanted { github, deployment }.write().map_err(Error::from)
}

impl Wanted<'_> {
    fn write(&self) -> http::Result<Posted> {
        let (found, created) = match self.oldest(self.list()?)? {
            Some(found) => (found, false),
            None => self.create()?,
        };
        let told = self.tell(&found)?;
        let change = match (created, told) {
            (true, _) => Change::Created,
            (false, true) => Change::Updated,
            (false, false) => Change::Unchanged,
        };
        let url = Some(format!("{}/deployments", self.github.web()));
        Ok(Posted { id: found.id.to_string(), url, change })
    }

    fn create(&self) -> http::Result<(Found, bool)> {
        let d = self.deployment;
        let body = json!({
            "ref": d.commit,
            "task": TASK,
            "environment": d.environment,
            "description": cut(&d.what, DESCRIPTION),
            "payload": { "key": d.key, "what": d.what },
            // The rollout happens here: nothing is merged, and no status is waited for.
            "auto_merge": false,
            "required_contexts": [],
        });
        let request = Request::post(&self.github.path(&["deployments"])).json(&body);
        let made: Found = create_once(
            self.github.clock(),
            || self.github.ask(&request, Permission::Deployments).map_err(|f| self.explain(f)),
            || Ok(self.list()?.into_iter().next()),
        )?;
        let mut all = self.list()?;
        if all.iter().all(|f| f.id != made.id) {
            all.push(made.clone());
        }
        let oldest = self.oldest(all)?.unwrap_or_else(|| made.clone());
        let created = oldest.id == made.id;
        Ok((oldest, created))
    }

    fn explain(&self, failure: Failure) -> Failure {
        match failure.status() {
            Some(422) if failure.said().contains("No ref found") => failure.hint(format!(
                "the commit {} is not on the server: push it, or train from a commit that is",
                self.deployment.commit.escape_debug()
            )),
            _ => failure,
        }
    }

    /// Sets the state, unless it is set; true when it was written.
    fn tell(&self, found: &Found) -> http::Result<bool> {
        if self.is_told(found)? {
            return Ok(false);
        }
        let id = found.id.to_string();
        let path = self.github.path(&["deployments", &id, "statuses"]);
        let request = Request::post(&path).json(&self.status());
        create_once(
            self.github.clock(),
            || self.github.ask::<Status>(&request, Permission::Deployments).map(drop),
            || Ok(self.is_told(found)?.then_some(())),
        )?;
        Ok(true)
    }

    fn status(&self) -> Value {
        let d = self.deployment;
        let mut status = json!({
            "state": state(d.state),
            "description": cut(&d.description, DESCRIPTION),
        });
        if let Some(url) = web(d.log_url.as_deref()) {
            status["log_url"] = json!(url);
        }
        if let Some(url) = web(d.environment_url.as_deref()) {
            status["environment_url"] = json!(url);
        }
        status
    }

    /// Whether the newest status says what is wanted.
    fn is_told(&self, found: &Found) -> http::Result<bool> {
        let id = found.id.to_string();
        let path = self.github.path(&["deployments", &id, "statuses"]);
        let mut pages =
            self.github.pages::<Vec<Status>>(Request::get(&path), Permission::Deployments);
        let newest = pages.next().transpose()?.unwrap_or_default();
        let Some(status) = newest.into_iter().max_by_key(|s| s.id) else { return Ok(false) };
        let d = self.deployment;
        let same = |one: Option<&str>, other: Option<&str>| {
            one.unwrap_or_default() == other.unwrap_or_default()
        };
        Ok(status.state == state(d.state)
            && same(status.description.as_deref(), Some(&cut(&d.description, DESCRIPTION)))
            && same(status.log_url.as_deref(), web(d.log_url.as_deref()))
            && same(status.environment_url.as_deref(), web(d.environment_url.as_deref())))
    }

    /// Our deployments with this key.
    fn list(&self) -> http::Result<Vec<Found>> {
        let d = self.deployment;
        let request = Request::get(&self.github.path(&["deployments"]))
            .query("environment", &d.environment)
            .query("task", TASK);
        let pages = self.github.pages::<Vec<Found>>(request, Permission::Deployments).take(PAGES);
        let mut own = Vec::new();
        for page in pages {
            own.extend(page?.into_iter().filter(|f| f.key().as_deref() == Some(&d.key)));
        }
        Ok(own)
    }

    /// What a race made besides the oldest is removed; only what is inactive can be.
    fn oldest(&self, mut all: Vec<Found>) -> http::Result<Option<Found>> {
        all.sort_by_key(|f| f.id);
        let mut all = all.into_iter();
        let oldest = all.next();
        for other in all {
            let id = other.id.to_string();
            let path = self.github.path(&["deployments", &id, "statuses"]);
            let inactive = Request::post(&path).json(&json!({ "state": "inactive" }));
            let remove = Request::delete(&self.github.path(&["deployments", &id]));
            for request in [inactive.safe_to_repeat(), remove] {
                match self.github.send(&request, Permission::Deployments) {
                    Err(failure) if failure.status() != Some(404) => return Err(failure),
                    _ => {}
                }
            }
        }
        Ok(oldest)
    }
}

fn state(state: DeploymentState) -> &'static str {
    match state {
        DeploymentState::InProgress => "in_progress",
        DeploymentState::Success => "success",
        DeploymentState::Failure => "failure",
    }
}

/// GitHub takes addresses of the web alone.
fn web(url: Option<&str>) -> Option<&str> {
    url.filter(|url| url.starts_with("https://") || url.starts_with("http://"))
}
