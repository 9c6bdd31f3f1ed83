//! The artifact store on object stores that run here and check what they are sent.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use outerloop_core::adapters::clock::SystemClock;
use outerloop_core::adapters::http::RetryPolicy;
use outerloop_core::adapters::store::object::ObjectStore;
use outerloop_core::conformance::store as suite;
use outerloop_core::domain::digest::Digest;
use outerloop_core::ports::store::{ArtifactStore, FileAddress};
use outerloop_tests::behind::Behind;
use outerloop_tests::stores::Store;
use outerloop_tests::{Ran, Workshop};

/// A store below a prefix of its own.
struct InBucket<'a> {
    store: ObjectStore,
    behind: &'a Behind<'a>,
    prefix: String,
}

impl InBucket<'_> {
    fn replace(&self, digest: &Digest, bytes: &[u8]) {
        let hex = digest.hex();
        self.behind.put(&format!("{}/blobs/sha256/{}/{hex}", self.prefix, &hex[..2]), bytes);
    }
}

impl suite::Subject for InBucket<'_> {
    fn store(&self) -> &dyn ArtifactStore {
        &self.store
    }

    fn overwrite_file(&self, at: FileAddress<'_>, bytes: &[u8]) {
        self.replace(at.digest, bytes);
    }

    fn overwrite_manifest(&self, package: &Digest, bytes: &[u8]) {
        self.replace(package, bytes);
    }

    fn kept(&self) -> usize {
        self.behind.count(&self.prefix)
    }
}

fn keeps_its_promises(scheme: &str, variables: &[(&str, &str)], behind: &Behind<'_>) {
    let variables: BTreeMap<String, String> =
        variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let count = AtomicUsize::new(0);
    let make = || -> Box<dyn suite::Subject + '_> {
        let prefix = format!("store-{:03}", count.fetch_add(1, Ordering::Relaxed));
        let known = variables.clone();
        let around = Arc::new(move |name: &str| known.get(name).cloned());
        let (url, clock) = (format!("{scheme}://acme/{prefix}"), Arc::new(SystemClock));
        let store =
            ObjectStore::new(&url, around, clock, RetryPolicy::default()).expect("an address");
        Box::new(InBucket { store, behind, prefix })
    };
    if let Err(error) = suite::run(&make) {
        panic!("{error} {:?}", error.hint_text());
    }
}

/// From a package to a version that another clone pulls; a tampered file is refused.
fn goes_round(scheme: &str, variables: &[(&str, &str)], behind: &Behind<'_>) {
    let workshop = Workshop::new();
    let url = format!("{scheme}://acme/round");
    workshop.write("outerloop.yaml", format!("model: churn\nstore: {{url: '{url}'}}\n"));
    let model: Vec<u8> = (0..12_000_000_u32).map(|i| (i % 241) as u8).collect();
    workshop.write("model/weights.bin", &model);
    workshop.write("model/empty", "");
    let run = |arguments: &[&str]| -> Ran {
        Workshop::ran(workshop.command(arguments).envs(variables.iter().copied()))
    };
    run(&["package", "--model", "model"]).exits(0);
    let ran = run(&["register", "--json"]).exits(0);
    let registered: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let uri = registered["uri"].as_str().expect("an address");
    assert!(uri.starts_with(&format!("{url}/blobs/sha256/")), "{uri}");
    assert_eq!(behind.count("round"), 3);
    run(&["register"]).exits(0);
    assert_eq!(behind.count("round"), 3);
    run(&["pull", "churn@1.0.0", "--out", "there"]).exits(0);
    let back = std::fs::read(workshop.path().join("there/files/weights.bin")).expect("reads");
    assert!(back == model, "other bytes came back");
    let hex = Digest::of(&model).hex();
    behind.put(&format!("round/blobs/sha256/{}/{hex}", &hex[..2]), b"weights");
    let ran = run(&["pull", "churn@1.0.0", "--out", "again"]).exits(3);
    ran.says("weights.bin").says("have the digest").says("hint:");
    assert!(!workshop.path().join("again").exists());
    let wrong = format!("model: churn\nstore: {{url: '{scheme}://nobody/x'}}\n");
    workshop.write("outerloop.yaml", wrong);
    let ran = run(&["pull", "churn@1.0.0", "--out", "again"]).exits(2);
    ran.says("nobody").says("404").says("hint:");
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn azure_keeps_the_promises_of_a_store() {
    let store = Store::azure(&[("acme/here", b"x")]);
    let emulated =
        [("AZURE_STORAGE_USE_EMULATOR", "true"), ("AZURITE_BLOB_STORAGE_URL", store.fact("url"))];
    let behind = Behind::azure(&store);
    keeps_its_promises("az", &emulated, &behind);
    goes_round("az", &emulated, &behind);
    doctor_says("az", &emulated, "ok");
    assert_eq!(behind.count("asked"), 0);
    let mut read = emulated.to_vec();
    read.push(("AZURE_STORAGE_SAS_TOKEN", store.fact("sas")));
    refuses_to_write("az", &read, "403");
    let told = doctor_says("az", &read, "failed");
    assert!(told["message"].as_str().expect("a message").contains("403"), "{told}");
}

#[test]
#[ignore = "needs moto, which cargo xtask test installs"]
fn s3_keeps_the_promises_of_a_store() {
    let store = Store::s3(&[("acme/here", b"x")]);
    let login = |id, secret| {
        [
            ("AWS_ENDPOINT_URL", store.fact("url")),
            ("AWS_ACCESS_KEY_ID", store.fact(id)),
            ("AWS_SECRET_ACCESS_KEY", store.fact(secret)),
        ]
    };
    let behind = Behind::s3(&store);
    keeps_its_promises("s3", &login("writer-id", "writer-secret"), &behind);
    goes_round("s3", &login("writer-id", "writer-secret"), &behind);
    doctor_says("s3", &login("writer-id", "writer-secret"), "ok");
    assert_eq!(behind.count("asked"), 0);
    let told = doctor_says("s3", &login("id", "secret"), "failed");
    assert!(told["message"].as_str().expect("a message").contains("AccessDenied"), "{told}");
    assert_ne!(told["hint"], "", "{told}");
    doctor_says("s3", &login("id", "writer-secret"), "skipped");
    refuses_to_write("s3", &login("id", "secret"), "AccessDenied");
    refuses_to_write("s3", &login("id", "writer-secret"), "SignatureDoesNotMatch");
}

#[test]
#[ignore = "needs gcp-storage-emulator, which cargo xtask test installs"]
fn google_keeps_the_promises_of_a_store() {
    let store = Store::google(&[("acme/here", b"x")]);
    let emulated = [("STORAGE_EMULATOR_HOST", store.fact("url"))];
    let behind = Behind::google(&store);
    keeps_its_promises("gs", &emulated, &behind);
    goes_round("gs", &emulated, &behind);
    doctor_says("gs", &emulated, "ok");
    assert_eq!(behind.count("asked"), 0);
}

/// What `doctor` says of writing, and whether it left anything.
fn doctor_says(scheme: &str, variables: &[(&str, &str)], status: &str) -> serde_json::Value {
    let workshop = Workshop::new();
    let yaml = format!("model: churn\nstore: {{url: '{scheme}://acme/asked'}}\n");
    workshop.write("outerloop.yaml", yaml);
    let mut command = workshop.command(&["doctor", "--json"]);
    let ran = Workshop::ran(command.envs(variables.iter().copied()));
    let checks = ran.json()["checks"].clone();
    let checks = checks.as_array().expect("checks").clone();
    let found = checks.into_iter().find(|check| check["id"] == "store-write").expect("a check");
    assert_eq!(found["status"], status, "{found} {ran:?}");
    found
}

/// A login that may only read.
fn refuses_to_write(scheme: &str, variables: &[(&str, &str)], says: &str) {
    let workshop = Workshop::new();
    let yaml = format!("model: churn\nstore: {{url: '{scheme}://acme/denied'}}\n");
    workshop.write("outerloop.yaml", yaml);
    workshop.write("model/weights.bin", "1 2 3");
    let run = |arguments: &[&str]| -> Ran {
        Workshop::ran(workshop.command(arguments).envs(variables.iter().copied()))
    };
    run(&["package", "--model", "model"]).exits(0);
    let ran = run(&["register"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    ran.says(says).says(&format!("{scheme}://acme/denied")).says("hint:");
    let shown = run(&["show", "--json"]).exits(0);
    assert!(!shown.stdout.contains("1.0.0"), "{shown:?}");
}
