//! Comments of issues and pull requests.

use serde_json::{Value, json};

use super::permissions::{Level, message, refused};
use super::site::GitHubSite;
use super::{lists, shape};
use crate::fake::{Call, Reply};

/// Characters of a comment.
const MOST: usize = 65_536;

impl GitHubSite {
    /// A comment by a person, for tests; gives its id.
    pub fn comment_by(&mut self, login: &str, number: u64, body: &str) -> u64 {
        self.comment(number, body, &json!({ "login": login, "id": 3, "type": "User" }))
    }

    fn comment(&mut self, number: u64, body: &str, user: &Value) -> u64 {
        let id = self.next_id();
        let url = self.web(&format!("issues/{number}#issuecomment-{id}"));
        self.comments.push(
            json!({ "id": id, "number": number, "html_url": url, "body": body, "user": user }),
        );
        id
    }

    fn is_pull(&self, number: u64) -> bool {
        self.pulls.iter().any(|p| p["number"] == number)
    }

    fn is_issue(&self, number: u64) -> bool {
        self.issues.iter().any(|i| i["number"] == number)
    }

    /// Why comments of this number may not be touched.
    fn closed_to(&self, number: u64, level: Level) -> Option<Reply> {
        if !self.is_issue(number) && !self.is_pull(number) {
            return Some(message(404, "Not Found"));
        }
        let pulls = self.is_pull(number) && self.permissions.allow("pull-requests", level);
        let allowed = pulls || self.permissions.allow("issues", level);
        (!allowed).then(refused)
    }
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or_default()
}

pub(super) fn list(site: &mut GitHubSite, call: &Call, rest: &[&str]) -> Reply {
    let number = number(rest[1]);
    if let Some(reply) = site.closed_to(number, Level::Read) {
        return reply;
    }
    let own = site.comments.iter().filter(|c| c["number"] == number).cloned().collect();
    lists::page(site, call, None, own)
}

fn text(site: &mut GitHubSite, call: &Call) -> Result<String, Reply> {
    let body = shape::body(site, call, &["body:text"], &[])?;
    let text = body["body"].as_str().unwrap_or_default();
    if text.chars().count() > MOST {
        return Err(message(422, "Body is too long (maximum is 65536 characters)"));
    }
    Ok(text.to_owned())
}

pub(super) fn create(site: &mut GitHubSite, call: &Call, rest: &[&str]) -> Reply {
    let number = number(rest[1]);
    if let Some(reply) = site.closed_to(number, Level::Write) {
        return reply;
    }
    match text(site, call) {
        Ok(text) => {
            let author = site.author();
            site.comment(number, &text, &author);
            Reply::json(201, site.comments.last().unwrap_or(&Value::Null))
        }
        Err(reply) => reply,
    }
}

pub(super) fn update(site: &mut GitHubSite, call: &Call, rest: &[&str]) -> Reply {
    let id = number(rest[2]);
    let text = match text(site, call) {
        Ok(text) => text,
        Err(reply) => return reply,
    };
    match site.comments.iter_mut().find(|c| c["id"] == id) {
        Some(comment) => {
            comment["body"] = json!(text);
            Reply::json(200, comment)
        }
        None => message(404, "Not Found"),
    }
}

pub(super) fn delete(site: &mut GitHubSite, _: &Call, rest: &[&str]) -> Reply {
    let id = number(rest[2]);
    let before = site.comments.len();
    site.comments.retain(|c| c["id"] != id);
    if site.comments.len() < before { Reply::empty(204) } else { message(404, "Not Found") }
}
