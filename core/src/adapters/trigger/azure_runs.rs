//! Runs of a pipeline, and which one answers an event.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::adapters::azure::devops::{DevOps, VIEW_BUILDS};
use crate::adapters::http::{self, Request};
use crate::domain::error::Result;

/// Most runs that are looked at, the newest first.
const MOST: &str = "50";
/// How far the server's clock may be from this machine's.
const SKEW: Duration = Duration::from_secs(600);

/// A run, as the pipelines' API tells it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) state: String,
    #[serde(default)]
    pub(super) result: Option<String>,
    #[serde(default, rename = "_links")]
    links: Option<Value>,
    #[serde(default)]
    template_parameters: Option<Value>,
}

/// A run, as the builds' API tells it: only this one can be asked for the newest few.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Build {
    id: u64,
    #[serde(default)]
    template_parameters: Option<Value>,
}

/// What came of a search.
#[derive(Debug)]
pub(super) enum Found {
    /// This run answers the event.
    Run(Run),
    /// No run does.
    None,
    /// The server does not tell what some runs were given.
    Unclear,
}

/// The runs of one pipeline.
pub(super) struct Runs<'a> {
    pub(super) devops: &'a DevOps,
    pub(super) project: &'a str,
    pub(super) pipeline: u64,
}

impl Runs<'_> {
    /// A run for the event that has not ended.
    pub(super) fn under_way(&self, event: &str) -> Result<Found> {
        self.find(self.newest().query("statusFilter", "inProgress,notStarted,postponed"), event)
    }

    /// A run for the event that was asked for after `time`.
    pub(super) fn since(&self, time: Timestamp, event: &str) -> Result<Found> {
        let from = time.checked_sub(SKEW).unwrap_or(time);
        self.find(self.newest().query("minTime", from.to_string()), event)
    }

    /// A run by its number.
    pub(super) fn read(&self, run: &str) -> http::Result<Run> {
        let pipeline = self.pipeline.to_string();
        let path = [self.project, "_apis", "pipelines", &pipeline, "runs", run];
        self.devops.ask(&Request::get(&path), VIEW_BUILDS)
    }

    /// Address of a run for people.
    pub(super) fn url(&self, run: &Run) -> String {
        let link = run.links.as_ref().and_then(|links| links["web"]["href"].as_str());
        link.map(str::to_owned).unwrap_or_else(|| {
            let Run { id, .. } = run;
            let project = self.project.replace(' ', "%20");
            let collection = &self.devops.run().collection;
            format!("{collection}/{project}/_build/results?buildId={id}")
        })
    }

    fn newest(&self) -> Request {
        Request::get(&[self.project, "_apis", "build", "builds"])
            .query("definitions", self.pipeline.to_string())
            .query("queryOrder", "queueTimeDescending")
            .query("$top", MOST)
    }

    fn find(&self, request: Request, event: &str) -> Result<Found> {
        let mut unclear = false;
        for build in self.devops.list::<Build>(&request, VIEW_BUILDS)? {
            let told = build.template_parameters.as_ref().map(|given| given["event"] == event);
            if told == Some(false) {
                continue;
            }
            let run = self.read(&build.id.to_string())?;
            match told.or(run.template_parameters.as_ref().map(|given| given["event"] == event)) {
                Some(true) => return Ok(Found::Run(run)),
                Some(false) => {}
                None => unclear = true,
            }
        }
        Ok(if unclear { Found::Unclear } else { Found::None })
    }
}
