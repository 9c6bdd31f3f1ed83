//! Pull requests.

use serde_json::{Value, json};

use super::answer::{Answer, list, missing, ok, refusal};
use super::server::violation;
use super::shape::{object, text};
use super::world::{Permission, PullRequest, World};
use crate::fake::Call;

const TITLE: usize = 400;
const DESCRIPTION: usize = 4_000;

pub(super) fn answer(world: &mut World, call: &Call, rest: &[&str]) -> Answer {
    world.need(Permission::Code)?;
    match (call.method.as_str(), rest) {
        ("GET", ["pullrequests"]) => list(search(world, call)),
        ("POST", ["pullrequests"]) => {
            world.need(Permission::PullRequests)?;
            create(world, &call.json())
        }
        ("PATCH", ["pullrequests", number]) => {
            world.need(Permission::PullRequests)?;
            let body = call.json();
            let map = object(&body, &[], &["title", "description", "status"])?;
            let number = number.parse().unwrap_or_default();
            let found = world.pull_requests.get_mut(&number);
            let pull_request = found.ok_or_else(|| missing("The pull request"))?;
            if map.contains_key("title") {
                pull_request.title = text(map, "title", TITLE)?;
            }
            if map.contains_key("description") {
                pull_request.description = text(map, "description", DESCRIPTION)?;
            }
            ok(shown(number, pull_request))
        }
        _ => Err(violation(405, "no such call of pull requests")),
    }
}

fn search(world: &World, call: &Call) -> Vec<Value> {
    let wanted = |name: &str, value: &str| {
        call.asked(&format!("searchCriteria.{name}")).is_none_or(|asked| asked == value)
    };
    let found = world.pull_requests.iter().filter(|(_, p)| {
        wanted("status", &p.status)
            && wanted("sourceRefName", &p.source)
            && wanted("targetRefName", &p.target)
    });
    found.map(|(number, p)| shown(*number, p)).collect()
}

fn create(world: &mut World, body: &Value) -> Answer {
    let required = ["sourceRefName", "targetRefName", "title"];
    let map = object(body, &required, &["description"])?;
    let (source, target) = (text(map, "sourceRefName", 400)?, text(map, "targetRefName", 400)?);
    for branch in [&source, &target] {
        if !world.branches.contains_key(branch) {
            return Err(refusal(400, "GitBranchNotFound", &format!("TF401398: no {branch}")));
        }
    }
    let open = |p: &PullRequest| p.status == "active" && p.source == source && p.target == target;
    if world.pull_requests.values().any(open) {
        let message = "TF401179: An active pull request for these branches already exists.";
        return Err(refusal(409, "GitPullRequestExistsException", message));
    }
    let description = match map.get("description") {
        Some(_) => text(map, "description", DESCRIPTION)?,
        None => String::new(),
    };
    let pushes = vec![world.branches[&source].commit.clone()];
    let pull_request = PullRequest {
        source,
        target,
        title: text(map, "title", TITLE)?,
        description,
        status: "active".to_owned(),
        pushes,
        ..PullRequest::default()
    };
    let number = world.number();
    let answer = shown(number, &pull_request);
    world.pull_requests.insert(number, pull_request);
    ok(answer)
}

fn shown(number: u64, pull_request: &PullRequest) -> Value {
    json!({
        "pullRequestId": number,
        "status": pull_request.status,
        "title": pull_request.title,
        "description": pull_request.description,
        "sourceRefName": pull_request.source,
        "targetRefName": pull_request.target,
    })
}
