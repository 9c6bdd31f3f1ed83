//! What this program sends for what was recorded of the Python client: the same method, path, query
//! and body, but for the differences that are stated here.

use std::collections::BTreeSet;
use std::sync::Arc;

use outerloop_core::adapters::clock::SystemClock;
use outerloop_core::adapters::registry::azure_ml;
use outerloop_core::domain::digest::Digest;
use outerloop_core::domain::package::Format;
use outerloop_core::ports::registry::{Origin, Registration, Registry, Wanted};
use outerloop_tests::azure_ml::recordings::{Exchange, recording};
use outerloop_tests::azure_ml::{AzureMlFake, GROUP, SUBSCRIPTION};
use outerloop_tests::fake::Call;
use serde_json::Value;

use crate::setting::workspace;

/// Fields of a model that the client does not send and this program does: where the model came from,
/// and what the service filled in by itself and a change must hand back.
const MORE: [&str; 3] = ["description", "stage", "flavors"];

fn short(path: &str) -> String {
    let group = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.MachineLearningServices"
    );
    path.replace(&group, "~")
}

fn find<'a>(calls: &'a [Call], method: &str, end: &str) -> &'a Call {
    let found = calls.iter().find(|call| call.method == method && call.path.ends_with(end));
    found.unwrap_or_else(|| panic!("no {method} {end}: {:#?}", lines(calls)))
}

fn lines(calls: &[Call]) -> Vec<String> {
    calls.iter().map(Call::line).collect()
}

/// The same method, path and query; the version of the API is the stable one.
fn same(call: &Call, recorded: &Exchange) {
    assert_eq!((&call.method, short(&call.path)), (&recorded.method, recorded.path.clone()));
    let mut query = recorded.query.clone();
    query.insert("api-version".to_owned(), "2025-12-01".to_owned());
    assert_eq!(call.query, query, "{}", call.line());
}

fn fields(body: &Value) -> BTreeSet<String> {
    let map = body["properties"].as_object().expect("properties");
    map.keys().filter(|key| !MORE.contains(&key.as_str())).cloned().collect()
}

fn registration() -> Registration {
    Registration {
        model: "taxi".parse().expect("a name"),
        wanted: Wanted::Exactly("2.0.0".parse().expect("a version")),
        digest: Digest::of(b"taxi"),
        uri: "azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/d/paths/p"
            .to_owned(),
        format: Format::Generic,
        bytes: 1,
        commit: None,
        origin: Origin::default(),
    }
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn registering_and_archiving_send_what_was_recorded() {
    let fake = AzureMlFake::with_blobs();
    let registry = azure_ml::open(&workspace(&fake), Arc::new(SystemClock));
    let made = registry.register(&registration()).expect("registers");
    let calls = fake.take_calls();
    let upload = recording("models_create_local_upload");
    same(find(&calls, "GET", "/datastores"), &recording("datastore_default")[0]);
    let secrets = find(&calls, "POST", "/listSecrets");
    same(secrets, &upload[3]);
    assert_eq!(secrets.json(), upload[3].body);
    let put = find(&calls, "PUT", "/models/taxi/versions/2.0.0");
    // Versions are those of semantic versioning; the recording has numbers.
    let path = short(&put.path).replace("/2.0.0", "/2");
    assert_eq!((&put.method, &path), (&upload[4].method, &upload[4].path));
    assert_eq!(fields(&put.json()), fields(&upload[4].body));
    assert_eq!(put.json()["properties"]["modelType"], upload[4].body["properties"]["modelType"]);
    let (model, version) = (made.record.model, made.record.version);
    registry.set_archived(&model, &version, true, &Origin::default()).expect("archives");
    let calls = fake.take_calls();
    let archive = recording("models_archive_version");
    let calls: Vec<&Call> = calls.iter().filter(|call| call.path.contains("/models/")).collect();
    assert_eq!(calls.len(), archive.len(), "{calls:#?}");
    for (call, recorded) in calls.iter().zip(&archive) {
        let path = short(&call.path).replace("/2.0.0", "/1");
        assert_eq!((&call.method, &path), (&recorded.method, &recorded.path));
    }
    assert_eq!(fields(&calls[1].json()), fields(&archive[1].body));
    assert_eq!(calls[1].json()["properties"]["isArchived"], true);
    fake.assert_no_violations();
}
