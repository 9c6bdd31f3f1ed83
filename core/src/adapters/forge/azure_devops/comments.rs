//! One comment, in a thread of its own: found again by a property of the thread, which only a
//! program can set, so that somebody who quotes the marker gains nothing.

use serde::Deserialize;
use serde_json::{Value, json};

use super::forge::{ATTEMPTS, Repo, SETTLE, in_pull_request};
use super::markup::same_words;
use crate::adapters::azure::devops::PULL_REQUESTS;
use crate::adapters::http::{self, Request};
use crate::domain::error::{Error, Result};
use crate::ports::forge::{Change, Comment, Posted};

/// Most characters of a comment on the server.
const SERVER_LIMIT: usize = 150_000;
/// Most bytes of the text; the rest is for the marker.
pub(super) const LIMIT: usize = SERVER_LIMIT - 512;
/// The thread's property that holds the marker.
const PROPERTY: &str = "outerloop.marker";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Thread {
    id: u64,
    #[serde(default)]
    is_deleted: bool,
    #[serde(default)]
    properties: Option<Value>,
    #[serde(default)]
    comments: Vec<ThreadComment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ThreadComment {
    id: u64,
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    is_deleted: bool,
}

impl Thread {
    fn is_marked(&self, marker: &str) -> bool {
        // Written as `{"$type": …, "$value": …}`; some servers answer with the value alone.
        let property = self.properties.as_ref().map(|all| &all[PROPERTY]);
        let held = property.and_then(|p| p.as_str().or_else(|| p["$value"].as_str()));
        !self.is_deleted && held == Some(marker) && self.first().is_some()
    }

    fn first(&self) -> Option<&ThreadComment> {
        self.comments.iter().filter(|c| !c.is_deleted).min_by_key(|c| c.id)
    }
}

struct Threads<'a> {
    repo: Repo<'a>,
    number: String,
    comment: &'a Comment,
    content: String,
}

/// Writes the comment, or changes the one with the same marker.
pub(super) fn write(repo: Repo<'_>, comment: &Comment) -> Result<Posted> {
    let content = content(comment)?;
    let number = comment.pull_request.number.to_string();
    let threads = Threads { repo, number, comment, content };
    threads.write().map_err(in_pull_request(&comment.pull_request))
}

fn content(comment: &Comment) -> Result<String> {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ":._-".contains(c);
    if comment.marker.is_empty() || comment.marker.len() > 256 || !comment.marker.chars().all(known)
    {
        let shown = comment.marker.escape_debug();
        return Err(Error::internal(format!("`{shown}` cannot mark a comment")));
    }
    if comment.markdown.len() > LIMIT {
        let bytes = comment.markdown.len();
        return Err(Error::internal(format!("a comment of {bytes} bytes, at most {LIMIT} may be")));
    }
    Ok(format!("<!-- outerloop:{} -->\n{}", comment.marker, comment.markdown))
}

impl Threads<'_> {
    /// Creating is looked after: whether it was done when the answer was lost, and whether another
    /// run was at it too.
    fn write(&self) -> http::Result<Posted> {
        let (mut created, mut lost) = (None, false);
        for _ in 0..ATTEMPTS {
            let mut found = self.marked()?;
            if !found.is_empty() {
                let oldest = found.remove(0);
                self.remove(&found)?;
                let ours = created.map_or(lost, |id| id == oldest.id);
                return self.update(&oldest, ours);
            }
            if let Some(id) = created {
                return Ok(self.posted(id, Change::Created));
            }
            match self.create() {
                Ok(thread) => created = Some(thread.id),
                Err(failure) if failure.is_ambiguous() => {
                    lost = true;
                    self.repo.devops.clock().sleep(SETTLE);
                }
                Err(failure) => return Err(failure),
            }
        }
        let number = &self.number;
        let message = format!("the comment on pull request {number} could not be written");
        Err(Error::unavailable(message).hint("run the same command again").retryable().into())
    }

    /// Our threads, the oldest first.
    fn marked(&self) -> http::Result<Vec<Thread>> {
        let request = Request::get(&self.path(&[]));
        let all: Vec<Thread> = self.repo.devops.list(&request, PULL_REQUESTS)?;
        let mut marked: Vec<Thread> =
            all.into_iter().filter(|t| t.is_marked(&self.comment.marker)).collect();
        marked.sort_by_key(|thread| thread.id);
        Ok(marked)
    }

    fn create(&self) -> http::Result<Thread> {
        let body = json!({
            "comments": [{"parentCommentId": 0, "content": self.content, "commentType": "text"}],
            "status": self.status(),
            "properties": {PROPERTY: {"$type": "System.String", "$value": self.comment.marker}},
        });
        let request = Request::post(&self.path(&[])).json(&body);
        self.repo.devops.ask(&request, PULL_REQUESTS)
    }

    /// Sets the state before the text: where the text is as wanted, the state was set by an earlier
    /// run, and if it is another one now, a person has decided so.
    fn update(&self, thread: &Thread, ours: bool) -> http::Result<Posted> {
        let change = if ours { Change::Created } else { Change::Updated };
        let differs = |c: &&ThreadComment| {
            !same_words(c.content.as_deref().unwrap_or_default(), &self.content)
        };
        let first = thread.first().filter(differs);
        let Some(first) = first else {
            let change = if ours { change } else { Change::Unchanged };
            return Ok(self.posted(thread.id, change));
        };
        let (id, comment) = (thread.id.to_string(), first.id.to_string());
        let status = Request::patch(&self.path(&[&id])).json(&json!({"status": self.status()}));
        self.repo.devops.send(&status, PULL_REQUESTS)?;
        let text = Request::patch(&self.path(&[&id, "comments", &comment]))
            .json(&json!({"content": self.content}));
        self.repo.devops.send(&text, PULL_REQUESTS)?;
        Ok(self.posted(thread.id, change))
    }

    fn remove(&self, threads: &[Thread]) -> http::Result<()> {
        for thread in threads {
            let Some(first) = thread.first() else { continue };
            let (id, comment) = (thread.id.to_string(), first.id.to_string());
            let request = Request::delete(&self.path(&[&id, "comments", &comment]));
            match self.repo.devops.send(&request, PULL_REQUESTS) {
                // Another run was at it too.
                Err(failure) if failure.status() != Some(404) => return Err(failure),
                _ => {}
            }
        }
        Ok(())
    }

    fn path<'p>(&'p self, rest: &[&'p str]) -> Vec<&'p str> {
        self.repo.path(&[&["pullRequests", self.number.as_str(), "threads"], rest].concat())
    }

    fn status(&self) -> &'static str {
        if self.comment.open { "active" } else { "closed" }
    }

    fn posted(&self, thread: u64, change: Change) -> Posted {
        let page = self.repo.pull_request_url(self.comment.pull_request.number);
        Posted {
            id: thread.to_string(),
            url: Some(format!("{page}?discussionId={thread}")),
            change,
        }
    }
}
