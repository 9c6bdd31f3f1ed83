//! Runs, as the builds' API tells them, and their properties.

use serde_json::{Value, json};

use super::answer::{Answer, list, missing, ok};
use super::server::violation;
use super::shape::{object, text, word, wrong};
use super::world::{Build, Permission, World};
use crate::fake::{Call, Reply};

pub(super) fn answer(world: &mut World, call: &Call, rest: &[&str]) -> Answer {
    world.need(Permission::ViewBuilds)?;
    match (call.method.as_str(), rest) {
        ("GET", []) => search(world, call),
        ("GET", [number, "properties"]) => {
            let filter = call.asked("filter").unwrap_or_default();
            let build = find(world, number)?;
            let held = build.properties.get(filter).map(|value| {
                (filter.to_owned(), json!({"$type": "System.String", "$value": value}))
            });
            let value: serde_json::Map<String, Value> = held.into_iter().collect();
            ok(json!({"count": value.len(), "value": value}))
        }
        ("PATCH", [number, "properties"]) => {
            world.need(Permission::UpdateBuild)?;
            let body = call.json();
            let build = find(world, number)?;
            for operation in body.as_array().ok_or_else(|| wrong("no list of operations"))? {
                let map = object(operation, &["op", "path", "value"], &[])?;
                word(map, "op", &["add", "replace"])?;
                let path = text(map, "path", 400)?;
                let name = path.strip_prefix('/').ok_or_else(|| wrong("no path"))?;
                build.properties.insert(name.to_owned(), text(map, "value", 4_000)?);
            }
            ok(json!({"count": build.properties.len(), "value": {}}))
        }
        _ => Err(violation(405, "no such call of runs")),
    }
}

fn find<'w>(world: &'w mut World, number: &str) -> Result<&'w mut Build, Reply> {
    let number: u64 = number.parse().unwrap_or_default();
    world.builds.get_mut(&number).ok_or_else(|| missing("The run"))
}

fn search(world: &World, call: &Call) -> Answer {
    let definition: Option<u64> = call.asked("definitions").and_then(|d| d.parse().ok());
    if definition.is_none() || call.asked("$top").is_none() {
        return Err(violation(400, "runs are asked for by their pipeline, and only a few"));
    }
    if call.asked("queryOrder") != Some("queueTimeDescending") {
        return Err(violation(400, "the newest runs are asked for"));
    }
    let states: Option<Vec<&str>> = call.asked("statusFilter").map(|s| s.split(',').collect());
    let found = world.builds.iter().rev().filter(|(_, build)| {
        Some(build.definition) == definition
            && states.as_ref().is_none_or(|states| states.contains(&build.status.as_str()))
    });
    let shown = found.map(|(number, build)| {
        let mut shown = json!({"id": number, "status": build.status, "result": build.result});
        if world.lists_parameters {
            shown["templateParameters"] = json!(build.parameters);
        }
        shown
    });
    list(shown.collect())
}
