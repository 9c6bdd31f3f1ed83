//! Copies into registries on servers and out of them, and teams that share one: real MLflow servers,
//! and the fake of Azure Machine Learning with blobs in a real Azurite.

use std::process::Stdio;
use std::time::Duration;

use outerloop_tests::azure_ml::{AzureMlFake, GROUP, SUBSCRIPTION};
use outerloop_tests::fake::{Fault, Reply, Rule};
use outerloop_tests::faults::Forward;
use outerloop_tests::mlflow::MlflowServer;
use outerloop_tests::registry::Registry;
use outerloop_tests::{Ran, Workshop};
use serde_json::{Value, json};

type Variables = Vec<(String, String)>;

fn run(workshop: &Workshop, arguments: &[&str], variables: &Variables) -> Ran {
    Workshop::ran(workshop.command(arguments).envs(variables.iter().cloned()))
}

/// Two versions, an alias that moved, and a version that was put away.
fn lived_in() -> Workshop {
    let workshop = Workshop::new();
    workshop.register("acme", "one").exits(0);
    workshop.run(&["promote", "acme@1.0.0", "--to", "champion"]).exits(0);
    workshop.register("acme", "two").exits(0);
    workshop.run(&["promote", "acme@1.1.0", "--to", "champion"]).exits(0);
    workshop.run(&["archive", "acme@1.0.0"]).exits(0);
    workshop
}

fn ids(workshop: &Workshop, registry: &str, variables: &Variables) -> Vec<Value> {
    let words = ["history", "acme", "--verify", "--json", "--registry", registry];
    let history = run(workshop, &words, variables).exits(0).json();
    assert_eq!(history["verified"], true, "{history}");
    let events = history["events"].as_array().expect("events");
    events.iter().map(|event| event["id"].clone()).collect()
}

/// There, and back into another repository: the same events, and the same bytes.
fn there_and_back(address: &str, variables: &Variables) {
    let (old, new) = (lived_in(), Workshop::new());
    let before = ids(&old, "git", variables);
    let copied = run(&old, &["copy", "git", address, "--json"], variables).exits(0).json();
    assert_eq!(copied["models"][0]["packages"], 2, "{copied}");
    assert_eq!(copied["left"], json!([]));
    let there = ids(&old, address, variables);
    assert_eq!(there[..before.len()], before);
    let again = run(&old, &["copy", "git", address, "--json"], variables).exits(0).json();
    assert_eq!(again["models"][0]["changed"], false, "{again}");
    let shown = run(&new, &["show", "acme", "--registry", address, "--json"], variables);
    let shown = shown.exits(0).json();
    assert_eq!(shown["models"][0]["aliases"], json!({"champion": "1.1.0"}));
    assert_eq!(shown["models"][0]["versions"][0]["archived"], true, "{shown}");

    drop(old);
    run(&new, &["copy", address, "git"], variables).exits(0);
    let back = ids(&new, "git", variables);
    assert_eq!((&back[..there.len()], back.len()), (&there[..], there.len() + 1));
    new.run(&["pull", "acme@champion", "--out", "pulled"]).exits(0);
    let file = std::fs::read_to_string(new.path().join("pulled/files/model.bin"));
    assert_eq!(file.expect("the model"), "two");
}

/// From GTO's tags: the alias that was taken back is gone there, too, and nothing comes twice.
fn from_gto(address: &str, variables: &Variables) {
    let old = Workshop::new();
    old.write("artifacts.yaml", "acme: {path: model.bin}\n");
    for (version, tags) in [
        ("1.0.0", vec!["acme@v1.0.0", "acme#prod#1", "acme#dev#2"]),
        ("1.1.0", vec!["acme@v1.1.0", "acme#prod#3"]),
    ] {
        old.write("model.bin", version);
        old.git(&["add", "."]);
        old.git(&["commit", "--quiet", "-m", "training"]);
        tags.iter().for_each(|tag| drop(old.git(&["tag", "-a", "-m", "tagged", tag])));
    }
    let copy = ["copy", "gto", address, "--json"];
    run(&old, &copy, variables).exits(0);
    old.git(&["tag", "-a", "-m", "tagged", "acme#dev!#4", "acme@v1.0.0^{}"]);
    run(&old, &copy, variables).exits(0);
    let show = ["show", "acme", "--registry", address, "--json"];
    let shown = run(&old, &show, variables).exits(0).json();
    assert_eq!(shown["models"][0]["aliases"], json!({"prod": "1.1.0"}));
    let events = ids(&old, address, variables).len();
    let again = run(&old, &copy, variables).exits(0).json();
    assert_eq!(again["models"][0]["changed"], false, "{again}");
    assert_eq!(ids(&old, address, variables).len(), events);
    let pull = ["pull", "acme@prod", "--out", "pulled", "--registry", address];
    run(&old, &pull, variables).exits(0);
    let file = std::fs::read_to_string(old.path().join("pulled/files/model.bin"));
    assert_eq!(file.expect("the model"), "1.1.0");
}

/// A copy is killed again and again, each time a little later, and then comes to its end.
fn killed_and_run_again(address: &str, variables: &Variables) {
    let old = Workshop::new();
    for number in 0..6 {
        old.register("acme", &format!("model {number}")).exits(0);
        let version = format!("acme@1.{number}.0");
        old.run(&["promote", &version, "--to", "champion"]).exits(0);
    }
    let before = ids(&old, "git", variables);
    let mut killed = 0;
    for wait in [150, 400, 700, 1_000, 1_400, 2_000] {
        let mut command = old.command(&["copy", "git", address, "--json"]);
        command.envs(variables.iter().cloned());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("runs");
        std::thread::sleep(Duration::from_millis(wait));
        if child.try_wait().expect("waits").is_some() {
            break;
        }
        child.kill().expect("ends");
        child.wait().expect("waits");
        killed += 1;
    }
    assert!(killed > 0, "the first came to its end");
    // A writer that was killed holds its claim for a while.
    run(&old, &["copy", "git", address], variables).exits(0);
    let there = ids(&old, address, variables);
    assert_eq!(there[..before.len()], before);
    assert_eq!(there.len(), before.len() + 1, "one event says where they came from");
    for number in 0..6 {
        let (version, out) = (format!("acme@1.{number}.0"), format!("out-{number}"));
        let pull = ["pull", version.as_str(), "--out", &out, "--registry", address];
        run(&old, &pull, variables).exits(0);
        let file = std::fs::read_to_string(old.path().join(out).join("files/model.bin"));
        assert_eq!(file.expect("the model"), format!("model {number}"));
    }
}

/// One machine registers; another, with nothing but the configuration, sees it, promotes, serves and
/// deploys; the first sees what it did.
fn a_team(config: &str, variables: &Variables) {
    let machine = || {
        let workshop = Workshop::new();
        let endpoint = "endpoints:\n  prod: {runtime: onnx, rollout: {mirror: 0, steps: [100]}}\n";
        workshop.write("outerloop.yaml", format!("model: acme\n{endpoint}{config}"));
        workshop
    };
    let (one, other) = (machine(), machine());
    one.copy("core/testdata/scores/binary.onnx", "model.onnx");
    let of_one = |words: &[&str]| run(&one, words, variables);
    let of_other = |words: &[&str]| run(&other, words, variables);
    of_one(&["package", "--model", "model.onnx"]).exits(0);
    of_one(&["register"]).exits(0);
    let shown = of_other(&["show", "acme", "--json"]).exits(0).json();
    assert_eq!(shown["models"][0]["versions"][0]["version"], "1.0.0");
    of_other(&["promote", "acme@1.0.0", "--to", "champion", "--expect", "none"]).exits(0);
    of_one(&["promote", "acme@1.0.0", "--to", "champion", "--expect", "none"]).exits(1);
    of_other(&["pull", "acme@champion", "--out", "pulled"]).exits(0);
    let bytes =
        |workshop: &Workshop, path: &str| std::fs::read(workshop.path().join(path)).expect("reads");
    assert_eq!(bytes(&other, "pulled/files/model.onnx"), bytes(&one, "model.onnx"));

    let mut serve = other.command(&["serve", "--endpoint", "prod"]);
    serve.envs(variables.iter().cloned());
    let server = outerloop_tests::Server::start(serve, other.path(), "prod");
    let deployed = of_other(&["deploy", "acme@champion", "--endpoint", "prod", "--json"]);
    assert_eq!(deployed.exits(0).json()["live"], "1.0.0");
    let ready = reqwest::blocking::get(format!("{}/v2/models/acme/ready", server.url));
    assert!(ready.expect("answers").status().is_success());
    let seen = of_one(&["history", "acme", "--verify", "--json"]).exits(0).json();
    let types: Vec<&str> = seen["events"]
        .as_array()
        .expect("events")
        .iter()
        .filter_map(|event| event["event"]["what"]["type"].as_str())
        .collect();
    assert_eq!(types[..3], ["registered", "promoted", "rollout-started"]);
    assert_eq!(types.last(), Some(&"rollout-finished"), "{types:?}");
}

fn azure(fake: &AzureMlFake) -> Variables {
    fake.variables().into_iter().collect()
}

fn workspace() -> String {
    format!("azureml://subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/workspaces/ws")
}

#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn a_model_moves_to_mlflow_and_back() {
    let mlflow = MlflowServer::start();
    there_and_back(&format!("mlflow+{}", mlflow.url()), &Variables::new());
}

#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn a_registry_of_gto_moves_to_mlflow() {
    let mlflow = MlflowServer::start();
    from_gto(&format!("mlflow+{}", mlflow.url()), &Variables::new());
    let aliases = "mlflow/registered-models/get?name=acme";
    let model = mlflow.call("GET", aliases, &Value::Null)["registered_model"].clone();
    let aliases = model["aliases"].as_array().expect("aliases");
    assert_eq!(aliases.iter().map(|a| a["alias"].clone()).collect::<Vec<_>>(), ["prod"]);
}

/// A version is registered while the copy is on its way: it comes with the next one.
#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn a_model_that_grows_while_it_is_copied_is_copied_whole() {
    let mlflow = MlflowServer::start();
    let (direct, none) = (format!("mlflow+{}", mlflow.url()), Variables::new());
    let (old, new) = (lived_in(), Workshop::new());
    run(&old, &["copy", "git", &direct], &none).exits(0);
    let proxy = Forward::before(mlflow.url());
    let address = format!("mlflow+{}", proxy.url);
    let wait = Fault::Slow(Duration::from_secs(4));
    // The name was looked up and the history was read; the versions are about to be.
    proxy.inject(Rule::at("GET", "registered-models/get", wait).after(2));
    let copy = ["copy", address.as_str(), "git", "--name", "acme"];
    std::thread::scope(|scope| {
        let copied = scope.spawn(|| run(&new, &copy, &none));
        std::thread::sleep(Duration::from_secs(2));
        old.write("outerloop.yaml", format!("registry: {{type: mlflow, url: '{}'}}", mlflow.url()));
        old.register("acme", "three").exits(0);
        copied.join().expect("ends").exits(0);
    });
    assert!(!proxy.heal(), "nothing waited");
    for _ in 0..2 {
        let shown = new.run(&["show", "acme", "--json"]).exits(0).json();
        for version in shown["models"][0]["versions"].as_array().expect("versions") {
            let version = version["version"].as_str().expect("a version");
            let reference = format!("acme@{version}");
            new.run(&["pull", &reference, "--out", &format!("out-{version}")]).exits(0);
        }
        run(&new, &["copy", &direct, "git"], &none).exits(0);
    }
    let shown = new.run(&["show", "acme", "--json"]).exits(0).json();
    assert_eq!(shown["models"][0]["versions"].as_array().map(Vec::len), Some(3), "{shown}");
    ids(&new, "git", &none);
}

/// What MLflow does not take is told before anything is there.
#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn a_history_that_mlflow_cannot_show_leaves_nothing_there() {
    let mlflow = MlflowServer::start();
    let address = format!("mlflow+{}", mlflow.url());
    let old = lived_in();
    old.run(&["promote", "acme@1.1.0", "--to", "prod.eu"]).exits(0);
    let ran = old.run(&["copy", "git", &address]).exits(2);
    ran.says("MLflow does not allow the alias `prod.eu`").says("taken over as it is");
    let there = mlflow.call("GET", "mlflow/registered-models/search", &Value::Null);
    assert_eq!(there["registered_models"], Value::Null, "{there}");
    let body = json!({"experiment_ids": ["0", "1"], "max_results": 10});
    let runs = mlflow.call("POST", "mlflow/runs/search", &body);
    assert_eq!(runs["runs"], Value::Null, "{runs}");
    let names = ["copy", "git", &address, "--name", "acme", "--name", "typo"];
    old.run(&names).exits(2).says("typo");
}

/// The copy ends between its last event and what MLflow's own users see of it.
#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn what_a_copy_wrote_and_did_not_show_is_shown_by_the_next() {
    let mlflow = MlflowServer::start();
    let proxy = Forward::before(mlflow.url());
    let address = format!("mlflow+{}", proxy.url);
    let (old, variables) = (lived_in(), Variables::new());
    let copy = ["copy", "git", address.as_str(), "--json"];
    let refused = Fault::Instead(Reply::empty(403));
    proxy.inject(Rule::at("POST", "registered-models/alias", refused).times(1_000));
    let ran = run(&old, &copy, &variables).exits(3);
    ran.says("the event is written, and is not shown everywhere yet").says("hint:");
    assert!(proxy.heal(), "the fault was used up");
    let shown = mlflow.call("GET", "mlflow/registered-models/get?name=acme", &Value::Null);
    assert_eq!(shown["registered_model"]["aliases"], Value::Null, "{shown}");
    run(&old, &copy, &variables).exits(0);
    ids(&old, &address, &variables);
    let shown = mlflow.call("GET", "mlflow/registered-models/get?name=acme", &Value::Null);
    assert_eq!(shown["registered_model"]["aliases"][0]["alias"], "champion", "{shown}");
}

#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn a_copy_to_mlflow_that_is_killed_goes_on() {
    let mlflow = MlflowServer::start();
    killed_and_run_again(&format!("mlflow+{}", mlflow.url()), &Variables::new());
}

#[test]
#[ignore = "needs MLflow and ONNX Runtime, which cargo xtask test installs"]
fn a_team_shares_mlflow() {
    let mlflow = MlflowServer::start();
    let config = format!("registry: {{type: mlflow, url: '{}'}}\n", mlflow.url());
    a_team(&config, &Variables::new());
}

#[test]
#[ignore = "needs MLflow, ONNX Runtime and docker-registry, which cargo xtask test installs"]
fn a_team_shares_mlflow_and_an_oci_registry() {
    let (mlflow, oci) = (MlflowServer::start(), Registry::start(false));
    let config = format!(
        "registry: {{type: mlflow, url: '{}'}}\nstore: {{url: 'oci://{}/acme/models'}}\n",
        mlflow.url(),
        oci.host
    );
    a_team(&config, &Variables::new());
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn a_model_moves_to_a_workspace_and_back() {
    let fake = AzureMlFake::with_blobs();
    there_and_back(&workspace(), &azure(&fake));
    fake.assert_no_violations();
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn a_registry_of_gto_moves_to_a_workspace() {
    let fake = AzureMlFake::with_blobs();
    from_gto(&workspace(), &azure(&fake));
    fake.assert_no_violations();
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn a_copy_to_a_workspace_that_is_killed_goes_on() {
    let fake = AzureMlFake::with_blobs();
    killed_and_run_again(&workspace(), &azure(&fake));
    fake.assert_no_violations();
}

#[test]
#[ignore = "needs Azurite and ONNX Runtime, which cargo xtask test installs"]
fn a_team_shares_a_workspace() {
    let fake = AzureMlFake::with_blobs();
    let config = format!(
        "registry:\n  type: azure-ml\n  subscription: {SUBSCRIPTION}\n  resource-group: {GROUP}\n  \
         workspace: ws\n"
    );
    a_team(&config, &azure(&fake));
    fake.assert_no_violations();
}
