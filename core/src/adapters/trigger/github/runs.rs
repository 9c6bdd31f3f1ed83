//! The runs of a workflow: finding the one that answers an event, and starting it once.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;

use crate::adapters::github::{GitHub, Permission};
use crate::adapters::http::{self, Failure, Request};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::ports::trigger::{RunState, Started};

/// Pages of runs in which an event is looked for, newest first.
const PAGES: usize = 5;
/// How often, and how far apart, a run is looked for that was asked for a moment ago.
const LOOKS: usize = 10;
const PAUSE: Duration = Duration::from_secs(3);
/// How often a request is sent whose answer gets lost.
const ROUNDS: usize = 3;

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Run {
    id: u64,
    html_url: Option<String>,
    status: Option<String>,
    conclusion: Option<String>,
    name: Option<String>,
    display_title: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    workflow_runs: Vec<Run>,
}

impl Run {
    fn names(&self, event: &str) -> bool {
        [&self.display_title, &self.name].into_iter().flatten().any(|title| title.contains(event))
    }

    fn has_ended(&self) -> bool {
        self.status.as_deref() == Some("completed")
    }

    fn started(&self, event: Digest) -> Started {
        let id = self.id.to_string();
        let run = self.html_url.clone().unwrap_or_else(|| format!("run {id}"));
        Started { run, id: Some(id), event }
    }

    fn state(self) -> RunState {
        let url = self.html_url.clone();
        if self.has_ended() {
            let conclusion = self.conclusion.unwrap_or_else(|| "unknown".to_owned());
            return RunState::Ended { success: conclusion == "success", conclusion, url };
        }
        RunState::Running { status: self.status.unwrap_or_else(|| "queued".to_owned()), url }
    }
}

/// Where runs are listed.
pub(super) struct Runs<'a> {
    pub(super) github: &'a GitHub,
    /// The list.
    pub(super) request: Request,
    /// What starting needs, or reading alone.
    pub(super) needs: Permission,
    /// Address of the list for people.
    pub(super) page: String,
}

/// What sending a request gave.
pub(super) enum Sent {
    /// The run, with its id.
    Run {
        /// Number of the run.
        id: u64,
        /// Its address for people.
        url: Option<String>,
    },
    /// The server took it and did not say which run it is.
    Taken,
}

impl Runs<'_> {
    /// Starts a run for `event`, unless one is going on. `explain` says more about a failure.
    pub(super) fn start_once(
        &self,
        event: Digest,
        explain: impl Fn(Failure) -> Failure,
        send: impl Fn() -> http::Result<Sent>,
    ) -> Result<Started> {
        let before = self.list().map_err(&explain)?;
        let name = event.to_string();
        if let Some(run) = before.iter().find(|r| r.names(&name) && !r.has_ended()) {
            return Ok(run.started(event));
        }
        let known: BTreeSet<u64> = before.iter().map(|r| r.id).collect();
        let mut round = 0;
        loop {
            round += 1;
            let lost = match send() {
                Ok(Sent::Run { id, url }) => {
                    let run = url.unwrap_or_else(|| format!("run {id}"));
                    return Ok(Started { run, id: Some(id.to_string()), event });
                }
                Ok(Sent::Taken) => return self.taken(event, &known),
                Err(failure) if failure.is_ambiguous() => failure,
                Err(failure) => return Err(explain(failure).into()),
            };
            let fresh = self.wait_for(event, &known)?;
            if let Some(run) = fresh.iter().find(|r| r.names(&name)) {
                return Ok(run.started(event));
            }
            if !fresh.is_empty() {
                return Err(self.uncertain(event));
            }
            if round == ROUNDS {
                return Err(lost
                    .hint("`retrain --again` looks for the run first, and starts one if none is there")
                    .into());
            }
        }
    }

    fn taken(&self, event: Digest, known: &BTreeSet<u64>) -> Result<Started> {
        let name = event.to_string();
        // It is started: not finding it is no reason to fail.
        let fresh = self.wait_for(event, known).unwrap_or_default();
        Ok(match fresh.iter().find(|r| r.names(&name)) {
            Some(run) => run.started(event),
            None => Started { run: self.page.clone(), id: None, event },
        })
    }

    fn uncertain(&self, event: Digest) -> Error {
        let message = format!(
            "the answer of GitHub was lost, and no new run names event {event}, though there are new \
             runs"
        );
        Error::new(ErrorKind::Unavailable, message).hint(format!(
            "look at {} whether the training runs; with `run-name: retrain ${{{{ inputs.event }}}}` \
             in the workflow it can be found next time",
            self.page
        ))
    }

    /// The runs that were not there before, as soon as one names the event, else after a while.
    fn wait_for(&self, event: Digest, known: &BTreeSet<u64>) -> http::Result<Vec<Run>> {
        let name = event.to_string();
        let mut fresh = Vec::new();
        for _ in 0..LOOKS {
            self.github.clock().sleep(PAUSE);
            fresh = self.list()?;
            fresh.retain(|run| !known.contains(&run.id));
            if fresh.iter().any(|run| run.names(&name)) {
                break;
            }
        }
        Ok(fresh)
    }

    /// How far the run is; by its event while its id is not known.
    pub(super) fn state(&self, started: &Started) -> Result<RunState> {
        if let Some(id) = &started.id {
            let path = self.github.path(&["actions", "runs", id]);
            let run: Run = self.github.ask(&Request::get(&path), self.needs)?;
            return Ok(run.state());
        }
        let name = started.event.to_string();
        let found = self.list()?.into_iter().find(|run| run.names(&name));
        Ok(found.map_or_else(
            || RunState::Running { status: "requested".to_owned(), url: None },
            Run::state,
        ))
    }

    /// The newest runs, newest first.
    fn list(&self) -> http::Result<Vec<Run>> {
        let pages = self.github.pages::<Listed>(self.request.clone(), self.needs);
        let mut runs = Vec::new();
        for page in pages.take(PAGES) {
            runs.extend(page?.workflow_runs);
        }
        runs.sort_by_key(|run| std::cmp::Reverse(run.id));
        Ok(runs)
    }
}
