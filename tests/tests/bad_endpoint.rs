//! Endpoints that cannot serve: a port in use, a runtime that is missing, a model that crashes,
//! hangs, or is none. The endpoint stays up, and no process is left behind.

use std::path::Path;

use outerloop_tests::{Ran, Server, Workshop, repository_file};
use serde_json::Value;

const CONFIG: &str = r#"model: acme
endpoints:
  exits: {runtime: command, command: [sh, -c, "echo no module named acme >&2; exit 7"]}
  hangs: {runtime: command, command: [sleep, "4711"], load-timeout: 1s}
  absent: {runtime: command, command: [acme-scorer-that-is-not-there]}
  prod: {runtime: onnx, load-timeout: 20s}
"#;

/// A registered ONNX model.
fn workshop() -> Workshop {
    let workshop = Workshop::new();
    workshop.write("outerloop.yaml", CONFIG);
    workshop.copy("core/testdata/serve/employment.onnx", "model.onnx");
    workshop.run(&["package", "--model", "model.onnx"]).exits(0);
    workshop.run(&["register"]).exits(0);
    workshop
}

fn deploy(workshop: &Workshop, reference: &str, endpoint: &str) -> Ran {
    let ran = workshop.run(&["deploy", reference, "--endpoint", endpoint, "--json"]);
    assert!(!ran.stderr.contains("panicked"), "{ran:?}");
    ran
}

/// The endpoint answers, and has nothing loaded.
fn is_empty_and_alive(server: &Server) {
    let reply = reqwest::blocking::get(format!("{}/v2/health/live", server.url)).expect("answers");
    assert!(reply.status().is_success(), "{reply:?}");
}

fn rolled_back(ran: Ran, reason: &str) -> Value {
    let outcome = ran.exits(1).json();
    assert_eq!(outcome["state"], "rolled-back", "{outcome}");
    assert!(outcome["live"].is_null(), "{outcome}");
    let said = outcome["reason"].as_str().unwrap_or_default();
    assert!(said.contains(reason), "`{reason}` is not in: {said}");
    outcome
}

/// Whether a process of this command line runs.
fn runs(words: &[&str]) -> bool {
    let wanted = words.join("\0");
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.into_iter().any(|process| {
        std::fs::read(process.path().join("cmdline"))
            .is_ok_and(|line| String::from_utf8_lossy(&line).trim_end_matches('\0') == wanted)
    })
}

#[test]
fn a_deploy_without_a_server_says_how_to_start_it() {
    let workshop = workshop();
    let ran = deploy(&workshop, "acme@1.0.0", "prod").exits(3);
    ran.says("prod does not run").says("outerloop serve --endpoint prod");
}

#[test]
fn a_child_that_exits_is_reported_with_its_words() {
    let workshop = workshop();
    let server = workshop.serve("exits");
    let outcome = rolled_back(deploy(&workshop, "acme@1.0.0", "exits"), "ended with code 7");
    let reason = outcome["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("no module named acme") && reason.contains("log"), "{reason}");
    is_empty_and_alive(&server);
}

#[test]
fn a_child_that_hangs_is_ended_when_its_time_is_up() {
    let workshop = workshop();
    let server = workshop.serve("hangs");
    let began = std::time::Instant::now();
    let outcome = rolled_back(deploy(&workshop, "acme@1.0.0", "hangs"), "in 1s");
    assert!(began.elapsed() < std::time::Duration::from_secs(15), "{:?}", began.elapsed());
    assert!(outcome["reason"].as_str().unwrap_or_default().contains("load-timeout"), "{outcome}");
    assert!(!runs(&["sleep", "4711"]), "the child is left behind");
    is_empty_and_alive(&server);
}

#[test]
fn a_program_that_is_missing_is_the_machines_fault() {
    let workshop = workshop();
    let server = workshop.serve("absent");
    let ran = deploy(&workshop, "acme@1.0.0", "absent").exits(3);
    ran.says("acme-scorer-that-is-not-there").says("hint:").says("--resume");
    is_empty_and_alive(&server);
    workshop.run(&["history", "acme", "--verify"]).exits(0);
}

fn serve_with(workshop: &Workshop, variables: &[(&str, Option<&str>)]) -> Server {
    let mut command = workshop.command(&["serve", "--endpoint", "prod"]);
    for (name, value) in variables {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Server::start(command, workshop.path(), "prod")
}

#[test]
fn without_onnx_runtime_it_says_how_to_get_it_and_blames_no_model() {
    let workshop = workshop();
    let text = workshop.write("no-library.so", "text");
    let bare = workshop.write("python", "#!/bin/sh\necho\n");
    let executable = std::process::Command::new("chmod").arg("+x").arg(&bare).status();
    assert!(executable.is_ok_and(|s| s.success()));
    let path = |path: &Path| path.display().to_string();
    for (library, python, said) in [
        (Some("/nowhere/libonnxruntime.so".to_owned()), path(&bare), "which is no file"),
        (None, path(&bare), "has no package onnxruntime"),
        (None, "/nowhere/python".to_owned(), "/nowhere/python"),
        (Some(path(&text)), path(&bare), "cannot load ONNX Runtime"),
    ] {
        let variables =
            [("ORT_DYLIB_PATH", library.as_deref()), ("OUTERLOOP_PYTHON", Some(python.as_str()))];
        let server = serve_with(&workshop, &variables);
        let resume = ["deploy", "--endpoint", "prod", "--resume"];
        let first = workshop.run(&["history", "acme", "--json"]).json();
        let begun = first["events"].as_array().is_some_and(|events| events.len() > 1);
        let ran = match begun {
            true => workshop.run(&resume),
            false => deploy(&workshop, "acme@1.0.0", "prod"),
        };
        ran.exits(3).says(said).says("pip install onnxruntime").says("ORT_DYLIB_PATH");
        is_empty_and_alive(&server);
    }
}

#[test]
fn a_port_in_use_and_an_endpoint_served_twice_are_refused() {
    let workshop = workshop();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("binds");
    let port = taken.local_addr().expect("has an address").port().to_string();
    let ran = workshop.run(&["serve", "--endpoint", "prod", "--port", &port]);
    ran.exits(3).says(&format!("127.0.0.1:{port}")).says("0 takes a free one");
    let state = workshop.path().join(".outerloop/endpoints/prod/endpoint.json");
    assert!(!state.exists(), "no address of a server that does not run");
    let ran = workshop.run(&["serve", "--endpoint", "prod", "--host", "192.0.2.7"]);
    ran.exits(3).says("192.0.2.7").says("hint:");

    let server = workshop.serve("prod");
    workshop.run(&["serve", "--endpoint", "prod"]).exits(1).says("already serves").says("hint:");
    is_empty_and_alive(&server);
}

/// The registered package with other bytes in it, as somebody might write it by hand.
fn forged(workshop: &Workshop, bytes: &[u8]) {
    let from = workshop.path().join("outerloop-package/outerloop-package.json");
    let manifest = std::fs::read(from).expect("reads");
    let mut manifest: Value = serde_json::from_slice(&manifest).expect("is JSON");
    let digest = outerloop_core::domain::digest::Digest::of(bytes);
    let file = &mut manifest["files"][0];
    file["digest"] = digest.to_string().into();
    file["size"] = bytes.len().into();
    workshop.write("forged/files/model.onnx", bytes);
    workshop.write("forged/outerloop-package.json", manifest.to_string());
    workshop.run(&["register", "--package", "forged"]).exits(0);
}

#[test]
#[ignore = "needs ONNX Runtime: set ORT_DYLIB_PATH"]
fn a_model_that_is_garbage_is_refused_and_the_stable_one_serves_on() {
    let workshop = workshop();
    let server = workshop.serve("prod");
    deploy(&workshop, "acme@1.0.0", "prod").exits(0);
    let whole = std::fs::read(repository_file("core/testdata/serve/employment.onnx"));
    let whole = whole.expect("reads");
    let garbage: Vec<u8> =
        (0..4000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for bytes in [&garbage[..], &whole[..whole.len() / 2], b"x"] {
        forged(&workshop, bytes);
        let outcome = deploy(&workshop, "acme", "prod").exits(1).json();
        assert_eq!((&outcome["state"], &outcome["live"]), (&"rolled-back".into(), &"1.0.0".into()));
        let reason = outcome["reason"].as_str().unwrap_or_default();
        assert!(reason.contains("not-loadable") && reason.contains("does not load"), "{reason}");
        let ready = reqwest::blocking::get(format!("{}/v2/health/ready", server.url));
        assert!(ready.expect("answers").status().is_success(), "1.0.0 serves on");
    }
}

#[test]
#[ignore = "needs ONNX Runtime: set ORT_DYLIB_PATH"]
fn a_model_that_hangs_is_ended_with_its_process() {
    let workshop = workshop();
    workshop.write("outerloop.yaml", CONFIG.replace("load-timeout: 20s", "load-timeout: 3s"));
    let server = workshop.serve("prod");
    workshop.copy("core/testdata/serve/always-hangs.onnx", "model.onnx");
    workshop.run(&["package", "--model", "model.onnx"]).exits(0);
    workshop.run(&["register"]).exits(0);
    rolled_back(deploy(&workshop, "acme", "prod"), "3s");
    is_empty_and_alive(&server);
    deploy(&workshop, "acme@1.0.0", "prod").exits(0);
}
