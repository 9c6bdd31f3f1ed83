//! Pull requests.

use serde_json::{Value, json};

use super::permissions::message;
use super::site::GitHubSite;
use super::{lists, shape};
use crate::fake::{Call, Reply};

impl GitHubSite {
    /// A pull request from `branch` by a person, for tests; gives its number.
    pub fn open_pull(&mut self, branch: &str) -> u64 {
        if !self.branches.contains_key(branch) {
            self.push(branch, &[]);
        }
        self.pull("A pull request", "", branch, "main")
    }

    /// Merges a pull request.
    ///
    /// # Panics
    /// There is no such pull request.
    pub fn merge(&mut self, number: u64) {
        let pull = self.pulls.iter_mut().find(|p| p["number"] == number).expect("a pull request");
        pull["state"] = json!("closed");
        pull["merged"] = json!(true);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (base, head) = (text(&pull["base"]["ref"]), text(&pull["head"]["sha"]));
        self.set_branch(&base, &head);
    }

    fn pull(&mut self, title: &str, body: &str, head: &str, base: &str) -> u64 {
        let number = self.next_number();
        let owner = self.repository.split('/').next().unwrap_or_default();
        let pull = json!({
            "id": number,
            "number": number,
            "html_url": self.web(&format!("pull/{number}")),
            "title": title,
            "body": body,
            "state": "open",
            "labels": [],
            "head": {
                "ref": head,
                "label": format!("{owner}:{head}"),
                "sha": self.branches.get(head),
            },
            "base": { "ref": base, "sha": self.branches.get(base) },
            "user": self.author(),
            "pull_request": {},
        });
        self.pulls.push(pull);
        number
    }
}

pub(super) fn list(site: &mut GitHubSite, call: &Call, _: &[&str]) -> Reply {
    let state = call.asked("state").unwrap_or("open");
    let found = site.pulls.iter().rev().filter(|p| {
        (state == "all" || p["state"] == state)
            && call.asked("head").is_none_or(|head| p["head"]["label"] == head)
            && call.asked("base").is_none_or(|base| p["base"]["ref"] == base)
    });
    lists::page(site, call, None, found.cloned().collect())
}

pub(super) fn create(site: &mut GitHubSite, call: &Call, _: &[&str]) -> Reply {
    let required = ["title:text", "head:text", "base:text"];
    let optional = ["body:text", "draft:flag", "maintainer_can_modify:flag"];
    let body = match shape::body(site, call, &required, &optional) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    if !site.may_open_pull_requests {
        let text = "GitHub Actions is not permitted to create or approve pull requests.";
        return message(403, text);
    }
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let (head, base) = (text("head"), text("base"));
    if !site.branches.contains_key(&head) || !site.branches.contains_key(&base) {
        return message(422, "Validation Failed");
    }
    let open = |p: &&Value| p["state"] == "open" && p["head"]["ref"] == head;
    if site.pulls.iter().any(|p| open(&p)) {
        return message(422, "A pull request already exists for this branch.");
    }
    let number = site.pull(&text("title"), &text("body"), &head, &base);
    let made = site.pulls.iter().find(|p| p["number"] == number);
    Reply::json(201, made.unwrap_or(&Value::Null))
}

pub(super) fn update(site: &mut GitHubSite, call: &Call, rest: &[&str]) -> Reply {
    let optional = ["title:text", "body:text", "state:text", "base:text"];
    let body = match shape::body(site, call, &[], &optional) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let number: u64 = rest[1].parse().unwrap_or_default();
    let Some(pull) = site.pulls.iter_mut().find(|p| p["number"] == number) else {
        return message(404, "Not Found");
    };
    for (name, value) in body.as_object().into_iter().flatten() {
        pull[name] = value.clone();
    }
    Reply::json(200, pull)
}
