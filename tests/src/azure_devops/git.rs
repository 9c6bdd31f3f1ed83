//! Branches, files and pushes.

use serde_json::{Value, json};

use super::answer::{Answer, list, missing, ok, refusal};
use super::server::{REPOSITORY, violation};
use super::shape::{items, object, text, word, wrong};
use super::world::{Branch, Commit, Permission, World};
use crate::fake::Call;

const NOTHING: &str = "0000000000000000000000000000000000000000";

pub(super) fn answer(world: &mut World, call: &Call, rest: &[&str]) -> Answer {
    world.need(Permission::Code)?;
    match (call.method.as_str(), rest) {
        ("GET", []) => ok(json!({
            "id": REPOSITORY, "name": "churn", "defaultBranch": "refs/heads/main",
        })),
        ("GET", ["refs"]) => list(refs(world, call)),
        ("GET", ["items"]) => item(world, call),
        ("GET", ["commits", id]) => {
            let commit = world.commits.get(*id).ok_or_else(|| missing("The commit"))?;
            ok(json!({"commitId": id, "parents": commit.parents, "comment": commit.message}))
        }
        ("POST", ["refs"]) => {
            world.need(Permission::Contribute)?;
            let body = call.json();
            let updates = body.as_array().ok_or_else(|| wrong("no list of updates"))?;
            let results = updates.iter().map(|update| move_branch(world, update));
            list(results.collect::<Result<_, _>>()?)
        }
        ("POST", ["pushes"]) => {
            world.need(Permission::Contribute)?;
            push(world, &call.json())
        }
        _ => Err(violation(405, "no such call of a repository")),
    }
}

fn refs(world: &World, call: &Call) -> Vec<Value> {
    let filter = format!("refs/{}", call.asked("filter").unwrap_or_default());
    let found = world.branches.iter().filter(|(name, _)| name.starts_with(&filter));
    found.map(|(name, b)| json!({"name": name, "objectId": b.commit})).collect()
}

fn item(world: &World, call: &Call) -> Answer {
    if call.asked("versionDescriptor.versionType") != Some("commit")
        || call.asked("includeContent") != Some("true")
        || call.asked("$format") != Some("json")
    {
        return Err(violation(400, "an item is asked for by commit, with its content, as JSON"));
    }
    let commit = call.asked("versionDescriptor.version").unwrap_or_default();
    let commit = world.commits.get(commit).ok_or_else(|| missing("The commit"))?;
    let path = call.asked("path").unwrap_or_default();
    let content = commit.files.get(path).ok_or_else(|| missing("TF401174: The item"))?;
    ok(json!({"path": path, "gitObjectType": "blob", "content": content}))
}

fn move_branch(world: &mut World, update: &Value) -> Result<Value, crate::fake::Reply> {
    let map = object(update, &["name", "oldObjectId", "newObjectId"], &[])?;
    let (name, old, new) =
        (text(map, "name", 400)?, text(map, "oldObjectId", 40)?, text(map, "newObjectId", 40)?);
    let now = world.branches.get(&name).map_or(NOTHING, |b| b.commit.as_str());
    let status = if now != old {
        "staleOldObjectId"
    } else if !world.commits.contains_key(&new) {
        "unresolvableToCommit"
    } else {
        world.branches.insert(name.clone(), Branch { commit: new.clone() });
        "succeeded"
    };
    Ok(json!({
        "name": name, "oldObjectId": old, "newObjectId": new,
        "success": status == "succeeded", "updateStatus": status,
    }))
}

fn push(world: &mut World, body: &Value) -> Answer {
    let map = object(body, &["refUpdates", "commits"], &[])?;
    let update = object(&items(map, "refUpdates")?[0], &["name", "oldObjectId"], &[])?;
    let (name, old) = (text(update, "name", 400)?, text(update, "oldObjectId", 40)?);
    if world.branches.get(&name).map(|b| &b.commit) != Some(&old) {
        let message = "TF401035: The reference was updated by somebody else.";
        return Err(refusal(409, "GitReferenceStaleException", message));
    }
    let commit = object(&items(map, "commits")?[0], &["comment", "changes"], &[])?;
    let mut files = world.commits[&old].files.clone();
    for change in items(commit, "changes")? {
        let change = object(change, &["changeType", "item", "newContent"], &[])?;
        let kind = word(change, "changeType", &["add", "edit"])?;
        let path = text(object(&change["item"], &["path"], &[])?, "path", 400)?;
        let content = object(&change["newContent"], &["content", "contentType"], &[])?;
        word(content, "contentType", &["rawtext"])?;
        if (kind == "add") == files.contains_key(&path) {
            let message = format!("TF402462: {path} cannot be changed by `{kind}`.");
            return Err(refusal(400, "GitItemExistsException", &message));
        }
        files.insert(path, text(content, "content", 1 << 20)?);
    }
    let message = text(commit, "comment", 4_000)?;
    let id = world.add_commit(&name, Commit { parents: vec![old], message, files });
    ok(json!({"pushId": world.number(), "refUpdates": [{"name": name, "newObjectId": id}]}))
}
