//! Where a server keeps artifacts: in a bucket behind it, past which large files go; and in places
//! where clients go themselves.

use outerloop_core::adapters::http::RetryPolicy;
use outerloop_core::adapters::mlflow::{Login, Server};
use outerloop_core::adapters::store::mlflow::MlflowStore;
use outerloop_core::conformance::store as suite;
use outerloop_core::domain::digest::Digest;
use outerloop_core::domain::package::MANIFEST;
use outerloop_core::ports::store::{ArtifactStore, FileAddress};
use outerloop_tests::Workshop;
use outerloop_tests::behind::Behind;
use outerloop_tests::fake::{Fault, Reply, Rule};
use outerloop_tests::faults::Forward;
use outerloop_tests::mlflow::{Hurried, MlflowServer};
use outerloop_tests::stores::Store;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::setting::{at, package, run};

/// More than what goes through the server.
const LARGE: usize = (64 << 20) + 4321;

const README: &[(&str, &[u8])] = &[("acme/README.txt", b"a bucket")];

/// The bucket behind a server that signs addresses: the emulator that checks logins does not know such.
fn signing() -> Store {
    Store::s3_unsigned(README)
}

/// What MLflow's server and this program read of a login at S3.
fn login(bucket: &Store) -> Vec<(String, String)> {
    [
        ("AWS_ACCESS_KEY_ID", bucket.fact("writer-id")),
        ("AWS_SECRET_ACCESS_KEY", bucket.fact("writer-secret")),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("MLFLOW_S3_ENDPOINT_URL", bucket.fact("url")),
        ("AWS_ENDPOINT_URL", bucket.fact("url")),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

fn pairs(login: &[(String, String)]) -> Vec<(&str, &str)> {
    login.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// Registers and pulls again; what came is what was sent.
fn there_and_back(
    workshop: &Workshop,
    first: &str,
    size: usize,
    variables: &[(&str, &str)],
) -> Value {
    let bytes = package(workshop, first, size);
    let registered = run(workshop, &["register", "--json"], variables).exits(0).json();
    let reference = registered["ref"].as_str().expect("a reference").to_owned();
    let out = format!("pulled-{first}");
    run(workshop, &["pull", &reference, "--out", &out], variables).exits(0);
    let pulled = workshop.path().join(&out).join("files/model.bin");
    assert!(std::fs::read(pulled).expect("reads") == bytes, "other bytes came back");
    registered
}

#[test]
#[ignore = "needs MLflow and moto, which cargo xtask test installs"]
fn large_files_go_past_the_server_into_its_bucket() {
    let bucket = signing();
    let login = login(&bucket);
    let mlflow = MlflowServer::with(&["--destination", "s3://acme/kept"], &pairs(&login));
    let workshop = at(mlflow.url(), "acme");

    there_and_back(&workshop, "past", LARGE, &[]);
    let log = mlflow.log();
    for call in ["mpu/create", "mpu/complete", "mlflow-artifacts/presigned"] {
        assert!(log.lines().any(|l| l.contains(call) && l.contains(" 200")), "{call}: {log}");
    }
    let through = |log: &str, method: &str| {
        log.lines().filter(|l| l.contains(method) && l.contains("files/model.bin ")).count()
    };
    assert_eq!(through(&log, "PUT"), 0, "{log}");

    // Whoever says so has everything go through the server.
    let switched = [
        ("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "false"),
        ("MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD", "false"),
    ];
    there_and_back(&workshop, "through", LARGE, &switched);
    let log = mlflow.log();
    assert_eq!(through(&log, "PUT"), 1, "{log}");
    assert_eq!(log.matches("mpu/create").count(), 1, "{log}");

    // An object store that only the server can reach.
    let proxy = Forward::before(mlflow.url());
    let credentials: Vec<Value> =
        (1..=9).map(|n| json!({"url": "http://127.0.0.1:9/x?sig=s", "part_number": n})).collect();
    let begun = json!({"upload_id": "none", "credentials": credentials});
    let nowhere = |key: &str| Reply::json(200, &json!({key: "http://127.0.0.1:9/x?sig=s"}));
    proxy.inject(Rule::at("POST", "mpu/create", Fault::Instead(Reply::json(200, &begun))));
    proxy.inject(Rule::at("GET", "/presigned/", Fault::Instead(nowhere("url"))));
    let small = at(&proxy.url, "acme");
    let before = through(&mlflow.log(), "PUT");
    let bytes = package(&small, "unreachable", 1000);
    run(&small, &["register", "--version", "7.0.0"], &[]).exits(0);
    run(&small, &["pull", "acme@7.0.0", "--out", "pulled"], &[]).exits(0);
    let pulled = small.path().join("pulled/files/model.bin");
    assert_eq!(std::fs::read(pulled).expect("reads"), bytes);
    assert_eq!(through(&mlflow.log(), "PUT"), before + 1);
    let verified = workshop.run(&["history", "acme", "--verify", "--json"]).exits(0).json();
    assert_eq!(verified["verified"], true, "{verified}");
}

#[test]
#[ignore = "needs MLflow and moto, which cargo xtask test installs"]
fn what_is_in_a_bucket_of_the_clients_is_reached_by_ones_own_login_or_the_servers_signature() {
    let (behind, bucket) = (signing(), Store::s3(README));
    let (servers, login) = (login(&behind), login(&bucket));
    let mlflow = MlflowServer::with(&["--direct", "s3://acme/direct"], &pairs(&servers));
    let (servers, own) = (pairs(&servers), pairs(&login));
    let workshop = at(mlflow.url(), "acme");

    there_and_back(&workshop, "own", 12 << 20, &own);
    assert!(!mlflow.log().contains("presigned-"), "{}", mlflow.log());
    assert!(Behind::s3(&bucket).count("direct/") >= 2);

    // Without a login of one's own the server signs.
    there_and_back(&workshop, "signed", 12 << 20, &[]);
    assert!(mlflow.log().contains("presigned-upload-url"), "{}", mlflow.log());
    assert!(mlflow.log().contains("presigned-download-url"), "{}", mlflow.log());

    // What the server's own client logs there comes over, from a run as from a version.
    let log = "
import mlflow, os
with mlflow.start_run() as run:
    os.makedirs('m/deep', exist_ok=True)
    open('m/deep/model.bin', 'w').write('theirs')
    open('m/page.html', 'w').write('<!doctype html><html>')
    mlflow.log_artifacts('m', 'model')
print(run.info.run_id)
";
    let there = format!("import os; os.chdir(r'{}')\n{log}", workshop.path().display());
    for (writes, variables) in [(&own, &own[..]), (&servers, &[])] {
        let ran = mlflow.python_with(&there, &[], writes).exits(0);
        let address = format!("runs:/{}/model", ran.stdout.lines().last().unwrap_or_default());
        let from = run(&workshop, &["register", "--from", &address, "--json"], variables);
        let reference = from.exits(0).json()["ref"].as_str().expect("a reference").to_owned();
        run(&workshop, &["pull", &reference, "--out", "theirs"], variables).exits(0);
        let pulled = workshop.path().join("theirs/files");
        assert_eq!(std::fs::read(pulled.join("deep/model.bin")).expect("reads"), b"theirs");
        assert!(pulled.join("page.html").is_file());
        std::fs::remove_dir_all(workshop.path().join("theirs")).expect("removes");
    }

    // A login that may only read, and a server that signs nothing.
    let mut reader = own.clone();
    reader[0].1 = bucket.fact("id");
    reader[1].1 = bucket.fact("secret");
    package(&workshop, "reader", 100);
    let refused = run(&workshop, &["register"], &reader).exits(3);
    assert!(refused.stderr.contains("403"), "{}", refused.stderr);
    let proxy = Forward::before(mlflow.url());
    let no = Reply::json(501, &json!({"error_code": "NOT_IMPLEMENTED", "message": "no"}));
    proxy.inject(Rule::at("POST", "presigned-upload-url", Fault::Instead(no)));
    let address = format!("mlflow+{}", proxy.url);
    let refused = run(&workshop, &["register", "--registry", &address], &[]).exits(3);
    for words in ["s3://acme/direct", "AWS_ACCESS_KEY_ID", "--serve-artifacts"] {
        assert!(refused.stderr.contains(words), "{words}: {}", refused.stderr);
    }
    run(&workshop, &["register"], &[]).exits(0);
}

/// The store over a bucket of the clients', each time in an experiment of its own.
struct Subject {
    store: MlflowStore,
    bucket: Arc<Store>,
    prefix: String,
}

impl Subject {
    fn replace(&self, package: &Digest, end: &str, bytes: &[u8]) {
        let run = self.store.uri(package).split('/').nth(1).expect("a run").to_owned();
        let path = format!("{}/{run}/artifacts/{end}", self.prefix);
        Behind::s3(&self.bucket).put(&path, bytes);
    }
}

impl suite::Subject for Subject {
    fn store(&self) -> &dyn ArtifactStore {
        &self.store
    }

    fn overwrite_file(&self, at: FileAddress<'_>, bytes: &[u8]) {
        self.replace(at.package, &format!("files/{}", at.path), bytes);
    }

    fn overwrite_manifest(&self, package: &Digest, bytes: &[u8]) {
        self.replace(package, MANIFEST, bytes);
    }

    fn kept(&self) -> usize {
        Behind::s3(&self.bucket).count(&format!("{}/", self.prefix))
    }
}

#[test]
#[ignore = "needs MLflow and moto, which cargo xtask test installs"]
fn the_store_keeps_its_promises_past_the_server() {
    let (behind, bucket) = (Arc::new(signing()), Arc::new(Store::s3(README)));
    let login_there = login(&behind);
    let mlflow = MlflowServer::with(&["--direct", "s3://acme/direct"], &pairs(&login_there));
    let made = AtomicUsize::new(0);
    for (bucket, around) in [(&bucket, login(&bucket)), (&behind, Vec::new())] {
        let make = || {
            let number = made.fetch_add(1, Ordering::Relaxed);
            let named = "mlflow/experiments/get-by-name?experiment_name=outerloop";
            let old = mlflow.call("GET", named, &Value::Null);
            if let Some(id) = old["experiment"]["experiment_id"].as_str() {
                let body = json!({"experiment_id": id, "new_name": format!("was-{number}")});
                mlflow.call("POST", "mlflow/experiments/update", &body);
            }
            let prefix = format!("place-{number}");
            let location = format!("s3://acme/{prefix}");
            let body = json!({"name": "outerloop", "artifact_location": location});
            mlflow.call("POST", "mlflow/experiments/create", &body);
            let around = around.clone();
            let find = move |name: &str| {
                around.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone())
            };
            let server = Server::new(
                mlflow.url(),
                Login::default(),
                Arc::new(Hurried(0)),
                RetryPolicy::default(),
            );
            let server = server.expect("an address").within(Arc::new(find));
            let store = MlflowStore::new(Arc::new(server));
            let bucket = Arc::clone(bucket);
            Box::new(Subject { store, bucket, prefix }) as Box<dyn suite::Subject>
        };
        suite::run(&make).unwrap_or_else(|e| panic!("own login {}: {e}", !around.is_empty()));
    }
}
