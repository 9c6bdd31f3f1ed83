//! One open issue with a key.

use serde::Deserialize;
use serde_json::json;

use super::{comment, marker};
use crate::adapters::github::{Author, GitHub, Permission, create_once};
use crate::adapters::http::{self, Request};
use crate::domain::error::{Error, Result};
use crate::ports::forge::{Change, Posted, Ticket};

/// The label by which tickets are listed: the search of GitHub knows a new issue only after a while.
const LABEL: &str = "outerloop";
/// Characters of a title, and of a text.
const TITLE: usize = 256;
const BODY: usize = 65_536;

#[derive(Debug, Clone, Deserialize)]
struct Issue {
    number: u64,
    html_url: Option<String>,
    title: String,
    body: Option<String>,
    user: Option<Author>,
    #[serde(default)]
    labels: Vec<Label>,
    /// Pull requests are listed among issues.
    pull_request: Option<serde_json::Value>,
}

#[derive(Debug, Clone, Deserialize)]
struct Label {
    name: String,
}

impl Issue {
    fn posted(&self, change: Change) -> Posted {
        Posted { id: self.number.to_string(), url: self.html_url.clone(), change }
    }

    fn has(&self, label: &str) -> bool {
        self.labels.iter().any(|l| l.name.eq_ignore_ascii_case(label))
    }
}

struct Wanted<'a> {
    github: &'a GitHub,
    line: String,
    title: String,
    body: String,
    labels: Vec<String>,
}

pub(super) fn open(github: &GitHub, ticket: &Ticket) -> Result<Posted> {
    let line = marker_line(&ticket.key)?;
    let body = format!("{line}\n{}", ticket.markdown);
    let mut labels = vec![LABEL.to_owned()];
    labels.extend(ticket.labels.iter().filter(|l| !l.eq_ignore_ascii_case(LABEL)).cloned());
    let title = marker::cut(&ticket.title, TITLE);
    let wanted = Wanted { github, line, title, body: marker::cut(&body, BODY), labels };
    wanted.write().map_err(Error::from)
}

pub(super) fn close(github: &GitHub, key: &str, markdown: &str) -> Result<Option<Posted>> {
    let open = list(github, &marker_line(key)?)?;
    let Some(issue) = keep_oldest(github, open)? else { return Ok(None) };
    // By its marker the last comment is found again when this was cut off before the closing.
    let marker = format!("ticket-closed:{key}");
    comment::upsert(github, issue.number, &marker, markdown, Permission::Issues)?;
    Ok(Some(set_closed(github, &issue, "completed")?.posted(Change::Updated)))
}

fn marker_line(key: &str) -> Result<String> {
    marker::line(&format!("ticket:{key}"))
}

impl Wanted<'_> {
    fn write(&self) -> http::Result<Posted> {
        if let Some(issue) = keep_oldest(self.github, self.list()?)? {
            return self.change(&issue);
        }
        let path = self.github.path(&["issues"]);
        let body = json!({ "title": self.title, "body": self.body, "labels": self.labels });
        let request = Request::post(&path).json(&body);
        let made: Issue = create_once(
            self.github.clock(),
            || self.github.ask(&request, Permission::Issues),
            || keep_oldest(self.github, self.list()?),
        )?;
        self.label(&made)?;
        let mut all = self.list()?;
        if all.iter().all(|i| i.number != made.number) {
            all.push(made.clone());
        }
        match keep_oldest(self.github, all)? {
            Some(oldest) if oldest.number != made.number => self.change(&oldest),
            _ => Ok(made.posted(Change::Created)),
        }
    }

    /// Without its label an issue would not be found again; GitHub drops labels in silence where
    /// the token may not set them.
    fn label(&self, made: &Issue) -> http::Result<()> {
        if made.has(LABEL) {
            return Ok(());
        }
        let number = made.number.to_string();
        let path = self.github.path(&["issues", &number, "labels"]);
        let request = Request::post(&path).json(&json!({ "labels": self.labels })).safe_to_repeat();
        self.github.send(&request, Permission::Issues).map(drop)
    }

    /// Changes what is different; labels that people added stay.
    fn change(&self, old: &Issue) -> http::Result<Posted> {
        let body = old.body.as_deref().unwrap_or_default();
        let labelled = self.labels.iter().all(|l| old.has(l));
        if old.title == self.title && marker::same(body, &self.body) && labelled {
            return Ok(old.posted(Change::Unchanged));
        }
        let mut labels: Vec<&str> = old.labels.iter().map(|l| l.name.as_str()).collect();
        labels.extend(self.labels.iter().filter(|l| !old.has(l)).map(String::as_str));
        let number = old.number.to_string();
        let path = self.github.path(&["issues", &number]);
        let body = json!({ "title": self.title, "body": self.body, "labels": labels });
        let new: Issue = self.github.ask(&Request::patch(&path).json(&body), Permission::Issues)?;
        Ok(new.posted(Change::Updated))
    }

    fn list(&self) -> http::Result<Vec<Issue>> {
        list(self.github, &self.line)
    }
}

/// Every open issue of ours that begins with `line`.
fn list(github: &GitHub, line: &str) -> http::Result<Vec<Issue>> {
    let request =
        Request::get(&github.path(&["issues"])).query("state", "open").query("labels", LABEL);
    let mut own = Vec::new();
    for page in github.pages::<Vec<Issue>>(request, Permission::Issues) {
        for issue in page? {
            let marked = issue.body.as_deref().is_some_and(|b| marker::begins(b, line));
            if marked && issue.pull_request.is_none() && github.is_own(issue.user.as_ref())? {
                own.push(issue);
            }
        }
    }
    Ok(own)
}

/// Issues cannot be deleted: what a race made besides the oldest is closed.
fn keep_oldest(github: &GitHub, mut all: Vec<Issue>) -> http::Result<Option<Issue>> {
    all.sort_by_key(|issue| issue.number);
    let mut all = all.into_iter();
    let oldest = all.next();
    for other in all {
        set_closed(github, &other, "not_planned")?;
    }
    Ok(oldest)
}

fn set_closed(github: &GitHub, issue: &Issue, reason: &str) -> http::Result<Issue> {
    let number = issue.number.to_string();
    let path = github.path(&["issues", &number]);
    let request = Request::patch(&path).json(&json!({ "state": "closed", "state_reason": reason }));
    github.ask(&request, Permission::Issues)
}
