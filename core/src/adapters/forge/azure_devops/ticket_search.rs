//! Finds work items by their tag, and knows which states of which type count as open.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::adapters::azure::devops::{DevOps, EDIT_WORK_ITEMS};
use crate::adapters::http::{self, Failure, Request};
use crate::domain::error::{Error, Result};

/// Most work items that are looked at; more with one tag are not expected.
const MOST: &str = "200";
const FIELDS: &str = "System.Title,System.State,System.Tags,System.Description,System.WorkItemType";

/// A work item.
#[derive(Deserialize)]
pub(super) struct Item {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) rev: u64,
    #[serde(default)]
    fields: BTreeMap<String, Value>,
}

impl Item {
    pub(super) fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn tags(&self) -> Vec<&str> {
        self.text("System.Tags").split(';').map(str::trim).filter(|t| !t.is_empty()).collect()
    }
}

#[derive(Deserialize)]
struct State {
    name: String,
    category: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    work_items: Vec<Reference>,
}

#[derive(Deserialize)]
struct Reference {
    id: u64,
}

/// A search, with what it has learnt of the types of work items.
pub(super) struct Search<'a> {
    devops: &'a DevOps,
    states: BTreeMap<String, Vec<State>>,
}

impl<'a> Search<'a> {
    /// A search for work items that are of this type, as long as nobody has changed it.
    ///
    /// # Errors
    /// The project has no such type.
    pub(super) fn new(devops: &'a DevOps, kind: &str) -> Result<Self> {
        let mut search = Self::of_any_kind(devops);
        search.learn(kind).map_err(|failure| {
            let unknown = failure.status() == Some(404);
            let error = Error::from(failure);
            if !unknown {
                return error;
            }
            error.hint(format!(
                "the project's process may have no type `{kind}`: write one that it has into \
                 `retrain.ticket.kind` (Basic, Agile and CMMI have Issue, Scrum has Bug)"
            ))
        })?;
        Ok(search)
    }

    /// A search that knows no type yet.
    pub(super) fn of_any_kind(devops: &'a DevOps) -> Self {
        Self { devops, states: BTreeMap::new() }
    }

    /// The open work items with this tag, the oldest first.
    pub(super) fn open_with(&mut self, tag: &str) -> http::Result<Vec<Item>> {
        let ids = self.ids(tag)?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
        let request = Request::get(&self.path(&["workitems"]))
            .query("ids", ids.join(","))
            .query("fields", FIELDS)
            // One that was deleted since is left out.
            .query("errorPolicy", "omit");
        let read: Vec<Option<Item>> = self.devops.list(&request, EDIT_WORK_ITEMS)?;
        let mut open = Vec::new();
        for item in read.into_iter().flatten() {
            let tagged = item.tags().iter().any(|t| t.eq_ignore_ascii_case(tag));
            if tagged
                && self.is_open(item.text("System.WorkItemType"), item.text("System.State"))?
            {
                open.push(item);
            }
        }
        open.sort_by_key(|item| item.id);
        Ok(open)
    }

    /// The state of a type that says that the work is done.
    pub(super) fn completed(&mut self, kind: &str) -> Result<String> {
        let states = self.learn(kind)?;
        let done = states.iter().find(|s| s.category == "Completed").map(|s| s.name.clone());
        done.ok_or_else(|| {
            Error::config(format!("work items of type {kind} have no state that means done"))
                .hint("choose another type in `retrain.ticket.kind`")
        })
    }

    /// Newest first, so that old closed ones never push out an open one; the states that are known
    /// to be closed are left out by the server.
    fn ids(&self, tag: &str) -> http::Result<Vec<u64>> {
        let closed = self.states.values().flatten().filter(|s| is_closed(&s.category));
        let mut closed: Vec<String> = closed.map(|state| quoted(&state.name)).collect();
        closed.sort();
        closed.dedup();
        let mut query = format!(
            "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project \
             AND [System.Tags] CONTAINS {}",
            quoted(tag)
        );
        if !closed.is_empty() {
            query.push_str(&format!(" AND [System.State] NOT IN ({})", closed.join(", ")));
        }
        query.push_str(" ORDER BY [System.Id] DESC");
        let request = Request::post(&self.path(&["wiql"]))
            .query("$top", MOST)
            .json(&json!({"query": query}))
            .safe_to_repeat();
        let found: Found = self.devops.ask(&request, EDIT_WORK_ITEMS)?;
        Ok(found.work_items.iter().map(|item| item.id).collect())
    }

    fn is_open(&mut self, kind: &str, state: &str) -> http::Result<bool> {
        let states = self.learn(kind)?;
        Ok(!states.iter().any(|s| s.name == state && is_closed(&s.category)))
    }

    fn learn(&mut self, kind: &str) -> http::Result<&[State]> {
        if !self.states.contains_key(kind) {
            let request = Request::get(&self.path(&["workitemtypes", kind, "states"]));
            let states = self.devops.list(&request, EDIT_WORK_ITEMS)?;
            self.states.insert(kind.to_owned(), states);
        }
        match self.states.get(kind) {
            Some(states) => Ok(states),
            None => Err(Failure::from(Error::internal("states of a work item were not kept"))),
        }
    }

    fn path<'p>(&'p self, rest: &[&'p str]) -> Vec<&'p str> {
        let project = self.devops.run().project_id.as_str();
        [&[project, "_apis", "wit"], rest].concat()
    }
}

fn is_closed(category: &str) -> bool {
    matches!(category, "Completed" | "Removed")
}

/// A text as WIQL writes it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_leave_its_quotes() {
        assert_eq!(quoted("a' OR '1' = '1"), "'a'' OR ''1'' = ''1'");
    }
}
