//! Whatever goes wrong between us and the server: nothing is registered twice, nothing is
//! half-visible, and the same command completes it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use outerloop_core::adapters::http::RetryPolicy;
use outerloop_core::domain::digest::Digest;
use outerloop_core::domain::name::ModelName;
use outerloop_core::domain::package::Format;
use outerloop_core::domain::version::Bump;
use outerloop_core::ports::registry::{
    Expected, Origin, Promotion, Registration, Registry, Wanted,
};
use outerloop_tests::fake::{Fault, Reply, Rule};
use outerloop_tests::faults::Forward;
use outerloop_tests::mlflow::{MlflowServer, registry, registry_trying};
use serde_json::Value;

/// One server for all: what is verified in the end is the whole of it.
fn own() -> &'static MlflowServer {
    static OWN: OnceLock<MlflowServer> = OnceLock::new();
    OWN.get_or_init(MlflowServer::start)
}

fn package(model: &ModelName) -> Registration {
    Registration {
        model: model.clone(),
        wanted: Wanted::Next(Bump::Minor),
        digest: Digest::of(b"acme"),
        uri: "s3://acme/models".to_owned(),
        format: Format::Onnx,
        bytes: 1,
        commit: None,
        origin: Origin { actor: "ada".to_owned(), ..Origin::default() },
    }
}

fn promotion(model: &ModelName) -> Promotion {
    Promotion {
        model: model.clone(),
        alias: "champion".parse().expect("an alias"),
        version: "1.0.0".parse().expect("a version"),
        expected: Expected::Current,
        origin: Origin { actor: "ada".to_owned(), ..Origin::default() },
    }
}

fn html() -> Reply {
    Reply::bytes(200, "text/html", b"<!doctype html><title>Sign in</title>".to_vec())
}

fn faults() -> Vec<(&'static str, Fault)> {
    let status = |status| Reply::bytes(status, "text/plain", b"not now".to_vec());
    vec![
        ("cut-before", Fault::CutBefore),
        ("cut-after", Fault::CutAfter),
        ("busy", Fault::Instead(status(503))),
        ("busy-after", Fault::AndThen(status(503))),
        ("busy-with-time", Fault::Instead(status(503).header("retry-after", "1"))),
        ("limited", Fault::Instead(status(429))),
        ("limited-with-time", Fault::Instead(status(429).header("retry-after", "1"))),
        ("page", Fault::Instead(html())),
        ("page-after", Fault::AndThen(html())),
        ("expired", Fault::Instead(Reply::empty(401))),
        ("truncated", Fault::AndThen(Reply::bytes(200, "application/json", b"{\"regi".to_vec()))),
    ]
}

/// Registers and promotes with the fault at call `at`; says whether the fault was met.
fn tried(mlflow: &MlflowServer, name: &str, fault: &Fault, at: usize) -> bool {
    tried_with(mlflow, name, (fault, at), RetryPolicy::default())
}

/// As [`tried`], whose calls are tried in this way.
fn tried_with(
    mlflow: &MlflowServer,
    name: &str,
    (fault, at): (&Fault, usize),
    retry: RetryPolicy,
) -> bool {
    let model: ModelName = format!("acme-{name}-{at}").parse().expect("a name");
    let proxy = Forward::before(mlflow.url());
    proxy.inject(Rule::next(fault.clone()).after(at));
    let first = registry_trying(&proxy.url, 0, retry);
    let done = first.register(&package(&model)).and_then(|_| first.promote(&promotion(&model)));
    if let Err(error) = &done {
        assert!(error.hint_text().is_some(), "{name} at {at}: no hint: {error}");
    }
    let met = !proxy.heal();

    let again = registry(&proxy.url, 3);
    again.register(&package(&model)).unwrap_or_else(|e| panic!("{name} at {at}: {e}"));
    again.promote(&promotion(&model)).unwrap_or_else(|e| panic!("{name} at {at}: {e}"));
    let events = again.history(&model).expect("a history");
    let types: Vec<_> = events.iter().map(|e| e.event.what.type_name()).collect();
    assert_eq!(types, ["registered", "promoted"], "{name} at {at}");
    let filter = format!("mlflow/model-versions/search?filter=name%3D'{model}'");
    let versions = mlflow.call("GET", &filter, &Value::Null);
    assert_eq!(versions["model_versions"].as_array().map(Vec::len), Some(1), "{name} at {at}");
    let shown =
        mlflow.call("GET", &format!("mlflow/registered-models/get?name={model}"), &Value::Null);
    let tags = shown["registered_model"]["tags"].to_string();
    assert!(!tags.contains("outerloop.claim."), "{name} at {at}: a claim is left: {tags}");
    assert_eq!(shown["registered_model"]["aliases"][0]["version"], "1", "{name} at {at}");
    met
}

#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn at_every_call_of_a_register_and_a_promote_anything_may_go_wrong() {
    let mlflow = own();
    std::thread::scope(|scope| {
        for (name, fault) in faults() {
            scope.spawn(move || {
                let met = (0..).take_while(|at| tried(mlflow, name, &fault, *at)).count();
                assert!(met > 12, "{name}: a register and a promote take more than {met} calls");
            });
        }
    });
    let verification = registry(mlflow.url(), 0).verify().expect("verifies");
    assert!(verification.verified, "{:?}", verification.problems);
}

/// How long the server may say nothing in the test below; a real call takes some hundredths.
const STALLED: Duration = Duration::from_secs(3);
/// How long in earnest.
const EARNEST: Duration = Duration::from_secs(30);
/// How many stand still at once.
const AT_ONCE: usize = 16;

#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn at_every_call_of_a_register_and_a_promote_the_server_may_fall_silent() {
    let mlflow = own();
    let proxy = Forward::before(mlflow.url());
    let model: ModelName = "acme-loud".parse().expect("a name");
    let loud = registry(&proxy.url, 0);
    loud.register(&package(&model)).expect("registers");
    loud.promote(&promotion(&model)).expect("promotes");
    let calls = proxy.take_calls().len();
    let faults = [
        ("silent", Fault::Silent),
        ("silent-after", Fault::SilentAfter),
        ("silent-within", Fault::SilentWithin),
    ];
    let each = |of: &&(&str, Fault)| if of.0 == "silent-within" { 4 } else { 1 };
    let cases = faults.iter().flat_map(|f| (0..calls).step_by(each(&f)).map(move |at| (f, at)));
    let cases: Vec<_> = cases.collect();
    let (next, met) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let try_with = |name: &str, fault: &Fault, at, stalled| {
        let retry = RetryPolicy { stalled, ..RetryPolicy::default() };
        met.fetch_add(usize::from(tried_with(mlflow, name, (fault, at), retry)), Ordering::Relaxed);
    };
    std::thread::scope(|scope| {
        // One in earnest: half a minute, in the middle.
        scope.spawn(|| try_with("silent-earnest", &Fault::SilentAfter, calls / 2, EARNEST));
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(((name, fault), at)) =
                    cases.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    try_with(name, fault, *at, STALLED);
                }
            });
        }
    });
    // A process that was slowed down by others may need a call less or more.
    let met = met.into_inner();
    assert!(calls > 12 && met + 3 > cases.len(), "{met} of {} fell silent", cases.len());
    let verification = registry(mlflow.url(), 0).verify().expect("verifies");
    assert!(verification.verified, "{:?}", verification.problems);
}

/// What MLflow shows of the model: its versions' names by number, and where `champion` points.
fn shown(mlflow: &MlflowServer, model: &ModelName) -> (Vec<String>, String) {
    let filter = format!("mlflow/model-versions/search?filter=name%3D'{model}'");
    let found = mlflow.call("GET", &filter, &Value::Null);
    let name = |version: &Value| {
        let tags = version["tags"].as_array().cloned().unwrap_or_default();
        let tag = tags.iter().find(|tag| tag["key"] == "outerloop.version");
        tag.and_then(|tag| tag["value"].as_str()).unwrap_or_default().to_owned()
    };
    let versions = found["model_versions"].as_array().expect("versions");
    let mut names: Vec<String> = versions.iter().map(name).collect();
    names.sort();
    let path = format!("mlflow/registered-models/alias?name={model}&alias=champion");
    let alias = mlflow.call("GET", &path, &Value::Null);
    (names, name(&alias["model_version"]))
}

/// The call stands still for longer than a claim lives, and another writer goes on meanwhile.
fn overtaken(stalled: (&str, &str), of: &str, first: &str) -> (ModelName, Vec<String>, String) {
    let mlflow = own();
    let model: ModelName = of.parse().expect("a name");
    let registered =
        |content: &str| Registration { digest: Digest::of(content.as_bytes()), ..package(&model) };
    let other = registry(mlflow.url(), 0);
    other.register(&registered("one")).expect("registers");
    other.register(&registered("two")).expect("registers");
    let proxy = Forward::before(mlflow.url());
    let (method, path) = stalled;
    proxy.inject(Rule::at(method, path, Fault::Slow(Duration::from_secs(17))));
    let slow = registry(&proxy.url, 0);
    let promoted = |version: &str| Promotion {
        version: version.parse().expect("a version"),
        ..promotion(&model)
    };
    std::thread::scope(|scope| {
        let held = scope.spawn(|| match first {
            "register" => slow.register(&registered("three")).map(|_| ()),
            _ => slow.promote(&promoted("1.0.0")).map(|_| ()),
        });
        std::thread::sleep(Duration::from_secs(3));
        other.register(&registered("four")).expect("registers");
        other.promote(&promoted("1.1.0")).expect("promotes");
        held.join().expect("ends").expect("comes to its end");
    });
    assert!(!proxy.heal(), "nothing stood still");
    let verification = other.verify_model(&model).expect("verifies");
    assert!(verification.verified, "{:?}", verification.problems);
    let (versions, champion) = shown(mlflow, &model);
    (model, versions, champion)
}

#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn a_version_whose_call_stood_still_is_there_once() {
    let stalled = ("POST", "model-versions/create");
    let (model, versions, champion) = overtaken(stalled, "acme-still-register", "register");
    assert_eq!(versions, ["1.0.0", "1.1.0", "1.2.0", "1.3.0"], "{model}");
    assert_eq!(champion, "1.1.0");
}

#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn an_alias_whose_call_stood_still_is_where_the_last_promotion_put_it() {
    let stalled = ("POST", "registered-models/alias");
    let (model, versions, champion) = overtaken(stalled, "acme-still-promote", "promote");
    assert_eq!(versions, ["1.0.0", "1.1.0", "1.2.0"], "{model}");
    assert_eq!(champion, "1.1.0");
}

#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn a_claim_of_a_process_that_died_is_removed_and_a_living_one_is_waited_for() {
    let mlflow = own();
    let model: ModelName = "acme".parse().expect("a name");
    let here = registry(mlflow.url(), 0);
    here.register(&package(&model)).expect("registers");
    let claim = serde_json::json!({
        "name": model, "key": "outerloop.claim.0000000000000000", "value": "0",
    });
    mlflow.call("POST", "mlflow/registered-models/set-tag", &claim);
    let begun = std::time::Instant::now();
    here.promote(&promotion(&model)).expect("promotes");
    let waited = begun.elapsed();
    assert!(waited > Duration::from_secs(9), "it was taken for dead after {waited:?}");
    assert!(waited < Duration::from_secs(60), "{waited:?}");
    assert!(here.verify_model(&model).expect("verifies").verified);
}
