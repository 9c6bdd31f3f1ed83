//! A pull request that changes one file.
//!
//! The branch is one commit on top of the base, made with the git data API; nothing is checked out.
//! Asked again with the same content on the same base, nothing is written.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use super::marker;
use crate::adapters::github::{GitHub, Permission, create_once};
use crate::adapters::http::{self, Failure, Request};
use crate::domain::error::{Error, Result};
use crate::ports::forge::{Change, Proposal, Proposed};

/// What a repository without the permission answers when a workflow opens a pull request.
const NOT_PERMITTED: &str = "not permitted to create";

#[derive(Deserialize)]
struct Repository {
    default_branch: String,
}

#[derive(Deserialize)]
struct Reference {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    sha: String,
}

#[derive(Deserialize)]
struct Commit {
    sha: String,
    tree: Object,
    parents: Vec<Object>,
    message: String,
}

#[derive(Deserialize)]
struct Content {
    #[serde(rename = "type")]
    kind: String,
    encoding: Option<String>,
    content: Option<String>,
}

#[derive(Deserialize)]
struct Pull {
    number: u64,
    html_url: Option<String>,
    title: String,
    body: Option<String>,
}

impl Pull {
    fn proposed(self, change: Change) -> Proposed {
        Proposed { number: Some(self.number), url: self.html_url, change }
    }
}

struct Wanted<'a> {
    github: &'a GitHub,
    proposal: &'a Proposal<'a>,
    base: String,
}

pub(super) fn propose(github: &GitHub, proposal: &Proposal<'_>) -> Result<Proposed> {
    let base = match &proposal.base {
        Some(base) => base.clone(),
        None => default_branch(github)?,
    };
    if base == proposal.branch {
        return Err(Error::config(format!("the branch `{base}` cannot be merged into itself"))
            .hint("set `promote.branch` to a branch that belongs to outerloop alone"));
    }
    let wanted = Wanted { github, proposal, base };
    let tip = wanted.tip(&wanted.base)?.ok_or_else(|| {
        Error::not_found(format!("there is no branch `{}`", wanted.base.escape_debug()))
            .hint("set `promote.base` to the branch that the pull request is merged into")
    })?;
    let old = wanted.content(&tip)?;
    let new = (proposal.edit)(old.as_deref())?;
    if old.as_deref() == Some(new.as_str()) {
        return Ok(Proposed { number: None, url: None, change: Change::Unchanged });
    }
    let moved = wanted.branch(&tip, &new)?;
    Ok(wanted.pull_request(moved)?)
}

fn default_branch(github: &GitHub) -> http::Result<String> {
    let repository: Repository = github.ask(&Request::get(&github.path(&[])), Permission::Read)?;
    Ok(repository.default_branch)
}

impl Wanted<'_> {
    /// The commit at the tip of a branch.
    fn tip(&self, branch: &str) -> http::Result<Option<String>> {
        let path = self.github.path(&["git", "ref", "heads", branch]);
        let found: Option<Reference> = self.github.find(&Request::get(&path), Permission::Read)?;
        Ok(found.map(|reference| reference.object.sha))
    }

    fn content(&self, commit: &str) -> Result<Option<String>> {
        let path = self.github.path(&["contents", &self.proposal.path]);
        let request = Request::get(&path).query("ref", commit);
        let shown = self.proposal.path.escape_debug();
        let Some(found) = self.github.find::<Content>(&request, Permission::Read)? else {
            return Ok(None);
        };
        let text = found.content.filter(|_| found.kind == "file");
        let (Some(text), Some("base64")) = (text, found.encoding.as_deref()) else {
            return Err(Error::input(format!("`{shown}` is no file below 1 MB")));
        };
        let bytes = STANDARD.decode(text.replace(['\n', '\r'], ""));
        let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        text.map(Some).ok_or_else(|| Error::input(format!("`{shown}` is not UTF-8")))
    }

    /// Sets the branch to one commit with the new content on top of `tip`; false when it is there.
    fn branch(&self, tip: &str, content: &str) -> http::Result<bool> {
        let tree = self.tree(tip, content)?;
        let old = self.tip(&self.proposal.branch)?;
        if let Some(old) = &old {
            let commit = self.commit(old)?;
            let on_tip = matches!(commit.parents.as_slice(), [only] if only.sha == tip);
            if on_tip && commit.tree.sha == tree && commit.message == self.proposal.title {
                return Ok(false);
            }
        }
        let path = self.github.path(&["git", "commits"]);
        let body = json!({ "message": self.proposal.title, "tree": tree, "parents": [tip] });
        // A second commit that nothing points to does no harm.
        let request = Request::post(&path).json(&body).safe_to_repeat();
        let commit: Commit = self.github.ask(&request, Permission::Contents)?;
        match old {
            Some(_) => self.move_branch(&commit.sha)?,
            None => self.make_branch(&commit.sha)?,
        }
        Ok(true)
    }

    /// The tree of `commit` with the new content in it. Trees are named by their content.
    fn tree(&self, commit: &str, content: &str) -> http::Result<String> {
        let base = self.commit(commit)?.tree.sha;
        let file = json!({
            "path": self.proposal.path, "mode": "100644", "type": "blob", "content": content,
        });
        let path = self.github.path(&["git", "trees"]);
        let body = json!({ "base_tree": base, "tree": [file] });
        let request = Request::post(&path).json(&body).safe_to_repeat();
        Ok(self.github.ask::<Object>(&request, Permission::Contents)?.sha)
    }

    fn commit(&self, sha: &str) -> http::Result<Commit> {
        let path = self.github.path(&["git", "commits", sha]);
        self.github.ask(&Request::get(&path), Permission::Read)
    }

    fn move_branch(&self, commit: &str) -> http::Result<()> {
        let path = self.github.path(&["git", "refs", "heads", &self.proposal.branch]);
        let request = Request::patch(&path).json(&json!({ "sha": commit, "force": true }));
        self.github.send(&request, Permission::Contents).map(drop)
    }

    fn make_branch(&self, commit: &str) -> http::Result<()> {
        let name = format!("refs/heads/{}", self.proposal.branch);
        let path = self.github.path(&["git", "refs"]);
        let body = json!({ "ref": name, "sha": commit });
        // Made a second time it is refused, because it is there.
        let request = Request::post(&path).json(&body).safe_to_repeat();
        match self.github.send(&request, Permission::Contents) {
            Err(failure) if failure.status() == Some(422) && self.is_there()? => {
                self.move_branch(commit)
            }
            made => made.map(drop),
        }
    }

    fn is_there(&self) -> http::Result<bool> {
        Ok(self.tip(&self.proposal.branch)?.is_some())
    }

    /// Opens the pull request, or changes the open one. `moved`: the branch has new content.
    fn pull_request(&self, moved: bool) -> http::Result<Proposed> {
        if let Some(pull) = self.open_pull()? {
            return self.change(pull, moved);
        }
        let body = json!({
            "title": self.proposal.title,
            "body": self.proposal.body,
            "head": self.proposal.branch,
            "base": self.base,
        });
        let request = Request::post(&self.github.path(&["pulls"])).json(&body);
        let made = create_once(
            self.github.clock(),
            || self.github.ask::<Pull>(&request, Permission::PullRequests).map_err(explain),
            || self.open_pull(),
        );
        match made {
            Ok(pull) => Ok(pull.proposed(Change::Created)),
            // Another run was faster.
            Err(failure) if failure.status() == Some(422) => match self.open_pull()? {
                Some(pull) => self.change(pull, moved),
                None => Err(failure),
            },
            Err(failure) => Err(failure),
        }
    }

    fn open_pull(&self) -> http::Result<Option<Pull>> {
        let head = format!("{}:{}", self.github.owner(), self.proposal.branch);
        let request = Request::get(&self.github.path(&["pulls"]))
            .query("state", "open")
            .query("head", head)
            .query("base", &self.base);
        let mut pages = self.github.pages::<Vec<Pull>>(request, Permission::PullRequests);
        let first = pages.next().transpose()?.unwrap_or_default();
        Ok(first.into_iter().min_by_key(|pull| pull.number))
    }

    fn change(&self, pull: Pull, moved: bool) -> http::Result<Proposed> {
        let body = pull.body.as_deref().unwrap_or_default();
        if pull.title == self.proposal.title && marker::same(body, &self.proposal.body) {
            let change = if moved { Change::Updated } else { Change::Unchanged };
            return Ok(pull.proposed(change));
        }
        let number = pull.number.to_string();
        let path = self.github.path(&["pulls", &number]);
        let body = json!({ "title": self.proposal.title, "body": self.proposal.body });
        let request = Request::patch(&path).json(&body);
        let changed: Pull = self.github.ask(&request, Permission::PullRequests)?;
        Ok(changed.proposed(Change::Updated))
    }
}

fn explain(failure: Failure) -> Failure {
    if failure.status() == Some(403) && failure.said().contains(NOT_PERMITTED) {
        return failure.hint(
            "in the repository's settings, under Actions, General, Workflow permissions, allow \
             GitHub Actions to create and approve pull requests; or pass the token of an app",
        );
    }
    failure
}
