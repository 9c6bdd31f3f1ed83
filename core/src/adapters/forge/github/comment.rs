//! One comment with a marker on a pull request or an issue.

use serde::Deserialize;
use serde_json::json;

use super::marker;
use crate::adapters::github::{Author, GitHub, Permission, create_once};
use crate::adapters::http::{self, Request};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::ports::forge::{Change, Comment, Posted};

/// Characters of a comment on GitHub.
const MOST: usize = 65_536;
/// The most bytes of a text, so that its hidden line has room beside it.
pub(super) const LIMIT: usize = MOST - 536;
/// Comments that others delete while they are changed here.
const ROUNDS: usize = 3;

#[derive(Debug, Clone, Deserialize)]
struct Found {
    id: u64,
    html_url: Option<String>,
    #[serde(default)]
    body: Option<String>,
    user: Option<Author>,
}

impl Found {
    fn posted(&self, change: Change) -> Posted {
        Posted { id: self.id.to_string(), url: self.html_url.clone(), change }
    }
}

/// Where a comment belongs, and what it says.
struct Wanted<'a> {
    github: &'a GitHub,
    number: String,
    line: String,
    body: String,
    needs: Permission,
}

pub(super) fn on_pull_request(github: &GitHub, comment: &Comment) -> Result<Posted> {
    let number = comment.pull_request.number;
    let from_fork = comment.pull_request.from_fork;
    upsert(github, number, &comment.marker, &comment.markdown, Permission::PullRequests)
        .map_err(|error| if from_fork { explain_fork(error) } else { error })
}

fn explain_fork(error: Error) -> Error {
    if error.kind() != ErrorKind::Permission {
        return error;
    }
    error.hint(
        "this pull request comes from a fork, so the token of its run may only read; the summary \
         has everything, and a second workflow on `workflow_run` can post the comment",
    )
}

/// Writes the comment with this marker on issue or pull request `number`.
pub(super) fn upsert(
    github: &GitHub,
    number: u64,
    marker: &str,
    markdown: &str,
    needs: Permission,
) -> Result<Posted> {
    let line = marker::line(marker)?;
    let body = format!("{line}\n{markdown}");
    if body.chars().count() > MOST {
        return Err(Error::input(format!("a comment of {} bytes is too long", markdown.len()))
            .hint(format!("GitHub takes {LIMIT} bytes")));
    }
    let wanted = Wanted { github, number: number.to_string(), line, body, needs };
    wanted.write().map_err(Error::from)
}

impl Wanted<'_> {
    fn write(&self) -> http::Result<Posted> {
        let mut round = 0;
        loop {
            round += 1;
            let posted = match self.keep_oldest(self.list()?)? {
                Some(old) => self.change(&old)?,
                None => Some(self.create()?),
            };
            // None: somebody deleted it between looking and writing.
            match posted {
                Some(posted) => return Ok(posted),
                None if round < ROUNDS => {}
                None => {
                    let message = format!("a comment on #{} is deleted all the time", self.number);
                    return Err(Error::conflict(message).retryable().into());
                }
            }
        }
    }

    /// Creates the comment, then looks whether another run did the same at the same time.
    fn create(&self) -> http::Result<Posted> {
        let path = self.github.path(&["issues", &self.number, "comments"]);
        let request = Request::post(&path).json(&json!({ "body": self.body }));
        let made = create_once(
            self.github.clock(),
            || self.github.ask::<Found>(&request, self.needs),
            || Ok(self.list()?.into_iter().find(|c| self.says_the_same(c))),
        )?;
        let mut all = self.list()?;
        // A server that answers reads from a copy may not list what was just made.
        if all.iter().all(|c| c.id != made.id) {
            all.push(made.clone());
        }
        match self.keep_oldest(all)? {
            Some(oldest) if oldest.id != made.id => {
                let changed = self.change(&oldest)?;
                Ok(changed.unwrap_or_else(|| oldest.posted(Change::Updated)))
            }
            _ => Ok(made.posted(Change::Created)),
        }
    }

    /// None when it was deleted meanwhile.
    fn change(&self, old: &Found) -> http::Result<Option<Posted>> {
        if self.says_the_same(old) {
            return Ok(Some(old.posted(Change::Unchanged)));
        }
        let id = old.id.to_string();
        let path = self.github.path(&["issues", "comments", &id]);
        let request = Request::patch(&path).json(&json!({ "body": self.body }));
        let found = self.github.find::<Found>(&request, self.needs)?;
        Ok(found.map(|new| new.posted(Change::Updated)))
    }

    fn says_the_same(&self, found: &Found) -> bool {
        found.body.as_deref().is_some_and(|body| marker::same(body, &self.body))
    }

    /// Every comment of ours with the marker, oldest first.
    fn list(&self) -> http::Result<Vec<Found>> {
        let path = self.github.path(&["issues", &self.number, "comments"]);
        let mut own = Vec::new();
        for page in self.github.pages::<Vec<Found>>(Request::get(&path), self.needs) {
            for found in page? {
                let marked = found.body.as_deref().is_some_and(|b| marker::begins(b, &self.line));
                if marked && self.github.is_own(found.user.as_ref())? {
                    own.push(found);
                }
            }
        }
        Ok(own)
    }

    fn keep_oldest(&self, mut all: Vec<Found>) -> http::Result<Option<Found>> {
        all.sort_by_key(|found| found.id);
        let mut all = all.into_iter();
        let oldest = all.next();
        for other in all {
            let id = other.id.to_string();
            let path = self.github.path(&["issues", "comments", &id]);
            match self.github.send(&Request::delete(&path), self.needs) {
                Ok(_) => {}
                Err(failure) if failure.status() == Some(404) => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(oldest)
    }
}
