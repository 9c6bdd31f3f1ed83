//! A check run on a commit.
//!
//! A check with other content replaces the one of the same name. Annotations can only be added to a
//! check run, never taken away; so one that has some is replaced by a new check run, and GitHub
//! counts the newest of a name.

use serde::Deserialize;
use serde_json::{Value, json};

use super::marker::cut;
use crate::adapters::github::{GitHub, Permission, create_once};
use crate::adapters::http::{self, Request};
use crate::domain::error::{Error, Result};
use crate::ports::forge::{Change, Check, CheckState, Posted};
use crate::ports::host::{Annotation, Level};

/// Annotations that GitHub takes at once.
const AT_ONCE: usize = 50;
/// Characters of a summary.
const SUMMARY: usize = 65_535;
/// Characters of a title, of an annotation's title, and of its message.
const TITLE: usize = 255;
const MESSAGE: usize = 16_000;
/// Where a message without a place is shown, as the runner does it.
const NOWHERE: &str = ".github";

#[derive(Debug, Deserialize)]
struct Listed {
    check_runs: Vec<Found>,
}

#[derive(Debug, Deserialize)]
struct Found {
    id: u64,
    html_url: Option<String>,
    external_id: Option<String>,
    conclusion: Option<String>,
    details_url: Option<String>,
    #[serde(default)]
    output: Output,
}

#[derive(Debug, Default, Deserialize)]
struct Output {
    title: Option<String>,
    summary: Option<String>,
    #[serde(default)]
    annotations_count: usize,
}

impl Found {
    fn posted(&self, change: Change) -> Posted {
        Posted { id: self.id.to_string(), url: self.html_url.clone(), change }
    }
}

struct Wanted<'a> {
    github: &'a GitHub,
    check: &'a Check,
    conclusion: &'static str,
    title: String,
    summary: String,
    annotations: Vec<Value>,
}

pub(super) fn set(github: &GitHub, check: &Check) -> Result<Posted> {
    let summary = if check.markdown.is_empty() { &check.title } else { &check.markdown };
    let wanted = Wanted {
        github,
        check,
        conclusion: conclusion(check.state),
        title: cut(&check.title, TITLE),
        summary: cut(summary, SUMMARY),
        annotations: check.annotations.iter().map(annotation).collect(),
    };
    wanted.write().map_err(Error::from)
}

impl Wanted<'_> {
    fn write(&self) -> http::Result<Posted> {
        let Some(newest) = self.list()?.into_iter().next() else {
            return self.create(Change::Created);
        };
        if self.says(&newest, self.annotations.len()) {
            return Ok(newest.posted(Change::Unchanged));
        }
        if newest.output.annotations_count > 0 {
            return self.create(Change::Updated);
        }
        self.add(newest.id, 0, &self.annotations, Change::Updated)
    }

    /// Creates a check run with the first annotations, and adds the others.
    fn create(&self, change: Change) -> http::Result<Posted> {
        let (first, others) = self.annotations.split_at(self.annotations.len().min(AT_ONCE));
        let mut body = self.body(first);
        body["name"] = json!(self.check.name);
        body["head_sha"] = json!(self.check.commit);
        let request = Request::post(&self.github.path(&["check-runs"])).json(&body);
        let made: Found = create_once(
            self.github.clock(),
            || self.github.ask(&request, Permission::Checks),
            || Ok(self.list()?.into_iter().find(|c| self.says(c, first.len()))),
        )?;
        if others.is_empty() {
            return Ok(made.posted(change));
        }
        self.add(made.id, first.len(), others, change)
    }

    /// Sets everything of a check run that has `so_far` annotations, and adds these.
    fn add(
        &self,
        id: u64,
        mut so_far: usize,
        annotations: &[Value],
        change: Change,
    ) -> http::Result<Posted> {
        let id = id.to_string();
        let path = self.github.path(&["check-runs", &id]);
        let look = || self.github.ask::<Found>(&Request::get(&path), Permission::Checks);
        let mut chunks = annotations.chunks(AT_ONCE);
        let mut chunk = chunks.next().unwrap_or_default();
        loop {
            so_far += chunk.len();
            // Sent twice, its annotations would be there twice.
            let request = Request::patch(&path).json(&self.body(chunk)).only_once();
            let found = create_once(
                self.github.clock(),
                || self.github.ask::<Found>(&request, Permission::Checks),
                || Ok(Some(look()?).filter(|found| self.says(found, so_far))),
            )?;
            match chunks.next() {
                Some(next) => chunk = next,
                None => return Ok(found.posted(change)),
            }
        }
    }

    fn body(&self, annotations: &[Value]) -> Value {
        let mut body = json!({
            "status": "completed",
            "conclusion": self.conclusion,
            "external_id": self.external_id(),
            "output": {
                "title": self.title,
                "summary": self.summary,
                "annotations": annotations,
            },
        });
        if let Some(url) = &self.check.url {
            body["details_url"] = json!(url);
        }
        body
    }

    fn external_id(&self) -> String {
        format!("outerloop:{}", self.check.name)
    }

    /// Every check run of ours with this name on the commit, newest first.
    fn list(&self) -> http::Result<Vec<Found>> {
        let path = self.github.path(&["commits", &self.check.commit, "check-runs"]);
        let request =
            Request::get(&path).query("check_name", &self.check.name).query("filter", "all");
        let mut found = Vec::new();
        for page in self.github.pages::<Listed>(request, Permission::Checks) {
            found.extend(page?.check_runs);
        }
        found.retain(|c| c.external_id.as_deref() == Some(&self.external_id()));
        found.sort_by_key(|c| std::cmp::Reverse(c.id));
        Ok(found)
    }

    /// Whether a check run says what is wanted, with so many annotations.
    fn says(&self, found: &Found, annotations: usize) -> bool {
        let same =
            |one: Option<&str>, other: &str| one.is_some_and(|o| super::marker::same(o, other));
        let url = self.check.url.as_deref();
        found.conclusion.as_deref() == Some(self.conclusion)
            && same(found.output.title.as_deref(), &self.title)
            && same(found.output.summary.as_deref(), &self.summary)
            && found.output.annotations_count == annotations
            && url.is_none_or(|url| found.details_url.as_deref() == Some(url))
    }
}

fn conclusion(state: CheckState) -> &'static str {
    match state {
        CheckState::Success => "success",
        CheckState::Failure | CheckState::Error => "failure",
        CheckState::Neutral => "neutral",
    }
}

fn annotation(annotation: &Annotation) -> Value {
    let place = annotation.place.as_ref();
    let path = place.map(|p| p.file.to_string_lossy().replace('\\', "/"));
    let line = place.map_or(1, |p| p.line);
    let mut body = json!({
        "path": path.as_deref().unwrap_or(NOWHERE),
        "start_line": line,
        "end_line": line,
        "annotation_level": match annotation.level {
            Level::Notice => "notice",
            Level::Warning => "warning",
            Level::Error => "failure",
        },
        "message": cut(&annotation.message, MESSAGE),
    });
    if !annotation.title.is_empty() {
        body["title"] = json!(cut(&annotation.title, TITLE));
    }
    if let Some(column) = place.and_then(|p| p.column) {
        body["start_column"] = json!(column);
        body["end_column"] = json!(column);
    }
    body
}
