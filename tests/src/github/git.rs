//! Branches, commits, trees and files, as the git data API has them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::permissions::message;
use super::shape;
use super::site::GitHubSite;
use crate::fake::{Call, Reply};

fn name_of(content: &str) -> String {
    Sha256::digest(content).iter().take(20).map(|b| format!("{b:02x}")).collect()
}

impl GitHubSite {
    /// Commits files on top of a branch, which is made where it is not there; gives the commit.
    pub fn push(&mut self, branch: &str, files: &[(&str, &str)]) -> String {
        let parent = self.branches.get(branch).or_else(|| self.branches.get("main")).cloned();
        let mut tree = parent.as_ref().map(|p| self.tree_of(p)).unwrap_or_default();
        tree.extend(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
        let tree = self.store_tree(tree);
        let commit = self.store_commit(&tree, parent.as_deref(), "pushed");
        self.set_branch(branch, &commit);
        commit
    }

    /// The content of a file on a branch.
    pub fn file(&self, branch: &str, path: &str) -> Option<String> {
        self.tree_of(self.branches.get(branch)?).get(path).cloned()
    }

    fn tree_of(&self, commit: &str) -> BTreeMap<String, String> {
        let tree = self.commits.get(commit).and_then(|c| c["tree"]["sha"].as_str());
        tree.and_then(|tree| self.trees.get(tree)).cloned().unwrap_or_default()
    }

    fn store_tree(&mut self, tree: BTreeMap<String, String>) -> String {
        let name = name_of(&json!(tree).to_string());
        self.trees.insert(name.clone(), tree);
        name
    }

    fn store_commit(&mut self, tree: &str, parent: Option<&str>, text: &str) -> String {
        // A commit holds its time, so that no two are the same.
        let sha = name_of(&format!("{tree} {parent:?} {text} {}", self.next_id()));
        let parents: Vec<Value> = parent.iter().map(|p| json!({ "sha": p })).collect();
        let commit =
            json!({ "sha": sha, "message": text, "tree": { "sha": tree }, "parents": parents });
        self.commits.insert(sha.clone(), commit);
        sha
    }

    pub(super) fn set_branch(&mut self, branch: &str, commit: &str) {
        self.branches.insert(branch.to_owned(), commit.to_owned());
        for pull in self.pulls.iter_mut().filter(|p| p["head"]["ref"] == branch) {
            pull["head"]["sha"] = json!(commit);
        }
    }
}

fn shown(branch: &str, commit: &str) -> Value {
    let object = json!({ "sha": commit, "type": "commit" });
    json!({ "ref": format!("refs/heads/{branch}"), "object": object })
}

pub(super) fn reference(site: &mut GitHubSite, _: &Call, rest: &[&str]) -> Reply {
    let branch = rest[3..].join("/");
    match site.branches.get(&branch) {
        Some(commit) => Reply::json(200, &shown(&branch, commit)),
        None => message(404, "Not Found"),
    }
}

pub(super) fn create_reference(site: &mut GitHubSite, call: &Call, _: &[&str]) -> Reply {
    let body = match shape::body(site, call, &["ref:text", "sha:text"], &[]) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let (name, commit) = (body["ref"].as_str().unwrap_or_default(), body["sha"].as_str());
    let Some(branch) = name.strip_prefix("refs/heads/") else {
        return message(422, "Reference name must start with 'refs/'");
    };
    match commit.filter(|commit| site.commits.contains_key(*commit)) {
        None => message(422, "Object does not exist"),
        Some(_) if site.branches.contains_key(branch) => message(422, "Reference already exists"),
        Some(commit) => {
            site.set_branch(branch, commit);
            Reply::json(201, &shown(branch, commit))
        }
    }
}

pub(super) fn update_reference(site: &mut GitHubSite, call: &Call, rest: &[&str]) -> Reply {
    let body = match shape::body(site, call, &["sha:text"], &["force:flag"]) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let branch = rest[3..].join("/");
    let commit = body["sha"].as_str().unwrap_or_default();
    let Some(old) = site.branches.get(&branch).cloned() else {
        return message(422, "Reference does not exist");
    };
    let Some(new) = site.commits.get(commit) else { return message(422, "Object does not exist") };
    let forward = new["parents"].as_array().is_some_and(|p| p.iter().any(|p| p["sha"] == old));
    if !forward && body["force"] != true {
        return message(422, "Update is not a fast forward");
    }
    site.set_branch(&branch, commit);
    Reply::json(200, &shown(&branch, commit))
}

pub(super) fn commit(site: &mut GitHubSite, _: &Call, rest: &[&str]) -> Reply {
    match site.commits.get(rest[2]) {
        Some(commit) => Reply::json(200, commit),
        None => message(404, "Not Found"),
    }
}

pub(super) fn create_commit(site: &mut GitHubSite, call: &Call, _: &[&str]) -> Reply {
    let optional = ["parents:list", "author:object", "committer:object", "signature:text"];
    let body = match shape::body(site, call, &["message:text", "tree:text"], &optional) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let tree = body["tree"].as_str().unwrap_or_default();
    if !site.trees.contains_key(tree) {
        return message(422, "Tree SHA does not exist");
    }
    let parent = body["parents"][0].as_str();
    let text = body["message"].as_str().unwrap_or_default();
    let sha = site.store_commit(tree, parent, text);
    Reply::json(201, &site.commits[&sha])
}

pub(super) fn create_tree(site: &mut GitHubSite, call: &Call, _: &[&str]) -> Reply {
    let body = match shape::body(site, call, &["tree:list"], &["base_tree:text"]) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let base = body["base_tree"].as_str().unwrap_or_default();
    let mut tree = site.trees.get(base).cloned().unwrap_or_default();
    for entry in body["tree"].as_array().into_iter().flatten() {
        let required = ["path:text", "mode:text", "type:text", "content:text"];
        if let Some(why) = shape::wrong(entry, &required, &["sha:text"]) {
            site.violated(call, &why);
            return message(422, &why);
        }
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        tree.insert(text("path"), text("content"));
    }
    let sha = site.store_tree(tree);
    Reply::json(201, &json!({ "sha": sha, "tree": [] }))
}

pub(super) fn contents(site: &mut GitHubSite, call: &Call, rest: &[&str]) -> Reply {
    let at = call.asked("ref").unwrap_or("main");
    let commit = site.branches.get(at).cloned().unwrap_or_else(|| at.to_owned());
    let path = rest[1..].join("/");
    let Some(text) = site.tree_of(&commit).remove(&path) else { return message(404, "Not Found") };
    // GitHub breaks the lines of its base64.
    let base64 = STANDARD.encode(&text).into_bytes();
    let lines: Vec<_> = base64.chunks(60).map(|c| String::from_utf8_lossy(c)).collect();
    let body = json!({
        "type": "file",
        "encoding": "base64",
        "size": text.len(),
        "name": rest.last(),
        "path": path,
        "content": format!("{}\n", lines.join("\n")),
        "sha": name_of(&text),
    });
    Reply::json(200, &body)
}
