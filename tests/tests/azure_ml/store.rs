//! The store in a datastore: its promises, and each way of opening the container.

use outerloop_core::adapters::store::AzureMlStore;
use outerloop_core::conformance::store as suite;
use outerloop_core::domain::digest::Digest;
use outerloop_core::domain::error::ErrorKind;
use outerloop_core::files::stream::silent;
use outerloop_core::ports::store::{ArtifactStore, FileAddress};
use outerloop_tests::azure_ml::AzureMlFake;
use outerloop_tests::fake::{Fault, Reply, Rule};
use outerloop_tests::faults::{Forward, quick, survives};
use serde_json::json;

use crate::setting::{workspace, workspace_with};

struct InDatastore {
    fake: AzureMlFake,
    store: AzureMlStore,
}

impl InDatastore {
    fn overwrite(&self, path: &str, bytes: &[u8]) {
        let workspace = workspace(&self.fake);
        let container = &workspace.datastore().expect("a datastore").container;
        let name = format!("outerloop/packages/{path}");
        assert!(container.stat(&name).expect("asks").is_some(), "{name} is not there");
        container.write(&name, "application/octet-stream", bytes).expect("writes");
    }
}

impl suite::Subject for InDatastore {
    fn store(&self) -> &dyn ArtifactStore {
        &self.store
    }

    fn overwrite_file(&self, at: FileAddress<'_>, bytes: &[u8]) {
        self.overwrite(&format!("{}/files/{}", at.package.hex(), at.path), bytes);
    }

    fn overwrite_manifest(&self, package: &Digest, bytes: &[u8]) {
        self.overwrite(&format!("{}/outerloop-package.json", package.hex()), bytes);
    }

    fn kept(&self) -> usize {
        let workspace = workspace(&self.fake);
        let container = &workspace.datastore().expect("a datastore").container;
        container.names("outerloop/packages/").expect("lists").len()
    }
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn the_datastore_keeps_the_promises_of_a_store() {
    let make = || {
        let fake = AzureMlFake::with_blobs();
        let store = AzureMlStore::open(workspace(&fake)).expect("opens");
        Box::new(InDatastore { fake, store }) as Box<dyn suite::Subject>
    };
    suite::run(&make).expect("every promise holds");
}

fn put(fake: &AzureMlFake, content: &[u8]) -> Result<(), outerloop_core::domain::error::Error> {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("model.onnx");
    std::fs::write(&source, content).expect("writes");
    let digest = Digest::of(content);
    let store = AzureMlStore::open(workspace(fake))?;
    let at = FileAddress { package: &digest, path: "a b/é.onnx", digest: &digest };
    store.put_file(at, &source, &silent)?;
    let target = folder.path().join("out");
    store.get_file(at, &target, &silent)?;
    assert_eq!(std::fs::read(target).expect("reads"), content);
    Ok(())
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn a_container_opens_by_key_and_by_signature() {
    let fake = AzureMlFake::with_blobs();
    put(&fake, b"by the key").expect("puts");
    fake.state().credentials = "Sas";
    put(&fake, b"by a signature").expect("puts");
    // More than one block, and more than one range, at a time.
    let large: Vec<u8> = (0..40_000_000_u32).map(|n| (n % 251) as u8).collect();
    put(&fake, &large).expect("puts");
    fake.assert_no_violations();
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn a_login_without_a_right_is_told_which_one_it_needs() {
    let fake = AzureMlFake::with_blobs();
    fake.state().tells_secrets = false;
    // Azurite knows no identities over http, and refuses them.
    let error = put(&fake, b"by the login").expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Permission, "{error}");
    assert!(error.hint_text().is_some(), "{error}");
    let wrong = AzureMlFake::with_blobs();
    wrong.state().key = "d3Jvbmc=".to_owned();
    let error = put(&wrong, b"by a wrong key").expect_err("refused");
    let hint = error.hint_text().expect("a hint");
    assert!(hint.contains("credentials anew") || hint.contains("firewall"), "{error}: {hint}");
    let gone = AzureMlFake::with_blobs();
    gone.state().container = "nowhere".to_owned();
    let error = put(&gone, b"nowhere").expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(error.to_string().contains("nowhere"), "{error}");
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn the_datastore_survives_what_goes_wrong() {
    let fake = AzureMlFake::with_blobs();
    let proxy = Forward::before(fake.account().trim_end_matches("/devstoreaccount1"));
    fake.state().account = format!("{}/devstoreaccount1", proxy.url);
    survives(&proxy, &|| {
        Box::new(AzureMlStore::open(workspace_with(&fake, quick())).expect("opens"))
    });
    // A key or a signature that is no longer taken is asked for anew, once.
    for credentials in ["AccountKey", "Sas"] {
        fake.state().credentials = credentials;
        for status in [401, 403] {
            fake.take_calls();
            proxy.inject(Rule::next(Fault::Instead(Reply::empty(status))).after(1));
            put(&fake, format!("{credentials} {status}").as_bytes()).expect("puts");
            assert!(!proxy.heal(), "nothing was refused");
            let asked = fake.take_calls();
            let asked = asked.iter().filter(|call| call.path.ends_with("/listSecrets"));
            assert_eq!(asked.count(), 2, "{credentials} {status}");
        }
    }
}

#[test]
fn a_datastore_that_holds_no_blobs_is_named() {
    let fake = AzureMlFake::start();
    let body = json!({"value": [{"name": "lake", "properties": {
        "datastoreType": "AzureDataLakeGen1", "isDefault": true,
    }}]});
    fake.inject(Rule::at("GET", "/datastores", Fault::Instead(Reply::json(200, &body))));
    let error = AzureMlStore::open(workspace(&fake)).expect_err("refused");
    assert!(error.to_string().contains("lake is one of AzureDataLakeGen1"), "{error}");
    let none = Reply::json(200, &json!({"value": []}));
    fake.inject(Rule::at("GET", "/datastores", Fault::Instead(none)));
    let error = AzureMlStore::open(workspace(&fake)).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
