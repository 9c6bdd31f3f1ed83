//! The promises of the ports, over the real server.

use std::path::PathBuf;
use std::sync::OnceLock;

use outerloop_core::adapters::http::RetryPolicy;
use outerloop_core::adapters::store::mlflow::MlflowStore;
use outerloop_core::conformance::{registry as of_registry, store as of_store};
use outerloop_core::domain::digest::Digest;
use outerloop_core::domain::package::MANIFEST;
use outerloop_core::ports::registry::Registry;
use outerloop_core::ports::store::{ArtifactStore, FileAddress};
use outerloop_tests::mlflow::{MlflowServer, registry, server};

#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn the_registry_keeps_its_promises() {
    let mlflow = own();
    let make = |handles: usize| -> Vec<Box<dyn Registry>> {
        mlflow.empty();
        let clocks = (0..).step_by(5).take(handles);
        clocks.map(|hours| Box::new(registry(mlflow.url(), hours)) as Box<dyn Registry>).collect()
    };
    of_registry::run(&make, 15);
}

/// One server for both: the registry's suite empties it of models, the store's of packages.
fn own() -> &'static MlflowServer {
    static OWN: OnceLock<MlflowServer> = OnceLock::new();
    OWN.get_or_init(MlflowServer::start)
}

struct Subject {
    store: MlflowStore,
    artifacts: PathBuf,
    before: usize,
}

fn files(folder: PathBuf) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path().is_dir() {
                true => folders.push(entry.path()),
                false => found.push(entry.path()),
            }
        }
    }
    found
}

impl Subject {
    fn replace(&self, package: &Digest, end: &str, bytes: &[u8]) {
        let uri = self.store.uri(package);
        let run = uri.split('/').nth(1).expect("a run").to_owned();
        let all = files(self.artifacts.clone());
        let place = all.into_iter().find(|path| {
            let text = path.display().to_string();
            text.contains(&run) && text.ends_with(end)
        });
        std::fs::write(place.expect("it is kept"), bytes).expect("writes");
    }
}

impl of_store::Subject for Subject {
    fn store(&self) -> &dyn ArtifactStore {
        &self.store
    }

    fn overwrite_file(&self, at: FileAddress<'_>, bytes: &[u8]) {
        self.replace(at.package, at.path, bytes);
    }

    fn overwrite_manifest(&self, package: &Digest, bytes: &[u8]) {
        self.replace(package, MANIFEST, bytes);
    }

    fn kept(&self) -> usize {
        files(self.artifacts.clone()).len() - self.before
    }
}

#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn the_store_keeps_its_promises() {
    let mlflow = own();
    let make = || {
        // Each check has packages of its own but for a few that are put again.
        let _ = std::fs::remove_dir_all(mlflow.artifacts());
        let experiment = mlflow.call(
            "GET",
            "mlflow/experiments/get-by-name?experiment_name=outerloop",
            &serde_json::Value::Null,
        );
        let id = &experiment["experiment"]["experiment_id"];
        let runs = mlflow.call(
            "POST",
            "mlflow/runs/search",
            &serde_json::json!({"experiment_ids": [id], "max_results": 1000}),
        );
        for run in runs["runs"].as_array().into_iter().flatten() {
            let body = serde_json::json!({"run_id": run["info"]["run_id"]});
            mlflow.call("POST", "mlflow/runs/delete", &body);
        }
        let store = MlflowStore::new(server(mlflow.url(), 0, RetryPolicy::default()));
        let artifacts = mlflow.artifacts();
        Box::new(Subject { store, before: files(artifacts.clone()).len(), artifacts })
            as Box<dyn of_store::Subject>
    };
    of_store::run(&make).expect("every promise holds");
}
