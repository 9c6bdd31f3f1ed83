//! Work items of Azure Boards, each found again by a tag that holds its key.

use serde_json::{Value, json};

use super::forge::{ATTEMPTS, SETTLE};
use super::markup::{html, same_text, same_words, shortened};
use super::ticket_search::{Item, Search};
use crate::adapters::azure::devops::{DevOps, EDIT_WORK_ITEMS};
use crate::adapters::http::{self, Request};
use crate::domain::error::{Error, Result};
use crate::ports::forge::{Change, Posted, Ticket};

/// Most characters of a work item's title.
const TITLE: usize = 255;
/// Most characters of a tag.
const TAG: usize = 400;
const PATCH: &str = "application/json-patch+json";

/// The tag of a key. Tags are told apart without regard to case, and end at `;` and `,`.
fn tag(key: &str) -> Result<String> {
    let tag = format!("outerloop:{key}");
    let unusable = |c: char| matches!(c, ';' | ',') || c.is_control() || c.is_uppercase();
    if key.is_empty() || tag.chars().count() > TAG || tag.contains(unusable) {
        let shown = key.escape_debug();
        return Err(Error::internal(format!("`{shown}` cannot be the key of a work item")));
    }
    Ok(tag)
}

/// Opens a work item, or changes the open one.
pub(super) fn open(devops: &DevOps, ticket: &Ticket) -> Result<Posted> {
    let tag = tag(&ticket.key)?;
    let mut search = Search::new(devops, &ticket.kind)?;
    let (mut created, mut lost) = (None, false);
    for _ in 0..ATTEMPTS {
        let mut found = search.open_with(&tag)?;
        if !found.is_empty() {
            let oldest = found.remove(0);
            for other in &found {
                let why = format!("The same as #{}, which stays open.", oldest.id);
                end(devops, &mut search, other, &why)?;
            }
            let ours = created.map_or(lost, |id| id == oldest.id);
            return Ok(update(devops, &oldest, ticket, ours)?);
        }
        if let Some(id) = created {
            return Ok(posted(devops, id, Change::Created));
        }
        match create(devops, ticket, &tag) {
            Ok(id) => created = Some(id),
            Err(failure) if failure.is_ambiguous() => {
                lost = true;
                devops.clock().sleep(SETTLE);
            }
            Err(failure) => return Err(failure.into()),
        }
    }
    Err(Error::unavailable(format!("no work item could be opened for {}", ticket.key))
        .hint("run the same command again")
        .retryable())
}

/// Closes the open work items with this key, with a comment. None when there is none.
pub(super) fn close(devops: &DevOps, key: &str, markdown: &str) -> Result<Option<Posted>> {
    let tag = tag(key)?;
    let mut search = Search::of_any_kind(devops);
    let mut closed = None;
    for _ in 0..ATTEMPTS {
        let found = search.open_with(&tag)?;
        let Some(oldest) = found.first() else {
            return Ok(closed.map(|id| posted(devops, id, Change::Updated)));
        };
        closed = Some(oldest.id);
        for item in &found {
            end(devops, &mut search, item, markdown)?;
        }
    }
    Err(Error::conflict(format!("the work items with the tag {tag} do not stay closed"))
        .hint("somebody else changes them at the same time; run the same command again")
        .retryable())
}

fn create(devops: &DevOps, ticket: &Ticket, tag: &str) -> http::Result<u64> {
    let mut labels = ticket.labels.clone();
    labels.push(tag.to_owned());
    let patch = json!([
        {"op": "add", "path": "/fields/System.Title", "value": shortened(&ticket.title, TITLE)},
        {"op": "add", "path": "/fields/System.Description", "value": html(&ticket.markdown)},
        {"op": "add", "path": "/fields/System.Tags", "value": labels.join("; ")},
    ]);
    let project = devops.run().project_id.as_str();
    let kind = format!("${}", ticket.kind);
    let request =
        Request::post(&[project, "_apis", "wit", "workitems", &kind]).json_as(PATCH, &patch);
    Ok(devops.ask::<Item>(&request, EDIT_WORK_ITEMS)?.id)
}

fn update(devops: &DevOps, item: &Item, ticket: &Ticket, ours: bool) -> http::Result<Posted> {
    let mut patch = Vec::new();
    let mut set = |field: &str, value: String| {
        patch.push(json!({"op": "add", "path": format!("/fields/{field}"), "value": value}));
    };
    let title = shortened(&ticket.title, TITLE);
    if !same_words(item.text("System.Title"), &title) {
        set("System.Title", title);
    }
    let description = html(&ticket.markdown);
    if !same_text(item.text("System.Description"), &description) {
        set("System.Description", description);
    }
    let tags = item.tags();
    let has = |label: &&String| tags.iter().any(|tag| tag.eq_ignore_ascii_case(label.trim()));
    let missing: Vec<&String> = ticket.labels.iter().filter(|label| !has(label)).collect();
    if !missing.is_empty() {
        let all = tags.iter().copied().chain(missing.iter().map(|label| label.as_str()));
        set("System.Tags", all.collect::<Vec<_>>().join("; "));
    }
    let change = match (ours, patch.is_empty()) {
        (true, _) => Change::Created,
        (false, true) => Change::Unchanged,
        (false, false) => Change::Updated,
    };
    if !patch.is_empty() {
        send(devops, item.id, patch)?;
    }
    Ok(posted(devops, item.id, change))
}

/// Closes an item, unless another run has changed it since it was read: that one closes it.
fn end(devops: &DevOps, search: &mut Search<'_>, item: &Item, markdown: &str) -> Result<()> {
    let state = search.completed(item.text("System.WorkItemType"))?;
    let patch = vec![
        json!({"op": "test", "path": "/rev", "value": item.rev}),
        json!({"op": "add", "path": "/fields/System.State", "value": state}),
        json!({"op": "add", "path": "/fields/System.History", "value": html(markdown)}),
    ];
    match send(devops, item.id, patch) {
        Err(failure) if failure.status() != Some(412) => Err(failure.into()),
        _ => Ok(()),
    }
}

fn send(devops: &DevOps, id: u64, patch: Vec<Value>) -> http::Result<()> {
    let project = devops.run().project_id.as_str();
    let id = id.to_string();
    let request = Request::patch(&[project, "_apis", "wit", "workitems", &id])
        .json_as(PATCH, &Value::Array(patch));
    devops.send(&request, EDIT_WORK_ITEMS).map(|_| ())
}

fn posted(devops: &DevOps, id: u64, change: Change) -> Posted {
    let run = devops.run();
    let project = super::forge::segment(&run.project);
    let url = format!("{}/{project}/_workitems/edit/{id}", run.collection);
    Posted { id: id.to_string(), url: Some(url), change }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_would_be_two_tags_is_refused() {
        assert_eq!(tag("retrain:churn").unwrap(), "outerloop:retrain:churn");
        for key in ["", "a;b", "a,b", "a\nb", "A", &"x".repeat(400)] {
            assert!(tag(key).is_err(), "{key}");
        }
    }
}
