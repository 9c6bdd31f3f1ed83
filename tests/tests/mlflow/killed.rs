//! A process that is ended in the middle of a register: nothing is half-visible, and the next one
//! completes it.
#![cfg(unix)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use outerloop_tests::fake::{Fault, Rule};
use outerloop_tests::faults::Forward;
use outerloop_tests::mlflow::MlflowServer;
use serde_json::{Value, json};

use crate::setting::{at, command, config, package};

/// Long enough for the signal to arrive first.
const HELD: Duration = Duration::from_secs(20);

/// Where a register is held up, and so ended: the method of a call and a part of its path.
const MOMENTS: [(&str, &str); 6] = [
    ("PUT", "files/model.bin"),
    ("PUT", "outerloop-package.json"),
    ("POST", "runs/update"),
    ("POST", "registered-models/create"),
    ("POST", "registered-models/set-tag"),
    ("POST", "model-versions/create"),
];

#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn nothing_is_half_visible_wherever_a_register_is_ended() {
    let mlflow = MlflowServer::shared();
    std::thread::scope(|scope| {
        // Not INT: a shell has what it starts in the background ignore it.
        for signal in ["TERM", "KILL"] {
            scope.spawn(move || {
                for (number, (method, path)) in MOMENTS.into_iter().enumerate() {
                    ended(mlflow, signal, number, method, path);
                }
            });
        }
    });
}

fn ended(mlflow: &MlflowServer, signal: &str, number: usize, method: &str, path: &str) {
    let model = format!("ended-{}-{number}", signal.to_lowercase());
    let case = format!("{signal} at {method} {path}");
    let proxy = Forward::before(mlflow.url());
    proxy.inject(Rule::at(method, path, Fault::Slow(HELD)));
    let workshop = at(&proxy.url, &model);
    let bytes = package(&workshop, &model, 3 << 20);

    let mut process = command(&workshop, &["register"], &[]);
    let mut process =
        process.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let begun = Instant::now();
    let held = || {
        let calls = proxy.take_calls();
        calls.iter().any(|call| call.method == method && call.path.contains(path))
    };
    while !held() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{case}: it never got there");
        assert!(process.try_wait().expect("can be waited for").is_none(), "{case}: it ended");
        std::thread::sleep(Duration::from_millis(10));
    }
    let sent =
        Command::new("kill").args([&format!("-{signal}"), &process.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
    let status = process.wait().expect("can be waited for");
    assert!(!status.success(), "{case}: {status}");
    assert!(begun.elapsed() < HELD, "{case}: it was not ended, it went on");
    drop(proxy);

    // Others see either nothing, or a version that is whole.
    let there = workshop;
    there.write("outerloop.yaml", config(mlflow.url(), &model));
    let shown = there.run(&["show", &model, "--json"]);
    if shown.code == 0 && shown.stdout.contains("1.0.0") {
        there.run(&["pull", &format!("{model}@1.0.0"), "--out", "whole"]).exits(0);
    } else {
        let pulled = there.run(&["pull", &format!("{model}@1.0.0"), "--out", "none"]);
        assert_ne!(pulled.code, 0, "{case}");
        assert!(!there.path().join("none").exists(), "{case}");
    }

    let again = there.run(&["register", "--json"]).exits(0).json();
    assert_eq!(again["version"], "1.0.0", "{case}");
    there.run(&["pull", &format!("{model}@1.0.0"), "--out", "pulled"]).exits(0);
    let pulled = std::fs::read(there.path().join("pulled/files/model.bin")).expect("reads");
    assert!(pulled == bytes, "{case}: other bytes");
    // The server is shared: only this model's problems count.
    let history = there.run(&["history", &model, "--verify", "--json"]).json();
    let problems = history["problems"].as_array().expect("problems");
    let own = format!("{model}:");
    let own = problems.iter().filter(|p| p.as_str().is_some_and(|p| p.starts_with(&own)));
    assert_eq!(own.count(), 0, "{case}: {history}");
    assert_eq!(history["events"].as_array().map(Vec::len), Some(1), "{case}: {history}");
    let versions = format!("mlflow/model-versions/search?filter=name%3D'{model}'");
    let versions = mlflow.call("GET", &versions, &Value::Null);
    let count = versions["model_versions"].as_array().map(Vec::len);
    assert_eq!(json!(count), json!(1), "{case}");
}
