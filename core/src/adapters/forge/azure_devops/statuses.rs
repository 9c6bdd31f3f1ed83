//! A status of a pull request, which a branch policy can ask for; without a pull request a status
//! of the commit. It is given to the push whose commit was judged: what was pushed in the meantime
//! gets no verdict by accident.

use serde::Deserialize;
use serde_json::{Value, json};

use super::forge::{ATTEMPTS, Repo, SETTLE, in_pull_request};
use super::markup::{same_words, shortened};
use crate::adapters::azure::devops::{CONTRIBUTE, PULL_REQUESTS, Permission};
use crate::adapters::http::{self, Request};
use crate::domain::error::{Error, Result};
use crate::ports::forge::{Change, Check, CheckState, Posted};
use crate::ports::host::PullRequest;

/// Most characters of the line that is shown.
const DESCRIPTION: usize = 200;
/// The genre of a check whose name has none.
const GENRE: &str = "outerloop";

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
struct Status {
    #[serde(default)]
    id: u64,
    state: String,
    #[serde(default)]
    description: Option<String>,
    context: Context,
    #[serde(default)]
    target_url: Option<String>,
    #[serde(default)]
    iteration_id: Option<u64>,
}

#[derive(Deserialize, PartialEq, Eq)]
struct Context {
    name: String,
    #[serde(default)]
    genre: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Iteration {
    id: u64,
    #[serde(default)]
    source_ref_commit: Option<Head>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    commit_id: String,
}

/// Where statuses are kept: of which thing, and of which push.
struct Statuses<'a> {
    repo: Repo<'a>,
    path: [String; 3],
    iteration: Option<u64>,
    needs: Permission,
}

/// Sets the status.
pub(super) fn set(repo: Repo<'_>, check: &Check) -> Result<Posted> {
    match &check.pull_request {
        Some(pull) => statuses_of(repo, pull, &check.commit)
            .and_then(|statuses| statuses.set(check))
            .map_err(in_pull_request(pull)),
        None => {
            let path = ["commits".to_owned(), check.commit.clone(), "statuses".to_owned()];
            let statuses = Statuses { repo, path, iteration: None, needs: CONTRIBUTE };
            statuses.set(check).map_err(Error::from)
        }
    }
}

fn statuses_of<'a>(repo: Repo<'a>, pull: &PullRequest, commit: &str) -> http::Result<Statuses<'a>> {
    let number = pull.number.to_string();
    let request = Request::get(&repo.path(&["pullRequests", &number, "iterations"]));
    let iterations: Vec<Iteration> = repo.devops.list(&request, PULL_REQUESTS)?;
    let judged =
        |i: &&Iteration| i.source_ref_commit.as_ref().is_some_and(|h| h.commit_id == commit);
    let judged = iterations.iter().filter(judged).map(|i| i.id).max();
    let iteration = judged.or_else(|| iterations.iter().map(|i| i.id).max());
    let path = ["pullRequests".to_owned(), number, "statuses".to_owned()];
    Ok(Statuses { repo, path, iteration, needs: PULL_REQUESTS })
}

impl Statuses<'_> {
    fn set(&self, check: &Check) -> http::Result<Posted> {
        let body = self.body(check);
        let (wanted, genre) = names(&check.name);
        let mut change = Change::Created;
        for attempt in 0..ATTEMPTS {
            let latest = self.latest(wanted, genre)?;
            if let Some(latest) = latest.as_ref().filter(|s| is_same(s, &body)) {
                let change = if attempt == 0 { Change::Unchanged } else { change };
                return Ok(self.posted(latest.id, check, change));
            }
            if attempt == 0 && latest.is_some() {
                change = Change::Updated;
            }
            match self.repo.devops.ask::<Status>(&self.request().json(&body), self.needs) {
                Ok(status) => return Ok(self.posted(status.id, check, change)),
                Err(failure) if failure.is_ambiguous() => self.repo.devops.clock().sleep(SETTLE),
                Err(failure) => return Err(failure),
            }
        }
        let message = format!("the status {} could not be set", check.name);
        Err(Error::unavailable(message).hint("run the same command again").retryable().into())
    }

    /// The newest status of this name for the push, or for the commit.
    fn latest(&self, name: &str, genre: &str) -> http::Result<Option<Status>> {
        let request = Request::get(&self.whole_path());
        let all: Vec<Status> = self.repo.devops.list(&request, self.needs)?;
        let ours = all.into_iter().filter(|status| {
            let context = &status.context;
            context.name == name
                && context.genre.as_deref().unwrap_or_default() == genre
                && (self.iteration.is_none() || status.iteration_id == self.iteration)
        });
        Ok(ours.max_by_key(|status| status.id))
    }

    fn body(&self, check: &Check) -> Value {
        let (name, genre) = names(&check.name);
        let mut body = json!({
            "state": state(check.state),
            "description": shortened(&check.title, DESCRIPTION),
            "context": {"name": name, "genre": genre},
        });
        if let Some(url) = &check.url {
            body["targetUrl"] = json!(url);
        }
        if let Some(iteration) = self.iteration {
            body["iterationId"] = json!(iteration);
        }
        body
    }

    fn whole_path(&self) -> Vec<&str> {
        self.repo.path(&[&self.path[0], &self.path[1], &self.path[2]])
    }

    fn request(&self) -> Request {
        Request::post(&self.whole_path())
    }

    fn posted(&self, id: u64, check: &Check, change: Change) -> Posted {
        let page = check.pull_request.as_ref().map(|p| self.repo.pull_request_url(p.number));
        Posted { id: id.to_string(), url: page, change }
    }
}

/// `outerloop/employment` is the name `employment` in the genre `outerloop`.
fn names(check: &str) -> (&str, &str) {
    match check.split_once('/') {
        Some((genre, name)) if !genre.is_empty() && !name.is_empty() => (name, genre),
        _ => (check, GENRE),
    }
}

fn state(state: CheckState) -> &'static str {
    match state {
        CheckState::Success => "succeeded",
        CheckState::Failure => "failed",
        CheckState::Neutral => "notApplicable",
        CheckState::Error => "error",
    }
}

fn is_same(status: &Status, body: &Value) -> bool {
    body["state"] == status.state
        && same_words(
            body["description"].as_str().unwrap_or_default(),
            status.description.as_deref().unwrap_or_default(),
        )
        && body["targetUrl"].as_str() == status.target_url.as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_check_has_its_genre_before_the_slash() {
        assert_eq!(names("outerloop/churn"), ("churn", "outerloop"));
        assert_eq!(names("churn"), ("churn", "outerloop"));
        assert_eq!(names("a/b/c"), ("b/c", "a"));
        assert_eq!(names("/x"), ("/x", "outerloop"));
    }
}
