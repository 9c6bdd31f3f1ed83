//! The fake is held to recordings: each recorded call is made to it, and what it answers has the
//! status, the headers and the fields that were recorded.

use std::collections::BTreeSet;

use outerloop_core::adapters::http::Request;
use outerloop_tests::azure_ml::recordings::{Exchange, recording};
use outerloop_tests::azure_ml::{AzureMlFake, GROUP, SUBSCRIPTION};
use serde_json::Value;

use crate::setting::{StillClock, arm};

/// Fields that the recorded answers have and the fake's need not, or the other way round: the
/// recordings' own service left some out that the real one gives (`real_service.json`).
const MAY_DIFFER: [&str; 6] =
    ["stage", "jobName", "latestVersion", "nextVersion", "system_metadata", "description"];

/// Paths that are older ways to what is asked of the stable API: (recorded, stable).
const OLDER: [(&str, &str); 2] = [("/mferp/managementfrontend~", "~"), ("~/", "~/")];

fn keys(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map.iter().filter(|(k, _)| !MAY_DIFFER.contains(&k.as_str())) {
                let at = format!("{at}.{key}");
                // Tags and properties are the model's own words.
                if !matches!(key.as_str(), "tags" | "properties") || at == ".properties" {
                    keys(inner, &at, found);
                }
                found.insert(at);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, &format!("{at}[]"), found)),
        _ => {}
    }
}

pub(crate) fn fields(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    keys(value, "", &mut found);
    found
}

fn replay(name: &str, fake: &AzureMlFake, calls: &[Exchange]) {
    let arm = arm(&fake.variables(), &StillClock::new());
    for call in calls {
        let path = OLDER.iter().fold(call.path.clone(), |path, (old, new)| path.replace(old, new));
        let group = format!(
            "subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.MachineLearningServices"
        );
        let path = path.replace('~', &group);
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let mut request = match call.method.as_str() {
            "GET" => Request::get(&parts),
            "POST" => Request::post(&parts).safe_to_repeat(),
            _ => Request::put(&parts),
        };
        for (key, value) in call.query.iter().filter(|(key, _)| *key != "api-version") {
            request = request.query(key, value.as_str());
        }
        if !call.body.is_null() {
            let mut body = call.body.clone();
            body["properties"].as_object_mut().map(|fields| fields.remove("system_metadata"));
            request = request.json(&body);
        }
        let answer = arm.send(&request).unwrap_or_else(|e| panic!("{name} {}: {e}", call.path));
        assert_eq!(answer.status(), call.status, "{name} {}", call.path);
        let body: Value = answer.json().expect("JSON");
        assert_eq!(fields(&body), fields(&call.response), "{name} {}", call.path);
        for header in call.headers.keys().filter(|h| *h != "retry-after") {
            assert!(answer.header(header).is_some(), "{name} {}: no {header}", call.path);
        }
    }
}

#[test]
fn the_workspace_answers_as_recorded() {
    let fake = AzureMlFake::start();
    for name in [
        "models_create_datastore_path",
        "models_get",
        "models_list",
        "models_list_versions",
        "models_create_from_job_output",
        "models_archive_version",
    ] {
        let mut calls = recording(name);
        if name == "models_create_datastore_path" {
            // An empty list comes before the model is there.
            assert_eq!(calls.remove(0).response["value"], serde_json::json!([]));
        }
        replay(name, &fake, &calls);
    }
    replay("datastore_default", &fake, &recording("datastore_default"));
    fake.assert_no_violations();
}
