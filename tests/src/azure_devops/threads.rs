//! Threads of pull requests, and their comments.

use serde_json::{Value, json};

use super::answer::{Answer, list, missing, ok};
use super::server::violation;
use super::shape::{items, object, text, word, wrong};
use super::world::{Permission, Thread, ThreadComment, World};
use crate::fake::{Call, Reply};

const STATES: [&str; 6] = ["active", "fixed", "wontFix", "closed", "byDesign", "pending"];
/// Most characters of a comment.
const LONGEST: usize = 150_000;

pub(super) fn answer(world: &mut World, call: &Call, rest: &[&str]) -> Answer {
    world.need(Permission::Code)?;
    let number = rest[1].parse().unwrap_or_default();
    if !world.pull_requests.contains_key(&number) {
        return Err(missing("The pull request"));
    }
    match (call.method.as_str(), &rest[3..]) {
        ("GET", []) => {
            let threads = &world.pull_requests[&number].threads;
            list(threads.iter().map(shown).collect())
        }
        ("POST", []) => {
            world.need(Permission::PullRequests)?;
            let made = create(world.number(), &call.json())?;
            let answer = shown(&made);
            threads(world, number)?.push(made);
            ok(answer)
        }
        ("PATCH", [thread]) => {
            world.need(Permission::PullRequests)?;
            let body = call.json();
            let status = word(object(&body, &["status"], &[])?, "status", &STATES)?;
            let thread = find(world, number, thread)?;
            thread.status = status;
            ok(shown(thread))
        }
        ("PATCH", [thread, "comments", comment]) => {
            world.need(Permission::PullRequests)?;
            let body = call.json();
            let content = text(object(&body, &["content"], &[])?, "content", LONGEST)?;
            let comment = find_comment(find(world, number, thread)?, comment)?;
            comment.content = tidied(&content);
            ok(comment_shown(comment))
        }
        ("DELETE", [thread, "comments", comment]) => {
            world.need(Permission::PullRequests)?;
            find_comment(find(world, number, thread)?, comment)?.is_deleted = true;
            Ok(Reply::empty(200))
        }
        _ => Err(violation(405, "no such call of threads")),
    }
}

fn threads(world: &mut World, number: u64) -> Result<&mut Vec<Thread>, Reply> {
    let pull_request = world.pull_requests.get_mut(&number);
    pull_request.map(|p| &mut p.threads).ok_or_else(|| missing("The pull request"))
}

fn find<'w>(world: &'w mut World, number: u64, id: &str) -> Result<&'w mut Thread, Reply> {
    let id: u64 = id.parse().unwrap_or_default();
    let found = threads(world, number)?.iter_mut().find(|t| t.id == id);
    found.ok_or_else(|| missing("The thread"))
}

fn find_comment<'t>(thread: &'t mut Thread, id: &str) -> Result<&'t mut ThreadComment, Reply> {
    let id: u64 = id.parse().unwrap_or_default();
    let found = thread.comments.iter_mut().find(|c| c.id == id && !c.is_deleted);
    found.ok_or_else(|| missing("The comment"))
}

fn create(id: u64, body: &Value) -> Result<Thread, Reply> {
    let map = object(body, &["comments", "status"], &["properties", "threadContext"])?;
    let mut comments = Vec::new();
    for (index, comment) in items(map, "comments")?.iter().enumerate() {
        let comment = object(comment, &["content"], &["parentCommentId", "commentType"])?;
        if comment.contains_key("commentType") {
            word(comment, "commentType", &["text"])?;
        }
        let content = tidied(&text(comment, "content", LONGEST)?);
        comments.push(ThreadComment { id: index as u64 + 1, content, is_deleted: false });
    }
    let mut thread =
        Thread { id, status: word(map, "status", &STATES)?, comments, ..Thread::default() };
    if let Some(properties) = map.get("properties") {
        let properties = properties.as_object().ok_or_else(|| wrong("properties are no object"))?;
        for (name, value) in properties {
            object(value, &["$type", "$value"], &[])?;
            thread.properties.insert(name.clone(), value.clone());
        }
    }
    Ok(thread)
}

/// As the server keeps it: without spaces at the end.
fn tidied(content: &str) -> String {
    content.trim_end().to_owned()
}

fn shown(thread: &Thread) -> Value {
    json!({
        "id": thread.id,
        "status": thread.status,
        "isDeleted": thread.shown().is_empty(),
        "properties": thread.properties,
        "comments": thread.comments.iter().map(comment_shown).collect::<Vec<_>>(),
    })
}

fn comment_shown(comment: &ThreadComment) -> Value {
    let mut shown = json!({
        "id": comment.id, "parentCommentId": 0, "commentType": "text",
        "isDeleted": comment.is_deleted,
    });
    if !comment.is_deleted {
        shown["content"] = json!(comment.content);
    }
    shown
}
