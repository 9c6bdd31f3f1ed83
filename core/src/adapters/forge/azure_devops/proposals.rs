//! A change of one file as a pull request. The branch is made anew from its base each time, and is
//! only ever moved from where it was seen.

use serde::Deserialize;
use serde_json::{Value, json};

use super::branch;
use super::changes::{self, NewText};
use super::forge::{ATTEMPTS, Repo, SETTLE};
use super::markup::{same_words, shortened};
use crate::adapters::azure::devops::PULL_REQUESTS;
use crate::adapters::http::{Failure, Request};
use crate::domain::error::{Error, Result};
use crate::ports::forge::{Change, Proposal, Proposed};

/// Most characters of a pull request's title, and of its text.
const TITLE: usize = 400;
const BODY: usize = 4_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PullRequest {
    pull_request_id: u64,
    title: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    fork_source: Option<Value>,
}

/// Opens or changes the pull request.
pub(super) fn propose(repo: Repo<'_>, proposal: &Proposal<'_>) -> Result<Proposed> {
    let base = match &proposal.base {
        Some(base) => branch::full(base),
        None => branch::default(repo)?,
    };
    let source = branch::full(&proposal.branch);
    for _ in 0..ATTEMPTS {
        match put_change(repo, proposal, &base, &source)? {
            Outcome::Nothing => {
                return Ok(Proposed { number: None, url: None, change: Change::Unchanged });
            }
            Outcome::There(written) => return put_request(repo, proposal, &base, &source, written),
            Outcome::Again => repo.devops.clock().sleep(SETTLE),
        }
    }
    Err(Error::conflict(format!("the branch {source} does not stand still"))
        .hint("another run proposes a change on it at the same time; run the same command again")
        .retryable())
}

/// What came of putting the change on its branch.
enum Outcome {
    /// The base has it already.
    Nothing,
    /// It is there; whether it was written now.
    There(bool),
    /// The branch was moved by somebody else, or nobody knows.
    Again,
}

fn put_change(
    repo: Repo<'_>,
    proposal: &Proposal<'_>,
    base: &str,
    source: &str,
) -> Result<Outcome> {
    let at = branch::tip(repo, base)?.ok_or_else(|| {
        Error::not_found(format!("there is no branch {base}")).hint("check `promote.base`")
    })?;
    let path = proposal.path.as_str();
    let before = changes::text_at(repo, path, &at)?;
    let text = (proposal.edit)(before.as_deref())?;
    if before.as_deref() == Some(&text) {
        return Ok(Outcome::Nothing);
    }
    let tip = branch::tip(repo, source)?;
    if let Some(tip) = tip.as_deref().filter(|tip| *tip != at) {
        let is_ours = changes::parents(repo, tip)? == [at.clone()]
            && changes::text_at(repo, path, tip)?.as_deref() == Some(&text);
        if is_ours {
            return Ok(Outcome::There(false));
        }
    }
    if tip.as_deref() != Some(&at) && !branch::move_to(repo, source, tip.as_deref(), &at)? {
        return Ok(Outcome::Again);
    }
    let title = shortened(&proposal.title, TITLE);
    let new = NewText { path, text: &text, is_new: before.is_none(), message: &title };
    let pushed = changes::push(repo, source, &at, &new)?;
    Ok(if pushed { Outcome::There(true) } else { Outcome::Again })
}

/// Opens the pull request, or changes the open one. The server allows one open pull request between
/// two branches, so that a second call finds the first.
fn put_request(
    repo: Repo<'_>,
    proposal: &Proposal<'_>,
    base: &str,
    source: &str,
    written: bool,
) -> Result<Proposed> {
    let (title, body) = (shortened(&proposal.title, TITLE), shortened(&proposal.body, BODY));
    let mut sent = false;
    for _ in 0..ATTEMPTS {
        if let Some(open) = open_request(repo, base, source)? {
            let number = open.pull_request_id;
            let same = same_words(&open.title, &title)
                && same_words(open.description.as_deref().unwrap_or_default(), &body);
            if !same {
                let id = number.to_string();
                let request = Request::patch(&repo.path(&["pullrequests", &id]))
                    .json(&json!({"title": title, "description": body}));
                repo.devops.send(&request, PULL_REQUESTS)?;
            }
            let change = match (sent, same && !written) {
                (true, _) => Change::Created,
                (false, true) => Change::Unchanged,
                (false, false) => Change::Updated,
            };
            return Ok(proposed(repo, number, change));
        }
        let request = Request::post(&repo.path(&["pullrequests"])).json(&json!({
            "sourceRefName": source, "targetRefName": base, "title": title, "description": body,
        }));
        match repo.devops.ask::<PullRequest>(&request, PULL_REQUESTS) {
            Ok(made) => return Ok(proposed(repo, made.pull_request_id, Change::Created)),
            Err(failure) if failure.is_ambiguous() => {
                sent = true;
                repo.devops.clock().sleep(SETTLE);
            }
            Err(failure) if failure.status() == Some(409) => {}
            Err(failure) => return Err(unusable(failure)),
        }
    }
    Err(Error::unavailable(format!("no pull request could be opened for {source}"))
        .hint("run the same command again")
        .retryable())
}

fn open_request(repo: Repo<'_>, base: &str, source: &str) -> Result<Option<PullRequest>> {
    let request = Request::get(&repo.path(&["pullrequests"]))
        .query("searchCriteria.status", "active")
        .query("searchCriteria.sourceRefName", source)
        .query("searchCriteria.targetRefName", base);
    let found: Vec<PullRequest> = repo.devops.list(&request, PULL_REQUESTS)?;
    let own = found.into_iter().filter(|p| p.fork_source.as_ref().is_none_or(Value::is_null));
    Ok(own.min_by_key(|p| p.pull_request_id))
}

fn proposed(repo: Repo<'_>, number: u64, change: Change) -> Proposed {
    Proposed { number: Some(number), url: Some(repo.pull_request_url(number)), change }
}

fn unusable(failure: Failure) -> Error {
    Error::from(failure).during("opening a pull request")
}
