//! Work items of the Basic process, and the one shape of query that is sent.

use serde_json::{Value, json};

use super::answer::{Answer, list, missing, ok, refusal};
use super::server::violation;
use super::shape::{object, text, word, wrong};
use super::world::{Permission, WorkItem, World};
use crate::fake::{Call, Reply};

/// The types of the project's process.
const TYPES: [&str; 3] = ["Epic", "Issue", "Task"];
/// Their states, and the category of each.
const STATES: [(&str, &str); 3] =
    [("To Do", "Proposed"), ("Doing", "InProgress"), ("Done", "Completed")];

pub(super) fn answer(world: &mut World, call: &Call, rest: &[&str]) -> Answer {
    world.need(Permission::WorkItems)?;
    match (call.method.as_str(), rest) {
        ("GET", ["workitemtypes", kind, "states"]) => {
            known(kind)?;
            let states = STATES.iter();
            list(
                states
                    .map(|(name, category)| json!({"name": name, "category": category}))
                    .collect(),
            )
        }
        ("POST", ["wiql"]) => query(world, call),
        ("GET", ["workitems"]) => {
            let ids = call.asked("ids").unwrap_or_default().split(',');
            let ids = ids.filter_map(|id| id.parse::<u64>().ok());
            list(ids.filter_map(|id| Some(shown(id, world.work_items.get(&id)?))).collect())
        }
        ("POST", ["workitems", kind]) => {
            let kind = kind.strip_prefix('$').ok_or_else(|| wrong("a type begins with $"))?;
            known(kind)?;
            let mut item = WorkItem::default();
            for (field, value) in [("System.WorkItemType", kind), ("System.State", "To Do")] {
                item.fields.insert(field.to_owned(), value.to_owned());
            }
            change(&mut item, &call.json())?;
            if !item.fields.contains_key("System.Title") {
                return Err(refusal(400, "RuleValidationException", "TF401320: no Title"));
            }
            let id = world.number();
            world.work_items.insert(id, item);
            ok(shown(id, &world.work_items[&id]))
        }
        ("PATCH", ["workitems", id]) => {
            let id = id.parse().unwrap_or_default();
            let item = world.work_items.get_mut(&id).ok_or_else(|| missing("The work item"))?;
            let mut changed = item.clone();
            change(&mut changed, &call.json())?;
            *item = changed;
            ok(shown(id, item))
        }
        _ => Err(violation(405, "no such call of work items")),
    }
}

fn known(kind: &str) -> Result<(), Reply> {
    if TYPES.contains(&kind) {
        return Ok(());
    }
    let message = format!("VS402323: Work item type {kind} does not exist in project.");
    Err(refusal(404, "WorkItemTypeNotFoundException", &message))
}

fn change(item: &mut WorkItem, patch: &Value) -> Result<(), Reply> {
    for operation in patch.as_array().ok_or_else(|| wrong("no list of operations"))? {
        let map = object(operation, &["op", "path", "value"], &[])?;
        let op = word(map, "op", &["add", "replace", "test"])?;
        let path = text(map, "path", 400)?;
        if op == "test" {
            if path != "/rev" {
                return Err(wrong("only /rev is tested"));
            }
            if map["value"] != item.rev {
                let message = "VS403351: Test Operation for path /rev failed.";
                return Err(refusal(412, "JsonPatchTestOperationFailedException", message));
            }
            continue;
        }
        let field = path.strip_prefix("/fields/").ok_or_else(|| wrong("no field"))?;
        let most = if field == "System.Title" { 255 } else { 100_000 };
        set(item, field, text(map, "value", most)?)?;
    }
    item.rev += 1;
    Ok(())
}

fn set(item: &mut WorkItem, field: &str, value: String) -> Result<(), Reply> {
    match field {
        "System.Title" | "System.Tags" => {}
        "System.Description" => {
            // The server writes the same otherwise.
            let tidied = value.replace("<br>\n", "<br />").replace("&#39;", "'");
            item.fields.insert(field.to_owned(), format!("<div>{tidied}</div>"));
            return Ok(());
        }
        "System.History" => {
            item.comments.push(value);
            return Ok(());
        }
        "System.State" if STATES.iter().any(|(name, _)| *name == value) => {}
        "System.State" => {
            let message = format!("The field 'State' contains the value '{value}'.");
            return Err(refusal(400, "RuleValidationException", &message));
        }
        other => return Err(wrong(&format!("the field {other} is unknown"))),
    }
    item.fields.insert(field.to_owned(), value);
    Ok(())
}

fn shown(id: u64, item: &WorkItem) -> Value {
    json!({"id": id, "rev": item.rev, "fields": item.fields})
}

fn query(world: &World, call: &Call) -> Answer {
    let body = call.json();
    let text = text(object(&body, &["query"], &[])?, "query", 32_000)?;
    let asked = Query::parse(&text).ok_or_else(|| wrong("no query of a known shape"))?;
    let found = world.work_items.iter().rev().filter(|(_, item)| {
        let field = |name: &str| item.fields.get(name).map(String::as_str).unwrap_or_default();
        let mut tags = field("System.Tags").split(';').map(str::trim);
        tags.any(|tag| tag.eq_ignore_ascii_case(&asked.tag))
            && !asked.states.iter().any(|state| state == field("System.State"))
    });
    let ids: Vec<Value> = found.map(|(id, _)| json!({"id": id})).collect();
    ok(json!({"queryType": "flat", "workItems": ids}))
}

/// Work items of the project with a tag, and not in one of these states.
#[derive(Debug, PartialEq, Eq)]
struct Query {
    tag: String,
    states: Vec<String>,
}

impl Query {
    fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(
            "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project \
             AND [System.Tags] CONTAINS ",
        )?;
        let (tag, mut rest) = literal(rest)?;
        let mut states = Vec::new();
        if let Some(mut list) = rest.strip_prefix(" AND [System.State] NOT IN (") {
            loop {
                let (state, after) = literal(list)?;
                states.push(state);
                match after.strip_prefix(", ") {
                    Some(more) => list = more,
                    None => {
                        rest = after.strip_prefix(')')?;
                        break;
                    }
                }
            }
        }
        (rest == " ORDER BY [System.Id] DESC").then_some(Self { tag, states })
    }
}

/// A text in quotes, which doubles its own quotes, and what comes after it.
fn literal(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text.strip_prefix('\'')?;
    loop {
        let (part, after) = rest.split_once('\'')?;
        value.push_str(part);
        match after.strip_prefix('\'') {
            Some(more) => {
                value.push('\'');
                rest = more;
            }
            None => return Some((value, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_with_its_quotes() {
        let text = "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project \
                    AND [System.Tags] CONTAINS 'it''s' AND [System.State] NOT IN ('Done', 'X') \
                    ORDER BY [System.Id] DESC";
        let states = vec!["Done".to_owned(), "X".to_owned()];
        assert_eq!(Query::parse(text), Some(Query { tag: "it's".to_owned(), states }));
        assert_eq!(Query::parse(&text.replace("DESC", "ASC")), None);
    }
}
