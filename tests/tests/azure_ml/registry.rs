//! The registry in a workspace: its promises, what the workspace shows, and what goes wrong.

use std::sync::Arc;

use outerloop_core::adapters::clock::SystemClock;
use outerloop_core::adapters::registry::azure_ml::{self, AzureMlRegistry};
use outerloop_core::conformance::registry as suite;
use outerloop_core::domain::digest::Digest;
use outerloop_core::domain::error::ErrorKind;
use outerloop_core::domain::package::Format;
use outerloop_core::domain::version::Bump;
use outerloop_core::ports::registry::{
    Expected, Origin, PromoteOutcome, Promotion, RegisterOutcome, Registration, Registry, Wanted,
};
use outerloop_tests::azure_ml::AzureMlFake;
use outerloop_tests::azure_ml::recordings::recording;
use serde_json::{Value, json};

use crate::setting::workspace;

type Outcome<T> = Result<T, outerloop_core::domain::error::Error>;

fn open(fake: &AzureMlFake) -> AzureMlRegistry {
    azure_ml::open(&workspace(fake), Arc::new(SystemClock))
}

fn register(fake: &AzureMlFake, content: &str) -> Outcome<RegisterOutcome> {
    open(fake).register(&Registration {
        model: "acme".parse()?,
        wanted: Wanted::Next(Bump::Minor),
        digest: Digest::of(content.as_bytes()),
        uri: "azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/d/paths/p"
            .to_owned(),
        format: Format::Mlflow,
        bytes: 10,
        commit: Some("0123456789".to_owned()),
        origin: Origin {
            actor: "ada".to_owned(),
            run: Some("https://ci/1".to_owned()),
            cause: None,
        },
    })
}

fn promote(fake: &AzureMlFake, version: &str) -> Outcome<PromoteOutcome> {
    open(fake).promote(&Promotion {
        model: "acme".parse()?,
        alias: "champion".parse()?,
        version: version.parse()?,
        expected: Expected::Current,
        origin: Origin::default(),
    })
}

fn shown(fake: &AzureMlFake, version: &str) -> Value {
    let state = fake.state();
    let versions = &state.models["acme"].versions;
    versions.iter().find(|(v, _)| v == version).expect("shown").1.clone()
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn a_workspace_keeps_the_promises_of_a_registry() {
    let held = std::cell::RefCell::new(Vec::new());
    let make = |handles: usize| {
        let fake = AzureMlFake::with_blobs();
        let made = (0..handles).map(|_| Box::new(open(&fake)) as Box<dyn Registry>).collect();
        held.borrow_mut().push(fake);
        made
    };
    // More than a segment of events.
    suite::run(&make, 300);
    held.borrow().iter().for_each(AzureMlFake::assert_no_violations);
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn the_workspace_shows_what_happened() {
    let fake = AzureMlFake::with_blobs();
    register(&fake, "a").expect("registers");
    register(&fake, "b").expect("registers");
    let first = shown(&fake, "1.0.0");
    assert_eq!(first["modelType"], "mlflow_model");
    assert!(first["modelUri"].as_str().is_some_and(|uri| uri.ends_with("/paths/p/files")));
    assert_eq!(first["properties"]["outerloop.digest"], Digest::of(b"a").to_string());
    assert!(first["description"].as_str().is_some_and(|d| d.contains("0123456789")));
    promote(&fake, "1.0.0").expect("promotes");
    assert_eq!(shown(&fake, "1.0.0")["tags"], json!({"outerloop.aliases": "champion"}));
    // Tags of others stay.
    fake.state().models.get_mut("acme").expect("there").versions[0].1["tags"]["team"] =
        json!("risk");
    promote(&fake, "1.1.0").expect("promotes");
    assert_eq!(shown(&fake, "1.0.0")["tags"], json!({"team": "risk"}));
    assert_eq!(shown(&fake, "1.1.0")["tags"], json!({"outerloop.aliases": "champion"}));
    let version = "1.0.0".parse().expect("a version");
    let registry = open(&fake);
    let model = "acme".parse().expect("a name");
    registry.set_archived(&model, &version, true, &Origin::default()).expect("archives");
    assert_eq!(shown(&fake, "1.0.0")["isArchived"], true);
    registry.set_archived(&model, &version, false, &Origin::default()).expect("restores");
    assert_eq!(shown(&fake, "1.0.0")["isArchived"], false);
    assert!(registry.verify().expect("verifies").verified);
    fake.assert_no_violations();
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn what_is_changed_behind_our_back_is_noticed() {
    let fake = AzureMlFake::with_blobs();
    register(&fake, "a").expect("registers");
    promote(&fake, "1.0.0").expect("promotes");
    let problems = || open(&fake).verify().expect("verifies").problems.join("; ");
    let change = |change: &dyn Fn(&mut Value)| {
        change(&mut fake.state().models.get_mut("acme").expect("there").versions[0].1);
    };
    change(&|model| model["isArchived"] = json!(true));
    assert!(problems().contains("1.0.0 is archived in the workspace"), "{}", problems());
    change(&|model| model["isArchived"] = json!(false));
    change(&|model| model["tags"] = json!({"outerloop.aliases": "other"}));
    assert!(problems().contains("has the aliases `other`"), "{}", problems());
    change(&|model| model["tags"] = json!({"outerloop.aliases": "champion"}));
    assert_eq!(problems(), "");
    fake.state().models.clear();
    assert!(problems().contains("no version 1.0.0"), "{}", problems());
    let workspace = workspace(&fake);
    let container = &workspace.datastore().expect("a datastore").container;
    let name = "outerloop/registry/acme/events/0000000002.json";
    let event = container.read(name).expect("reads").expect("there");
    let text = String::from_utf8(event).expect("text").replace("champion", "champions");
    container.write(name, "application/json", text.as_bytes()).expect("writes");
    assert!(!open(&fake).verify().expect("verifies").verified);
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn a_version_that_others_made_is_not_taken() {
    let fake = AzureMlFake::with_blobs();
    register(&fake, "a").expect("registers");
    let made = recording("models_create_datastore_path")[1].response["properties"].clone();
    let taken = ("1.1.0".to_owned(), made);
    fake.state().models.get_mut("acme").expect("there").versions.push(taken);
    let error = register(&fake, "b").expect_err("taken");
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert!(error.hint_text().expect("a hint").contains("--version"), "{error}");
    assert_eq!(open(&fake).history(&"acme".parse().expect("a name")).expect("reads").len(), 1);
}
