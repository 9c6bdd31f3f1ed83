//! The binary with a workspace as registry and store, as a user would call it.

use std::collections::BTreeMap;

use outerloop_tests::azure_ml::{AzureMlFake, GROUP, SUBSCRIPTION};
use outerloop_tests::fake::Call;
use outerloop_tests::{Ran, Workshop};
use serde_json::{Value, json};

use crate::setting::workspace;

const CONFIG: &str = "model: acme\nregistry:\n  type: azure-ml\n  subscription: 00000000-0000-0000-0000-000000000000\n  resource-group: rg\n  workspace: ws\n";

struct Setting {
    fake: AzureMlFake,
    workshop: Workshop,
}

impl Setting {
    fn new(fake: AzureMlFake) -> Self {
        let workshop = Workshop::new();
        workshop.write("outerloop.yaml", CONFIG);
        workshop.write("model.bin", "weights");
        Self { fake, workshop }
    }

    fn with(&self, arguments: &[&str], changed: &[(&str, &str)]) -> Ran {
        let mut variables: BTreeMap<String, String> = self.fake.variables();
        changed.iter().for_each(|(n, v)| drop(variables.insert((*n).into(), (*v).into())));
        let ran = Workshop::ran(self.workshop.command(arguments).envs(variables));
        let said = format!("{ran:?}");
        assert!(!said.contains("s3cret~value") && !said.contains("manager-token"), "{said}");
        assert!(!said.contains("sig="), "{said}");
        ran
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.with(arguments, &[])
    }

    fn json(&self, arguments: &[&str]) -> Value {
        self.run(&[arguments, &["--json"]].concat()).exits(0).json()
    }

    fn register(&self, content: &str) -> String {
        self.workshop.write("model.bin", content);
        self.run(&["package", "--model", "model.bin", "--out", "package"]).exits(0);
        let registered = self.json(&["register", "--package", "package"]);
        registered["ref"].as_str().expect("a reference").to_owned()
    }
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn a_model_lives_in_a_workspace_from_its_package_to_its_promotion() {
    let setting = Setting::new(AzureMlFake::with_blobs());
    assert_eq!(setting.register("one"), "acme@1.0.0");
    assert_eq!(setting.register("two"), "acme@1.1.0");
    let again = setting.json(&["register", "--package", "package"]);
    assert_eq!((&again["ref"], &again["created"]), (&json!("acme@1.1.0"), &json!(false)));
    let uri = again["uri"].as_str().expect("an address").to_owned();
    assert!(uri.starts_with("azureml://subscriptions/") && uri.contains("/datastores/"), "{uri}");
    setting.json(&["promote", "acme@1.0.0", "--to", "champion"]);
    let moved = setting.json(&["promote", "acme@1.1.0", "--to", "champion"]);
    assert_eq!(moved["previous"], "acme@1.0.0");
    let lost = setting.run(&["promote", "acme@1.0.0", "--to", "champion", "--expect", "none"]);
    lost.exits(1).says("champion");
    setting.run(&["archive", "acme@1.0.0"]).exits(0);
    assert_eq!(setting.fake.state().models["acme"].versions[0].1["isArchived"], true);
    let shown = setting.json(&["show", "acme"]);
    assert_eq!(shown["models"][0]["aliases"], json!({"champion": "1.1.0"}));
    setting.run(&["history", "acme", "--verify"]).exits(0);
    setting.run(&["pull", "acme@champion", "--out", "pulled"]).exits(0);
    let pulled = setting.workshop.path().join("pulled/files/model.bin");
    assert_eq!(std::fs::read_to_string(pulled).expect("pulled"), "two");
    setting.fake.assert_no_violations();
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn a_damaged_model_is_named_and_keeps_nobody_from_the_others() {
    let setting = Setting::new(AzureMlFake::with_blobs());
    setting.register("sound");
    setting.json(&["register", "--package", "package", "--name", "changed"]);
    let workspace = workspace(&setting.fake);
    let container = &workspace.datastore().expect("a datastore").container;
    let name = "outerloop/registry/changed/events/0000000001.json";
    container.write(name, "application/json", b"{}").expect("writes");
    let ran = setting.run(&["show", "--json"]).exits(3);
    let json = ran.says("history of changed does not hold").says("--verify").json();
    assert_eq!((&json["models"][0]["name"], &json["models"][1]), (&json!("acme"), &Value::Null));
    assert_eq!(json["damaged"][0]["name"], "changed");
    assert_eq!(setting.run(&["show", "changed", "--json"]).exits(3).stdout, "");
    setting.json(&["show", "acme"]);
    let checks = setting.run(&["doctor", "--json"]).exits(3).json()["checks"].clone();
    let status = |id: &str| {
        let mut checks = checks.as_array().expect("checks").iter();
        checks.find(|check| check["id"] == id).expect("a check")["status"].clone()
    };
    assert_eq!((status("registry-read"), status("registry-write")), (json!("ok"), json!("ok")));
    assert_eq!(status("registry-models"), "failed", "{checks}");
}

#[test]
fn a_registry_that_holds_no_history_is_refused_as_a_mistake() {
    let setting = Setting::new(AzureMlFake::start());
    for arguments in [&["show"][..], &["history"], &["register", "--package", "package"]] {
        let arguments = [arguments, &["--registry", "azureml://registries/acme"]].concat();
        setting.run(&arguments).exits(2).says("cannot hold the history").says("--to-registry");
    }
    setting.workshop.write("outerloop.yaml", "registry: {type: azure-ml, name: acme}\n");
    setting.run(&["show"]).exits(2).says("cannot hold the history");
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn a_version_is_shared_to_a_registry_and_to_a_git_repository() {
    let setting = Setting::new(AzureMlFake::with_blobs());
    let first = setting.register("shared one");
    let shelf = ["--to", "champion", "--to-registry", "azureml://registries/reg"];
    setting.fake.take_calls();
    let shared = setting.json(&[&["promote", &first], &shelf[..]].concat());
    // The alias comes with the version: the service is waited for once.
    let shelved = |call: &&Call| call.method == "PUT" && call.path.contains("/registries/reg/");
    assert_eq!(setting.fake.take_calls().iter().filter(shelved).count(), 1);
    assert_eq!((&shared["via"], &shared["previous"]), (&json!("copy"), &Value::Null));
    assert_eq!(shared["url"], "azureml://registries/reg/models/acme/versions/1.0.0");
    let second = setting.register("shared two");
    let shared = setting.json(&[&["promote", &second], &shelf[..]].concat());
    assert_eq!(shared["previous"], "acme@1.0.0");
    // Once more changes nothing.
    setting.fake.take_calls();
    setting.json(&[&["promote", &second], &shelf[..]].concat());
    let calls = setting.fake.take_calls();
    assert!(calls.iter().all(|call| call.method != "PUT"), "{calls:#?}");
    {
        let state = setting.fake.state();
        let versions = &state.shared["reg"]["acme"].versions;
        assert_eq!(versions[0].1["tags"], json!({}));
        assert_eq!(versions[1].1["tags"], json!({"outerloop.aliases": "champion"}));
        let uri = versions[1].1["modelUri"].as_str().expect("an address");
        assert!(uri.ends_with("/files"), "{uri}");
    }
    let unknown = ["promote", &second, "--to", "x", "--to-registry", "azureml://registries/other"];
    setting.run(&unknown).exits(2).says("other").says("check the registry's name");
    let git = ["promote", &second, "--to", "champion", "--to-registry", "git"];
    assert_eq!(setting.json(&git)["ref"], "acme@1.1.0");
    let there = setting.json(&["show", "acme", "--registry", "git"]);
    assert_eq!(there["models"][0]["aliases"], json!({"champion": "1.1.0"}));
    let own =
        format!("azureml://subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/workspaces/ws");
    setting.run(&["promote", &second, "--to", "x", "--to-registry", &own]).exits(2);
    setting.fake.assert_no_violations();
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn a_version_goes_from_one_registry_to_the_next() {
    let setting = Setting::new(AzureMlFake::with_blobs());
    let (dev, prod) = ("azureml://registries/reg", "azureml://registries/prod");
    for content in ["one", "two"] {
        let version = setting.register(content);
        setting.json(&["promote", &version, "--to", "staging", "--to-registry", dev]);
    }
    let from_dev = |reference: &str, to: &str| {
        let asked = ["promote", reference, "--to", "champion", "--registry", dev];
        setting.run(&[&asked[..], &["--to-registry", to, "--json"]].concat())
    };
    setting.fake.take_calls();
    let shared = from_dev("acme@staging", prod).exits(0).json();
    assert_eq!((&shared["ref"], &shared["previous"]), (&json!("acme@1.1.0"), &Value::Null));
    assert_eq!(shared["url"], "azureml://registries/prod/models/acme/versions/1.1.0");
    // The registry that it comes from is only read.
    let calls = setting.fake.take_calls();
    let written = |call: &&Call| call.method == "PUT" && call.path.contains("/registries/reg/");
    assert_eq!(calls.iter().filter(written).count(), 0, "{calls:#?}");
    {
        let state = setting.fake.state();
        let at = |registry: &str| state.shared[registry]["acme"].versions.last().cloned();
        let (there, here) = (at("reg").expect("one"), at("prod").expect("one"));
        assert_eq!(there.0, here.0);
        assert_eq!(there.1["properties"], here.1["properties"]);
    }
    assert_eq!(from_dev("acme@staging", prod).exits(0).json()["previous"], "acme@1.1.0");
    assert_eq!(from_dev("acme@1.0.0", prod).exits(0).json()["previous"], "acme@1.1.0");
    // What is in a registry goes to a history of one's own, and its files come out as they were.
    assert_eq!(from_dev("acme", "git").exits(0).json()["ref"], "acme@1.1.0");
    setting.run(&["pull", "acme@champion", "--registry", "git", "--out", "of-git"]).exits(0);
    let pulled = setting.workshop.path().join("of-git/files/model.bin");
    assert_eq!(std::fs::read_to_string(pulled).expect("pulled"), "two");
    let from = "azureml://registries/reg/models/acme/versions/1.0.0";
    let again = setting.json(&["register", "--from", from, "--version", "3.0.0"]);
    assert_eq!(again["ref"], "acme@3.0.0");
    setting.run(&["pull", "acme@3.0.0", "--out", "of-registry"]).exits(0);
    let pulled = setting.workshop.path().join("of-registry/files/model.bin");
    assert_eq!(std::fs::read_to_string(pulled).expect("pulled"), "one");
    setting.fake.assert_no_violations();
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn what_a_registry_cannot_give_is_refused() {
    let setting = Setting::new(AzureMlFake::with_blobs());
    let (dev, prod) = ("azureml://registries/reg", "azureml://registries/prod");
    let version = setting.register("one");
    setting.json(&["promote", &version, "--to", "staging", "--to-registry", dev]);
    let foreign = json!({
        "modelUri": "http://127.0.0.1:10000/acme/acme/x", "modelType": "custom_model",
        "tags": {}, "properties": {}, "isArchived": false,
    });
    let make = |name: &str, version: &str, fields: &Value| {
        let mut state = setting.fake.state();
        let held = state.shared.entry("reg".to_owned()).or_default();
        let of_name = held.entry(name.to_owned()).or_default();
        of_name.versions.push((version.to_owned(), fields.clone()));
    };
    make("acme", "2", &foreign);
    make("acme", "7.0.0", &foreign);
    let mut archived = setting.fake.state().shared["reg"]["acme"].versions[0].1.clone();
    archived["isArchived"] = json!(true);
    make("old", "1.0.0", &archived);
    let mut both = archived.clone();
    (both["isArchived"], both["tags"]) = (json!(false), json!({"outerloop.aliases": "twin"}));
    make("twins", "1.0.0", &both);
    make("twins", "1.1.0", &both);
    let refused = |reference: &str, code: i32, says: &str| {
        let asked = ["promote", reference, "--to", "champion", "--registry", dev];
        setting.run(&[&asked[..], &["--to-registry", prod]].concat()).exits(code).says(says);
    };
    refused("acme@champion", 2, "the registry has no acme@champion");
    refused("acme@9.0.0", 2, "below Registries");
    refused("other", 2, "the registry has no other@latest");
    refused("acme@7.0.0", 3, "register --from azureml://registries/reg/models/acme/versions/7.0.0");
    refused("old@1.0.0", 2, "archived");
    refused("twins@twin", 1, "1.0.0 and 1.1.0 are both twin");
    let same = ["promote", "acme", "--to", "x", "--registry", dev, "--to-registry", dev];
    setting.run(&same).exits(2).says("is the registry that the version is in");
    // Files without a signature are opened by the login, which Azurite does not take over http.
    setting.fake.state().credentials = "None";
    refused("acme@1.0.0", 3, "AuthorizationFailure");
    setting.fake.state().credentials = "AccountKey";
    // Bytes that were changed go nowhere.
    let workspace = crate::setting::workspace(&setting.fake);
    let container = &workspace.datastore().expect("a datastore").container;
    let folder = setting.fake.state().shared["reg"]["acme"].versions[0].1["modelUri"].clone();
    let folder = folder.as_str().expect("an address").split_once("/outerloop/").expect("ours").1;
    let blob = format!("outerloop/{folder}/model.bin");
    container.write(&blob, "application/octet-stream", b"eno").expect("writes");
    refused("acme@1.0.0", 3, "has the digest");
    assert!(!setting.fake.state().shared.contains_key("prod"));
    setting.fake.assert_no_violations();
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn a_model_is_taken_over_from_each_place() {
    let setting = Setting::new(AzureMlFake::with_blobs());
    let workspace = crate::setting::workspace(&setting.fake);
    let container = &workspace.datastore().expect("a datastore").container;
    for (name, bytes) in [
        ("azureml/train-1/model/a/weights.bin", &b"of a job"[..]),
        ("azureml/train-1/model/config.json", b"{}"),
        ("exports/model.bin", b"of a path"),
    ] {
        container.write(name, "application/octet-stream", bytes).expect("writes");
    }
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let job = json!({"properties": {
        "outputs": {"model": {"uri": null}}, "properties": {"azureml.git.commit": commit},
    }});
    setting.fake.state().jobs.insert("train-1".to_owned(), job);
    let from = |reference: &str| {
        let version = setting.json(&["register", "--from", reference]);
        version["ref"].as_str().expect("a reference").to_owned()
    };
    assert_eq!(from("azureml://jobs/train-1/outputs/model"), "acme@1.0.0");
    setting.run(&["pull", "acme@1.0.0", "--out", "pulled"]).exits(0);
    let pulled = setting.workshop.path().join("pulled");
    let bytes = std::fs::read(pulled.join("files/a/weights.bin")).expect("pulled");
    assert_eq!(bytes, b"of a job");
    let manifest = std::fs::read_to_string(pulled.join("outerloop-package.json")).expect("reads");
    assert!(manifest.contains(commit), "{manifest}");
    assert_eq!(
        from("azureml://datastores/workspaceblobstore/paths/exports/model.bin"),
        "acme@1.1.0"
    );
    // What is registered here is a model of the workspace too: the same package again.
    assert_eq!(from("azureml:acme:1.1.0"), "acme@1.1.0");
    for (wrong, code, says) in [
        ("azureml://jobs/train-1/outputs/other", 2, "its outputs are: model"),
        ("azureml://datastores/workspaceblobstore/paths/nothing", 2, "there is nothing at"),
        ("azureml:acme:9.9.9", 2, "no model acme:9.9.9"),
        ("azureml://registries/reg/models/acme/versions/1", 2, "the registry has no model acme:1"),
        ("azureml://registries/other/models/acme/versions/1", 2, "check the registry's name"),
        ("azureml://what", 2, "azureml:NAME:VERSION"),
        ("wandb:acme", 2, "azureml:NAME:VERSION"),
    ] {
        setting.run(&["register", "--from", wrong]).exits(code).says(says);
    }
    setting.fake.assert_no_violations();
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn the_doctor_finds_each_fault_and_says_what_to_do() {
    let setting = Setting::new(AzureMlFake::with_blobs());
    let healthy = setting.run(&["doctor"]).exits(0);
    for said in ["everything that is configured works", "AZURE_CLIENT_SECRET is set"] {
        assert!(healthy.stdout.contains(said), "{healthy:?}");
    }
    let sick = |changed: &[(&str, &str)], code: i32| {
        let ran = setting.with(&["doctor", "--json"], changed).exits(code);
        let found = ran.json();
        assert_eq!(found["status"], "failed");
        let checks = found["checks"].as_array().expect("checks").clone();
        let failed = checks.iter().find(|c| c["status"] == "failed").expect("one").clone();
        assert!(!failed["hint"].as_str().expect("a hint").is_empty(), "{failed}");
        failed["id"].as_str().expect("an id").to_owned()
    };
    assert_eq!(sick(&[("AZURE_CLIENT_SECRET", "wr0ng")], 3), "azure-login");
    assert_eq!(sick(&[("AZURE_TOKEN_CREDENTIALS", "magic")], 2), "azure-login");
    setting.fake.state().forbidden.insert("read");
    assert_eq!(sick(&[], 3), "azure-workspace");
    setting.fake.state().forbidden.clear();
    setting.fake.state().container = "nowhere".to_owned();
    assert_eq!(sick(&[], 2), "registry-read");
    setting.workshop.write("outerloop.yaml", CONFIG.replace("workspace: ws", "workspace: other"));
    assert_eq!(sick(&[], 2), "azure-workspace");
    setting.workshop.write("outerloop.yaml", "registry:\n  kind: x\n");
    let ran = setting.run(&["doctor"]).exits(2);
    for said in ["outerloop.yaml:2", "1 check failed"] {
        assert!(ran.stdout.contains(said), "{ran:?}");
    }
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn a_wrong_setting_is_named_by_every_verb() {
    let setting = Setting::new(AzureMlFake::with_blobs());
    setting.register("one");
    for (from, to, says) in [
        ("subscription: 0", "subscription: 1", "registry.subscription"),
        ("resource-group: rg", "resource-group: no", "registry.resource-group"),
        ("workspace: ws", "workspace: no", "registry.workspace"),
    ] {
        setting.workshop.write("outerloop.yaml", CONFIG.replace(from, to));
        setting.run(&["show"]).exits(2).says(says);
    }
    let registry = "model: acme\nregistry:\n  type: azure-ml\n  name: reg\n";
    setting.workshop.write("outerloop.yaml", registry);
    setting.run(&["show"]).exits(2).says("--to-registry");
}
