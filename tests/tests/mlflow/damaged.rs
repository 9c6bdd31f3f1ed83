//! A model that somebody changed by hand, beside one that is sound.

use outerloop_tests::mlflow::MlflowServer;
use serde_json::{Value, json};

use crate::setting::{at, package};

#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn a_damaged_model_is_named_and_keeps_nobody_from_the_others() {
    let mlflow = MlflowServer::start();
    let workshop = at(mlflow.url(), "sound");
    package(&workshop, "sound", 100);
    workshop.run(&["register"]).exits(0);
    workshop.run(&["register", "--name", "changed"]).exits(0);
    let shown = mlflow.call("GET", "mlflow/registered-models/get?name=changed", &Value::Null);
    let tags = shown["registered_model"]["tags"].as_array().expect("tags").clone();
    let is_event = |tag: &&Value| tag["key"].as_str().is_some_and(|key| key.contains(".event."));
    let event = tags.iter().find(is_event).expect("an event");
    let text = event["value"].as_str().expect("text").replace("registered", "registered ");
    let body = json!({"name": "changed", "key": event["key"], "value": text});
    mlflow.call("POST", "mlflow/registered-models/set-tag", &body);

    let ran = workshop.run(&["show", "--json"]).exits(3).says("history of changed does not hold");
    let json = ran.says("outerloop history changed --verify").json();
    assert_eq!(json["models"].as_array().map(Vec::len), Some(1), "{json}");
    assert_eq!(json["models"][0]["name"], "sound");
    assert_eq!(json["damaged"][0]["name"], "changed");
    assert!(json["damaged"][0]["reason"].as_str().expect("text").contains("event 1"), "{json}");
    let text = workshop.run(&["show"]).exits(3).stdout;
    let row = |name: &str| text.lines().find(|line| line.starts_with(name)).expect("a row");
    assert!(row("changed").contains("(damaged)") && row("sound").contains("1.0.0"), "{text}");
    let one = workshop.run(&["show", "changed", "--json"]).exits(3);
    assert_eq!(one.stdout, "");
    assert_eq!(workshop.run(&["show", "sound", "--json"]).exits(0).json()["damaged"], json!([]));

    let checks = workshop.run(&["doctor", "--json"]).exits(3).json()["checks"].clone();
    let check = |id: &str| {
        checks.as_array().expect("checks").iter().find(|check| check["id"] == id).expect("a check")
    };
    assert_eq!(check("registry-read")["status"], "ok", "{checks}");
    assert_eq!(check("registry-write")["status"], "ok", "{checks}");
    assert_eq!(check("registry-models")["status"], "failed", "{checks}");
    assert!(check("registry-models")["message"].as_str().expect("text").contains("changed"));
}
