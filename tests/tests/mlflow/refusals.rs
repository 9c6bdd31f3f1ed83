//! Servers that are none of MLflow, too old, or do not let us: each says so, and what to do.

use outerloop_tests::fake::{Call, Fake, Reply, Site};
use outerloop_tests::mlflow::MlflowServer;
use outerloop_tests::{Ran, Workshop};
use serde_json::json;

use crate::setting::{at, package};

/// Answers every call alike, but for the version.
struct Always {
    version: Reply,
    other: Reply,
}

impl Site for Always {
    fn answer(&mut self, call: &Call) -> Reply {
        match call.path.as_str() {
            "/version" => self.version.clone(),
            _ => self.other.clone(),
        }
    }
}

fn text(text: &str) -> Reply {
    Reply::bytes(200, "text/plain", text.as_bytes().to_vec())
}

fn page() -> Reply {
    Reply::bytes(200, "text/html; charset=utf-8", b"<!doctype html><html>".to_vec())
}

fn says(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({"error_code": code, "message": message}))
}

fn register(version: Reply, other: Reply) -> Ran {
    let server = Fake::start(|_| Always { version, other });
    let workshop = Workshop::new();
    workshop.write("model.bin", "acme");
    workshop.run(&["package", "--model", "model.bin"]).exits(0);
    let address = format!("mlflow+{}", server.url);
    workshop.run(&["register", "--name", "acme", "--registry", &address])
}

#[test]
fn each_refusal_has_its_message_and_its_hint() {
    let fine = || text("3.17.2");
    let cases = [
        (text("1.30.1"), page(), "runs MLflow 1.30.1", "2.3.0 or newer"),
        (page(), page(), "does not answer as an MLflow server", "registry.url"),
        (fine(), page(), "does not answer as an MLflow server", "registry.url"),
        (
            fine(),
            Reply::bytes(404, "text/html", b"<html>".to_vec()),
            "has no such call",
            "registry.url",
        ),
        (
            fine(),
            Reply::bytes(404, "text/plain", b"404 page not found\n".to_vec()),
            "does not answer as an MLflow server",
            "registry.url",
        ),
        (
            fine(),
            Reply::json(404, &json!({"detail": "Not Found"})),
            "does not answer as an MLflow server",
            "registry.url",
        ),
        (fine(), Reply::empty(401), "does not accept the login", "MLFLOW_TRACKING_TOKEN"),
        (fine(), says(403, "PERMISSION_DENIED", "Permission denied"), "may not do that", "READ"),
    ];
    for (version, other, said, hint) in cases {
        let ran = register(version, other).exits(3);
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
        assert!(ran.stderr.contains(hint), "{hint}: {}", ran.stderr);
    }
}

#[test]
fn an_address_where_nobody_listens_is_named() {
    let workshop = Workshop::new();
    let ran = workshop.run(&["show", "--registry", "mlflow+http://127.0.0.1:9"]).exits(3);
    assert!(ran.stderr.contains("127.0.0.1:9 cannot be reached"), "{}", ran.stderr);
}

#[test]
fn a_server_that_does_not_encrypt_is_told_at_once() {
    let plain = Fake::start(|_| Always { version: text("3.17.2"), other: page() });
    let workshop = Workshop::new();
    let address = format!("mlflow+{}", plain.url.replace("http:", "https:"));
    let begun = std::time::Instant::now();
    let ran = workshop.run(&["show", "--registry", &address]).exits(3);
    ran.says("write http:// instead of https://");
    assert!(begun.elapsed() < std::time::Duration::from_secs(3), "it was tried again");
}

#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn names_and_addresses_that_mlflow_does_not_take_are_named() {
    let mlflow = MlflowServer::shared();
    let workshop = at(mlflow.url(), "named");
    package(&workshop, "named", 100);
    workshop.run(&["register"]).exits(0);
    for alias in ["prod.eu", "latest", "v1"] {
        let ran = workshop.run(&["promote", "named@1.0.0", "--to", alias]);
        assert_eq!(ran.code, 2, "{alias}: {}", ran.stderr);
        assert!(ran.stderr.contains(&format!("`{alias}`")), "{}", ran.stderr);
        assert!(ran.stderr.contains("hint"), "{}", ran.stderr);
    }
    for name in ["a/b", "a:b", "../a"] {
        let ran = workshop.run(&["register", "--name", name]).exits(2);
        assert!(ran.stderr.contains(name) && ran.stderr.contains("hint"), "{}", ran.stderr);
    }
    for (end, said) in [
        ("/api", "MLFLOW_TRACKING_URI"),
        ("/models", "MLFLOW_TRACKING_URI"),
        ("/#/models", "the address of an MLflow server"),
    ] {
        let address = format!("mlflow+{}{end}", mlflow.url());
        let ran = workshop.run(&["show", "named", "--registry", &address]);
        assert_ne!(ran.code, 0, "{end}: {}", ran.stdout);
        assert!(ran.stderr.contains(said), "{end}: {}", ran.stderr);
    }
    let history = workshop.run(&["history", "named", "--json"]).exits(0).json();
    assert_eq!(history["events"].as_array().map(Vec::len), Some(1), "{history}");
}
