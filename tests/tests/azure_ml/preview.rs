//! What azure-ai-ml asks of a registry is answered as it was recorded, where the fake is told to.

use outerloop_tests::azure_ml::recordings::{Exchange, recording};
use outerloop_tests::azure_ml::{AzureMlFake, GROUP, SUBSCRIPTION};
use outerloop_tests::fake::{Call, Reply, Site as _};
use serde_json::Value;

use crate::recorded::fields;

const OPERATION: &str = "mfeOperationsStatus";

fn asked(fake: &AzureMlFake, path: &str, query: &str, call: &Exchange) -> Reply {
    let headers = [("authorization", "Bearer manager-token"), ("content-type", "application/json")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let body = if call.body.is_null() { Vec::new() } else { call.body.to_string().into_bytes() };
    let mut world = fake.state();
    world.tokens.insert("manager-token".to_owned());
    world.answer(&Call::new(&call.method, path, query, headers, body))
}

/// The recorded call and its answer here; operations are asked after where the answer before says.
fn replayed(fake: &AzureMlFake, call: &Exchange, operation: &str) -> Reply {
    if call.path.contains(OPERATION) {
        let (path, query) = operation.split_once('?').expect("a signed address");
        return asked(fake, path.strip_prefix(&fake.url).expect("of the fake"), query, call);
    }
    let group = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.MachineLearningServices"
    );
    let query: Vec<String> = call.query.iter().map(|(k, v)| format!("{k}={v}")).collect();
    asked(fake, &call.path.replace('~', &group), &query.join("&"), call)
}

#[test]
fn azure_ai_ml_is_answered_as_recorded() {
    let fake = AzureMlFake::start();
    fake.state().takes_preview = true;
    let mut operation = String::new();
    for call in recording("registry_model_create_upload") {
        let reply = replayed(&fake, &call, &operation);
        assert_eq!(reply.status, call.status, "{}", call.path);
        let body: Value = serde_json::from_slice(&reply.body).expect("JSON");
        if call.path.contains(OPERATION) {
            let ended = |body: &Value| body["status"] == "Succeeded";
            assert_eq!(ended(&body), ended(&call.response));
        } else {
            assert_eq!(fields(&body), fields(&call.response), "{}", call.path);
            assert_eq!(body["id"], call.response["id"], "{}", call.path);
        }
        if let Some((_, address)) = reply.headers.iter().find(|(n, _)| n == "azure-asyncoperation")
        {
            operation.clone_from(address);
        }
        for header in call.headers.keys().filter(|h| *h != "retry-after") {
            assert!(reply.headers.iter().any(|(name, _)| name == header), "no {header}");
        }
    }
    assert_eq!(fake.state().shared["reg"]["taxi"].versions[0].0, "3");
    fake.assert_no_violations();
}

#[test]
fn nobody_else_gets_its_version_of_the_api() {
    let fake = AzureMlFake::start();
    let call = &recording("registry_model_create_upload")[0];
    assert_eq!(replayed(&fake, call, "").status, 404);
    assert!(!std::mem::take(&mut fake.state().violations).is_empty());
    let other = Exchange {
        query: [("api-version".to_owned(), "2025-12-01".to_owned())].into(),
        ..call.clone()
    };
    fake.state().takes_preview = true;
    assert_eq!(replayed(&fake, &other, "").status, 404);
    assert!(!fake.state().violations.is_empty());
    assert!(fake.state().shared.is_empty());
}
