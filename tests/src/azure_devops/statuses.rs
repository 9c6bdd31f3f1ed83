//! Statuses of pull requests and of commits.

use serde_json::{Value, json};

use super::answer::{Answer, list, missing, ok};
use super::server::violation;
use super::shape::{object, text, word};
use super::world::{Permission, Status, World};
use crate::fake::{Call, Reply};

const STATES: [&str; 6] = ["notSet", "pending", "succeeded", "failed", "error", "notApplicable"];

pub(super) fn answer(world: &mut World, call: &Call, rest: &[&str]) -> Answer {
    world.need(Permission::Code)?;
    match (call.method.as_str(), rest) {
        ("GET", ["pullRequests", number, "iterations"]) => {
            let number = number.parse().unwrap_or_default();
            let found = world.pull_requests.get(&number);
            let pull_request = found.ok_or_else(|| missing("The pull request"))?;
            let shown = |(index, commit): (usize, &String)| json!({"id": index + 1, "sourceRefCommit": {"commitId": commit}});
            list(pull_request.pushes.iter().enumerate().map(shown).collect())
        }
        ("GET", [of, which, "statuses"]) => {
            list(statuses(world, of, which)?.iter().map(shown).collect())
        }
        ("POST", [of, which, "statuses"]) => {
            world.need(match *of {
                "commits" => Permission::Contribute,
                _ => Permission::PullRequests,
            })?;
            let body = call.json();
            check(&body, *of == "pullRequests")?;
            let status = Status { id: world.number(), body };
            let answer = shown(&status);
            statuses(world, of, which)?.push(status);
            ok(answer)
        }
        _ => Err(violation(405, "no such call of statuses")),
    }
}

fn statuses<'w>(world: &'w mut World, of: &str, which: &str) -> Result<&'w mut Vec<Status>, Reply> {
    if of == "commits" {
        if !world.commits.contains_key(which) {
            return Err(missing("The commit"));
        }
        return Ok(world.commit_statuses.entry(which.to_owned()).or_default());
    }
    let number = which.parse().unwrap_or_default();
    let pull_request = world.pull_requests.get_mut(&number);
    pull_request.map(|p| &mut p.statuses).ok_or_else(|| missing("The pull request"))
}

fn check(body: &Value, of_pull_request: bool) -> Result<(), Reply> {
    let optional: &[&str] =
        if of_pull_request { &["targetUrl", "iterationId"] } else { &["targetUrl"] };
    let map = object(body, &["state", "description", "context"], optional)?;
    word(map, "state", &STATES)?;
    text(map, "description", 4_000)?;
    let context = object(&map["context"], &["name"], &["genre"])?;
    text(context, "name", 256)?;
    Ok(())
}

fn shown(status: &Status) -> Value {
    let mut shown = status.body.clone();
    shown["id"] = json!(status.id);
    shown
}
