//! One file of the repository: read at a commit, and changed by one commit on top of it.

use serde::Deserialize;
use serde_json::json;

use super::forge::Repo;
use crate::adapters::azure::devops::{CONTRIBUTE, READ};
use crate::adapters::http::{self, Failure, Request};
use crate::domain::error::Error;

#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    content: Option<String>,
}

#[derive(Deserialize)]
struct Commit {
    #[serde(default)]
    parents: Vec<String>,
}

/// The file's text at a commit; none when it is not there.
pub(super) fn text_at(repo: Repo<'_>, path: &str, commit: &str) -> http::Result<Option<String>> {
    let request = Request::get(&repo.path(&["items"]))
        .query("path", rooted(path))
        .query("versionDescriptor.version", commit)
        .query("versionDescriptor.versionType", "commit")
        .query("includeContent", "true")
        .query("$format", "json");
    match repo.devops.ask::<Item>(&request, READ) {
        Ok(Item { content: Some(text) }) => Ok(Some(text)),
        Ok(Item { content: None }) => {
            let message = format!("{path} is no text at commit {commit}");
            Err(Failure::from(Error::input(message).hint("it must be a text file in UTF-8")))
        }
        Err(failure) if failure.status() == Some(404) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// The commits that a commit follows on.
pub(super) fn parents(repo: Repo<'_>, commit: &str) -> http::Result<Vec<String>> {
    let request = Request::get(&repo.path(&["commits", commit]));
    Ok(repo.devops.ask::<Commit>(&request, READ)?.parents)
}

/// A new text of a file.
pub(super) struct NewText<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a str,
    pub(super) is_new: bool,
    pub(super) message: &'a str,
}

/// Puts one commit with the new text on top of `branch`, which must be at `base`. False when it is
/// elsewhere by now, or when nobody knows: look again.
pub(super) fn push(
    repo: Repo<'_>,
    branch: &str,
    base: &str,
    new: &NewText<'_>,
) -> http::Result<bool> {
    let body = json!({
        "refUpdates": [{"name": branch, "oldObjectId": base}],
        "commits": [{
            "comment": new.message,
            "changes": [{
                "changeType": if new.is_new { "add" } else { "edit" },
                "item": {"path": rooted(new.path)},
                "newContent": {"content": new.text, "contentType": "rawtext"},
            }],
        }],
    });
    match repo.devops.send(&Request::post(&repo.path(&["pushes"])).json(&body), CONTRIBUTE) {
        Ok(_) => Ok(true),
        Err(failure) if failure.is_ambiguous() || failure.status() == Some(409) => Ok(false),
        Err(failure) => Err(failure),
    }
}

fn rooted(path: &str) -> String {
    format!("/{}", path.trim_start_matches('/'))
}
