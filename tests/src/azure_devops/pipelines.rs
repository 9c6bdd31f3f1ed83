//! Pipelines, their runs, and the preview of a run.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::answer::{Answer, missing, ok, refusal};
use super::server::{PIPELINE, PROJECT_ID, violation};
use super::shape::{object, text, wrong};
use super::world::{Build, Permission, World};
use crate::fake::{Call, Reply};

pub(super) fn answer(world: &mut World, call: &Call, rest: &[&str]) -> Answer {
    world.need(Permission::ViewBuilds)?;
    let pipeline: u64 = rest.first().and_then(|p| p.parse().ok()).unwrap_or_default();
    if pipeline != PIPELINE {
        return Err(missing(&format!("PipelineNotFoundException: the pipeline {pipeline}")));
    }
    match (call.method.as_str(), &rest[1..]) {
        ("GET", []) => ok(json!({"id": PIPELINE, "name": "retrain", "folder": "\\models"})),
        ("POST", ["preview"]) => {
            let given = given(world, &call.json(), true)?;
            let yaml: Vec<String> =
                given.parameters.iter().map(|(name, value)| format!("# {name}: {value}")).collect();
            ok(json!({"finalYaml": format!("steps: []\n{}\n", yaml.join("\n"))}))
        }
        ("POST", ["runs"]) => {
            world.need(Permission::QueueBuilds)?;
            let mut build = given(world, &call.json(), false)?;
            if world.runs_end.is_some() {
                (build.status, build.result) = ("completed".to_owned(), world.runs_end.clone());
            }
            let number = world.number();
            world.builds.insert(number, build);
            ok(shown(world, number))
        }
        ("GET", ["runs", number]) => {
            let number = number.parse().unwrap_or_default();
            match world.builds.get(&number) {
                Some(build) if build.definition == PIPELINE => ok(shown(world, number)),
                _ => Err(missing("The run")),
            }
        }
        _ => Err(violation(405, "no such call of pipelines")),
    }
}

/// The run that a body asks for.
fn given(world: &World, body: &Value, preview: bool) -> Result<Build, Reply> {
    let required: &[&str] = if preview { &["previewRun"] } else { &[] };
    let optional = ["resources", "templateParameters", "variables", "stagesToSkip"];
    let map = object(body, required, &optional)?;
    if preview && map["previewRun"] != true {
        return Err(wrong("a preview says so"));
    }
    let reference = match map.get("resources") {
        None => "refs/heads/main".to_owned(),
        Some(resources) => {
            let own = &resources["repositories"]["self"];
            text(object(own, &["refName"], &[])?, "refName", 400)?
        }
    };
    if !world.branches.contains_key(&reference) {
        let message = format!("Could not resolve the reference {reference}.");
        return Err(refusal(400, "PipelineValidationException", &message));
    }
    let empty = serde_json::Map::new();
    let sent = map.get("templateParameters").and_then(Value::as_object).unwrap_or(&empty);
    let mut parameters = BTreeMap::new();
    for name in sent.keys() {
        if !world.declared.contains(name) {
            let message = format!("/retrain.yml (Line: 1, Col: 1): Unexpected parameter '{name}'");
            return Err(refusal(400, "PipelineValidationException", &message));
        }
        parameters.insert(name.clone(), text(sent, name, 10_000)?);
    }
    let status = "notStarted".to_owned();
    Ok(Build { definition: PIPELINE, status, reference, parameters, ..Build::default() })
}

fn shown(world: &World, number: u64) -> Value {
    let build = &world.builds[&number];
    let state = if build.status == "completed" { "completed" } else { "inProgress" };
    let page = format!("{}/acme/{PROJECT_ID}/_build/results?buildId={number}", world.url);
    let mut shown = json!({
        "id": number, "name": format!("20261122.{number}"), "state": state,
        "_links": {"web": {"href": page}},
    });
    if let Some(result) = &build.result {
        shown["result"] = json!(result);
    }
    if world.tells_parameters {
        shown["templateParameters"] = json!(build.parameters);
    }
    shown
}
