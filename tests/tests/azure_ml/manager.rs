//! Azure Resource Manager: pages, operations that go on, errors, logins that end half-way.

use outerloop_core::adapters::http::Request;
use outerloop_core::domain::error::{Error, ErrorKind};
use outerloop_tests::azure_ml::recordings::real_service;
use outerloop_tests::azure_ml::{AzureMlFake, GROUP, SUBSCRIPTION};
use outerloop_tests::fake::{Fault, Reply, Rule};
use serde_json::json;

use crate::setting::{StillClock, arm};

const PROVIDER: &str = "Microsoft.MachineLearningServices";

fn path<'a>(kind: &'a str, name: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    let start = ["subscriptions", SUBSCRIPTION, "resourceGroups", GROUP, "providers", PROVIDER];
    [&start[..], &[kind, name], rest].concat()
}

fn version(kind: &str, version: &str) -> Request {
    let name = if kind == "workspaces" { "ws" } else { "reg" };
    let body = json!({"properties": {"modelUri": "azureml://x"}});
    Request::put(&path(kind, name, &["models", "acme", "versions", version])).json(&body)
}

#[test]
fn a_list_is_read_page_after_page() {
    let fake = AzureMlFake::start();
    fake.state().page = 2;
    let arm = arm(&fake.variables(), &StillClock::new());
    for n in 0..5 {
        arm.send(&version("workspaces", &n.to_string())).expect("makes");
    }
    let all = path("workspaces", "ws", &["models", "acme", "versions"]);
    let items = arm.list(&Request::get(&all).query("listViewType", "All")).expect("lists");
    let names: Vec<_> = items.iter().filter_map(|item| item["name"].as_str()).collect();
    assert_eq!(names, ["0", "1", "2", "3", "4"]);
    fake.assert_no_violations();
}

#[test]
fn an_operation_is_asked_after_quickly_at_first_and_then_seldom() {
    let fake = AzureMlFake::start();
    fake.state().slow = 49;
    let clock = StillClock::new();
    let arm = arm(&fake.variables(), &clock);
    let begun = arm.send(&version("registries", "1")).expect("begins");
    assert_eq!(begun.status(), 201);
    arm.finish(&begun, "making acme 1").expect("ends");
    let waits = clock.slept();
    assert_eq!(waits[..11], [0.5; 11]);
    let mut waited = 0.0;
    for wait in &waits {
        let tenth = f64::clamp(waited / 10.0, 0.5, 10.0);
        assert!((wait - tenth).abs() < 1e-6, "{wait} after {waited}");
        waited += wait;
    }
    assert_eq!(waits.last(), Some(&10.0));
    fake.assert_no_violations();
}

#[test]
fn a_time_to_come_back_at_is_kept() {
    let fake = AzureMlFake::start();
    (fake.state().slow, fake.state().retry_after) = (2, Some("3"));
    let clock = StillClock::new();
    let arm = arm(&fake.variables(), &clock);
    let begun = arm.send(&version("registries", "1")).expect("begins");
    arm.finish(&begun, "making acme 1").expect("ends");
    assert_eq!(clock.slept(), [3.0, 3.0, 3.0]);
}

#[test]
fn an_operation_that_fails_says_why() {
    let fake = AzureMlFake::start();
    let arm = arm(&fake.variables(), &StillClock::new());
    let begun = arm.send(&version("registries", "1")).expect("begins");
    fake.state().operations.values_mut().for_each(|operation| {
        operation.end = json!({"status": "Failed", "error": {
            "code": "UserError", "message": "the blob is gone",
            "details": [{"code": "BlobNotFound", "message": "acme/x"}],
        }});
    });
    let error = Error::from(arm.finish(&begun, "making acme 1").expect_err("failed"));
    let expected = "making acme 1 failed: the blob is gone; BlobNotFound: acme/x";
    assert_eq!(error.to_string(), expected);
    fake.state().operations.values_mut().for_each(|o| o.end = json!({"status": "Canceled"}));
    let error = Error::from(arm.finish(&begun, "making acme 1").expect_err("cancelled"));
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[test]
fn a_token_that_ends_half_way_is_replaced_and_the_call_repeated() {
    let fake = AzureMlFake::start();
    let arm = arm(&fake.variables(), &StillClock::new());
    let get = Request::get(&path("workspaces", "ws", &[]));
    arm.send(&get).expect("reads");
    fake.state().tokens.clear();
    arm.send(&get).expect("reads with another token");
    assert_eq!(fake.state().given, 2);
    let begun = arm.send(&version("registries", "1")).expect("begins");
    fake.state().tokens.clear();
    arm.finish(&begun, "making acme 1").expect("ends with another token");
}

#[test]
fn what_the_real_service_answered_is_understood() {
    let real = real_service();
    let fake = AzureMlFake::start();
    let clock = StillClock::new();
    let arm = arm(&fake.variables(), &clock);
    let get = Request::get(&path("workspaces", "ws", &["models", "X"]));
    fake.inject(Rule::at("GET", "/models/X", Fault::Instead(Reply::json(404, &real["error_404"]))));
    let error = Error::from(arm.send(&get).expect_err("absent"));
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let message = error.to_string();
    assert!(
        message.contains("ModelNotFound: Model container with name: X not found."),
        "{message}"
    );
    // 201 with an address and no time to come back at; then an answer that it is going on.
    let put = &real["online_endpoint_PUT_201"];
    let address = format!(
        "{}/subscriptions/{SUBSCRIPTION}/providers/{PROVIDER}/locations/eastus/mfeOperationsStatus/oe:1?t=..&s=a%2Fb",
        fake.url
    );
    let begun = Reply::json(201, &put["properties_in_body"])
        .header("azure-asyncoperation", address)
        .header("x-ms-async-operation-timeout", "PT30M");
    fake.inject(Rule::at("PUT", "/versions/1", Fault::Instead(begun)));
    let poll = |body: &serde_json::Value| Fault::Instead(Reply::json(200, body));
    fake.inject(Rule::at("GET", "/mfeOperationsStatus/", poll(&real["poll_200"]["body"])));
    fake.inject(Rule::at("GET", "/mfeOperationsStatus/", poll(&json!({"status": "Succeeded"}))));
    let begun = arm.send(&version("workspaces", "1")).expect("begins");
    fake.take_calls();
    arm.finish(&begun, "making").expect("ends");
    assert_eq!(clock.slept(), [0.5, 0.5]);
    let calls = fake.take_calls();
    assert_eq!(calls[0].query["s"], "a/b");
    assert!(!calls[0].query.contains_key("api-version"), "the address is used as it is");
    // An absent one is deleted: 204.
    fake.inject(Rule::at("DELETE", "", Fault::Instead(Reply::empty(204))));
    let gone = arm.send(&Request::delete(&path("workspaces", "ws", &["models", "X"])));
    assert_eq!(gone.expect("deleted").status(), 204);
}

#[test]
fn each_wrong_place_and_missing_right_is_named() {
    let fake = AzureMlFake::start();
    let arm = arm(&fake.variables(), &StillClock::new());
    let told = |path: &[&str]| {
        let error = Error::from(arm.send(&Request::get(path)).expect_err("refused"));
        (error.to_string(), error.hint_text().expect("a hint").to_owned())
    };
    let base = path("workspaces", "ws", &[]);
    let changed = |at: usize, value: &'static str| {
        let mut path = base.clone();
        path[at] = value;
        told(&path)
    };
    assert!(changed(1, "other").1.contains("registry.subscription"));
    assert!(changed(3, "other").1.contains("registry.resource-group"));
    assert!(changed(7, "other").1.contains("registry.workspace"));
    fake.state().forbidden.insert("read");
    let (message, hint) = told(&base);
    assert!(message.contains("AuthorizationFailed") && message.contains("0f0f0f0f"), "{message}");
    assert!(hint.contains("AzureML Data Scientist"), "{hint}");
}

#[test]
fn limits_cuts_and_failures_are_waited_out() {
    let fake = AzureMlFake::start();
    let clock = StillClock::new();
    let arm = arm(&fake.variables(), &clock);
    let limited =
        Reply::json(429, &json!({"error": {"code": "TooManyRequests", "message": "slow"}}));
    fake.inject(Rule::at("PUT", "/versions/1", Fault::Instead(limited.header("retry-after", "7"))));
    fake.inject(Rule::at("PUT", "/versions/1", Fault::CutAfter));
    fake.inject(Rule::at("PUT", "/versions/1", Fault::Instead(Reply::empty(503))));
    arm.send(&version("workspaces", "1")).expect("makes it in the end");
    assert!(clock.slept()[0] >= 7.0);
    assert_eq!(fake.state().models["acme"].versions.len(), 1);
    let page = Reply::bytes(200, "text/html", b"<html>proxy</html>".to_vec());
    fake.inject(Rule::at("GET", "/models", Fault::Instead(page)));
    let list = Request::get(&path("workspaces", "ws", &["models"]));
    let error = Error::from(arm.list(&list).expect_err("no JSON"));
    assert!(error.to_string().contains("cannot be read"), "{error}");
}
