//! What this program writes MLflow's own client reads, and the other way round.

use outerloop_tests::Workshop;
use outerloop_tests::mlflow::MlflowServer;
use serde_json::{Value, json};

use crate::setting::at;

/// A model that MLflow's `pyfunc` loads: it adds one to the column `x`.
const MLMODEL: &str = "flavors:\n  python_function:\n    loader_module: acme_model\n    code: code\n    data: data\n    python_version: 3.11.0\nmodel_uuid: 0123456789abcdef0123456789abcdef\nutc_time_created: '2026-11-22 08:00:00.000000'\nmlflow_version: 3.17.2\n";
const LOADER: &str = "class Model:\n    def __init__(self, add):\n        self.add = add\n\n    def predict(self, data):\n        return data['x'] + self.add\n\n\ndef _load_pyfunc(path):\n    return Model(int(open(path).read()))\n";

/// A workshop with a model of this name, which adds `add`: the server is shared with other tests, and
/// equal packages would be one.
fn workshop(mlflow: &MlflowServer, name: &str, add: &str) -> Workshop {
    let workshop = at(mlflow.url(), name);
    model(&workshop, add);
    workshop
}

fn model(workshop: &Workshop, add: &str) {
    workshop.write("model/MLmodel", MLMODEL);
    workshop.write("model/code/acme_model.py", LOADER);
    workshop.write("model/data", add);
    workshop.write("metrics.json", r#"{"roc-auc": 0.9, "test": {"f1": 0.5}}"#);
}

fn register(workshop: &Workshop) -> Value {
    let package = ["package", "--model", "model", "--metrics", "metrics.json", "--json"];
    workshop.run(&package).exits(0);
    workshop.run(&["register", "--json"]).exits(0).json()
}

#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn mlflow_loads_what_is_registered_here_and_reads_its_lineage() {
    let mlflow = MlflowServer::shared();
    let workshop = workshop(mlflow, "read", "1");
    let first = register(&workshop);
    assert_eq!(
        (first["version"].as_str(), first["created"].as_bool()),
        (Some("1.0.0"), Some(true))
    );
    assert_eq!(register(&workshop)["created"], false);
    model(&workshop, "10");
    let second = register(&workshop);
    assert_eq!(second["version"], "1.1.0");
    workshop.run(&["promote", "read@1.1.0", "--to", "champion"]).exits(0);
    workshop.run(&["archive", "read@1.0.0"]).exits(0);

    let read = "
import json, mlflow, pandas
from mlflow import MlflowClient
client = MlflowClient()
rows = pandas.DataFrame({'x': [1, 2]})
version = client.get_model_version('read', '1')
run = client.get_run(version.run_id)
print(json.dumps({
  'one': list(map(int, mlflow.pyfunc.load_model('models:/read/1').predict(rows))),
  'champion': list(map(int, mlflow.pyfunc.load_model('models:/read@champion').predict(rows))),
  'alias': client.get_model_version_by_alias('read', 'champion').tags,
  'tags': version.tags,
  'description': version.description,
  'metrics': run.data.metrics,
  'files': sorted(f.path for f in client.list_artifacts(version.run_id, 'files')),
}))";
    let ran = mlflow.python(read, &[]).exits(0);
    let seen: Value = serde_json::from_str(ran.stdout.lines().last().unwrap_or_default())
        .unwrap_or_else(|e| panic!("{e}: {}", ran.stdout));
    assert_eq!(seen["one"], json!([2, 3]));
    assert_eq!(seen["champion"], json!([11, 12]));
    assert_eq!(seen["alias"]["outerloop.version"], "1.1.0");
    assert_eq!(seen["alias"]["outerloop.digest"], second["digest"]);
    assert_eq!(seen["tags"]["outerloop.archived"], "true");
    assert_eq!(seen["metrics"]["roc-auc"], 0.9);
    assert_eq!(seen["files"], json!(["files/MLmodel", "files/code", "files/data"]));
    let description = seen["description"].as_str().unwrap_or_default();
    assert!(description.contains(first["digest"].as_str().unwrap_or("?")), "{description}");
    let verified = workshop.run(&["history", "read", "--verify", "--json"]).exits(0).json();
    assert_eq!(verified["verified"], true, "{verified}");
}

#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn what_is_changed_on_the_server_is_noticed() {
    let mlflow = MlflowServer::shared();
    let workshop = workshop(mlflow, "changed", "2");
    register(&workshop);
    workshop.run(&["promote", "changed@1.0.0", "--to", "champion"]).exits(0);
    workshop.run(&["pull", "changed@champion", "--out", "pulled"]).exits(0);
    assert_eq!(std::fs::read(workshop.path().join("pulled/files/data")).expect("reads"), b"2");

    // MLflow itself lets anybody replace the bytes of a version.
    let change = "
import mlflow, sys
from mlflow import MlflowClient
run = MlflowClient().get_model_version('changed', '1').run_id
open('data', 'w').write('6')
MlflowClient().log_artifact(run, 'data', 'files')
MlflowClient().set_registered_model_alias('changed', 'challenger', '1')
MlflowClient().set_model_version_tag('changed', '1', 'outerloop.digest', 'sha256:' + '0' * 64)
";
    let there = format!("import os; os.chdir(r'{}')\n{change}", workshop.path().display());
    mlflow.python(&there, &[]).exits(0);
    std::fs::remove_dir_all(workshop.path().join("pulled")).expect("removes");
    let pulled = workshop.run(&["pull", "changed@champion", "--out", "pulled"]).exits(3);
    assert!(pulled.stderr.contains("has the digest"), "{}", pulled.stderr);
    assert!(!workshop.path().join("pulled").exists());
    let verified = workshop.run(&["history", "changed", "--verify", "--json"]);
    assert_ne!(verified.code, 0, "{}", verified.stdout);
    assert!(verified.stdout.contains("names another package"), "{}", verified.stdout);

    let delete = "
from mlflow import MlflowClient
MlflowClient().delete_registered_model('changed')
";
    mlflow.python(delete, &[]).exits(0);
    let gone = workshop.run(&["show", "changed"]);
    assert!(
        gone.code != 0 && gone.stderr.contains("there is no model `changed`"),
        "{}",
        gone.stderr
    );
}

#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn what_mlflow_registered_is_taken_over_with_its_training() {
    let mlflow = MlflowServer::shared();
    let workshop = workshop(mlflow, "taken", "3");
    let log = "
import json, mlflow, os, sys
from mlflow import MlflowClient

class Add(mlflow.pyfunc.PythonModel):
    def predict(self, model_input, params=None):
        return model_input['x'] + 5

with mlflow.start_run(tags={'mlflow.source.git.commit': 'c0ffee' + 34 * '0'}) as run:
    mlflow.log_metrics({'auc': 0.75, 'test/f1': 0.5})
    mlflow.log_params({'depth': 3})
    mlflow.pyfunc.log_model(name='model', python_model=Add(), registered_model_name='theirs', pip_requirements=[])
    open('extra.txt', 'w').write('acme')
    mlflow.log_artifact('extra.txt', 'plain')
MlflowClient().set_registered_model_alias('theirs', 'champion', '1')
print(json.dumps(run.info.run_id))
";
    let there = format!("import os; os.chdir(r'{}')\n{log}", workshop.path().display());
    let ran = mlflow.python(&there, &[]).exits(0);
    let line = ran.stdout.lines().last().unwrap_or_default();
    let run: String = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {}", ran.stdout));

    let from =
        |address: &str| workshop.run(&["register", "--from", address, "--json"]).exits(0).json();
    let first = from("models:/theirs/1");
    assert_eq!(first["created"], true, "{first}");
    for address in
        ["models:/theirs@champion", "mlflow:/models/theirs/1", &format!("runs:/{run}/model")]
    {
        let again = from(address);
        assert_eq!(
            (&again["created"], &again["digest"]),
            (&json!(false), &first["digest"]),
            "{address}"
        );
    }
    workshop.run(&["pull", "taken@1.0.0", "--out", "pulled"]).exits(0);
    let manifest =
        std::fs::read(workshop.path().join("pulled/outerloop-package.json")).expect("reads");
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    assert_eq!(manifest["format"], "mlflow");
    assert_eq!(manifest["metrics"], json!({"auc": 0.75, "test/f1": 0.5}));
    assert_eq!(manifest["details"]["param.depth"], "3");
    assert_eq!(manifest["provenance"]["commit"], format!("c0ffee{}", "0".repeat(34)));
    assert!(manifest["provenance"]["run"].as_str().is_some_and(|address| address.ends_with(&run)));
    let plain = from(&format!("runs:/{run}/plain"));
    assert_eq!(plain["version"], "1.1.0");
    let none = workshop.run(&["register", "--from", "models:/theirs/7"]).exits(2);
    assert!(none.stderr.contains("not found"), "{}", none.stderr);
    let ran = mlflow.python(
        "import mlflow, pandas; print(list(mlflow.pyfunc.load_model('models:/taken/1').predict(pandas.DataFrame({'x': [1]}))))",
        &[],
    );
    assert!(ran.exits(0).stdout.contains('6'));
}
