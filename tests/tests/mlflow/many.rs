//! Ten thousand versions of one model, and very long tags.

use std::time::{Duration, Instant};

use outerloop_tests::mlflow::{MlflowServer, python};
use outerloop_tests::programs::output;
use outerloop_tests::repository_file;
use serde_json::Value;

use crate::setting::{at, package};

const MANY: usize = 10_000;

#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn ten_thousand_versions_are_shown_and_grow_by_one() {
    let mlflow = MlflowServer::start();
    let workshop = at(mlflow.url(), "acme");
    package(&workshop, "first", 100);
    workshop.run(&["register"]).exits(0);
    output(
        std::process::Command::new(python())
            .arg(repository_file("tests/stores/fill_mlflow.py"))
            .args([mlflow.fact("database"), "acme", &MANY.to_string()]),
    )
    .exits(0);

    let timed = |arguments: &[&str]| -> Value {
        let begun = Instant::now();
        let answer = workshop.run(arguments).exits(0).json();
        let took = begun.elapsed();
        eprintln!("{}: {:.1} s", arguments[..2].join(" "), took.as_secs_f64());
        assert!(took < Duration::from_secs(60), "{arguments:?} took {took:?}");
        answer
    };
    let shown = timed(&["show", "acme", "--json"]);
    let versions = shown["models"][0]["versions"].as_array().expect("versions").len();
    assert_eq!(versions, MANY);
    let history = timed(&["history", "acme", "--json", "--verify"]);
    assert_eq!(history["verified"], true, "{}", history["problems"]);
    package(&workshop, "another", 100);
    let registered = timed(&["register", "--json"]);
    assert_eq!(registered["version"], format!("1.{MANY}.0"));
    let promoted = timed(&["promote", &format!("acme@1.{MANY}.0"), "--to", "champion", "--json"]);
    assert_eq!(promoted["previous"], Value::Null);
    let shown = timed(&["show", "acme", "--json"]);
    assert_eq!(shown["models"][0]["versions"].as_array().map(Vec::len), Some(MANY + 1));
}
