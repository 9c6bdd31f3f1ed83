//! Azure Container Registry for those who are logged in at Azure, by its documented wire and a real
//! registry behind it.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use outerloop_core::adapters::azure::identity::{Choice, Cloud, Tokens};
use outerloop_core::adapters::clock::SystemClock;
use outerloop_core::adapters::store::oci::OciStore;
use outerloop_core::domain::digest::Digest;
use outerloop_core::domain::error::{ErrorKind, Result};
use outerloop_core::files::stream::silent;
use outerloop_core::ports::store::{ArtifactStore, FileAddress};
use outerloop_tests::acr::Acr;
use outerloop_tests::azure_ml::AzureMlFake;
use outerloop_tests::fake::Fake;
use outerloop_tests::faults::quick;
use outerloop_tests::registry::Registry;
use serde_json::json;

/// The store behind the door, for who logs in at Azure as these variables say, and in no other way.
fn open(door: &Fake<Acr>, azure: &AzureMlFake) -> OciStore {
    let host = door.url.trim_start_matches("http://");
    let nothing = |_: &str| None;
    let url = format!("oci://{host}/acme/models");
    let store = OciStore::new(&url, &nothing, Arc::new(SystemClock), quick()).expect("an address");
    assert!(!store.is_azure(), "a registry of this machine is none of Azure's");
    let variables = azure.variables();
    store.with_entra(Box::new(move || {
        let get = |name: &str| variables.get(name).cloned();
        let (cloud, choice) = (Cloud::of(&get, None)?, Choice::find(&get, None)?);
        Ok(Arc::new(Tokens::new(cloud, choice, Arc::new(SystemClock), Arc::new(|_: &str| ()))))
    }))
}

fn put(store: &OciStore, folder: &Path, content: &[u8]) -> Result<()> {
    let source = folder.join("in");
    std::fs::write(&source, content).expect("writes");
    let digest = Digest::of(content);
    let at = FileAddress { package: &digest, path: "model.onnx", digest: &digest };
    store.put_file(at, &source, &silent)?;
    let target = folder.join("out");
    store.get_file(at, &target, &silent)?;
    assert_eq!(std::fs::read(&target).expect("reads"), content);
    std::fs::remove_file(target).expect("removes");
    Ok(())
}

#[test]
#[ignore = "needs docker-registry, which cargo xtask test looks for"]
fn a_login_at_azure_opens_its_registries() {
    let (registry, azure) = (Registry::start(false), AzureMlFake::start());
    let door = Acr::before(&registry);
    let folder = tempfile::tempdir().expect("a folder");
    // The first token of Entra is not taken: another one is had, once.
    door.state().entra.insert("registry-token-2".to_owned());
    let store = open(&door, &azure);
    put(&store, folder.path(), b"one").expect("puts and gets");
    assert_eq!(door.state().exchanges, ["registry-token-1", "registry-token-2"]);
    let (push, pull) = ("repository:acme/models:pull,push", "repository:acme/models:pull");
    assert_eq!(door.state().scopes, [push, pull]);
    assert!(store.check_writable().expect("asks"));
    // The registry's own token has ended: the login at Azure gives another.
    door.state().own_tokens.clear();
    let other = open(&door, &azure);
    door.state().entra.extend((3..9).map(|n| format!("registry-token-{n}")));
    put(&other, folder.path(), b"two").expect("puts and gets");
    azure.assert_no_violations();
}

#[test]
#[ignore = "needs docker-registry, which cargo xtask test looks for"]
fn a_login_that_the_registry_does_not_know_says_which_role_it_needs() {
    let (registry, azure) = (Registry::start(false), AzureMlFake::start());
    let door = Acr::before(&registry);
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&door, &azure);
    let error = put(&store, folder.path(), b"x").expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Permission, "{error}");
    let hint = error.hint_text().expect("a hint");
    assert!(hint.contains("AcrPush") && hint.contains("client secret"), "{hint}");
    assert!(!error.to_string().contains("registry-token"), "{error}");
    // Where everybody may read, nobody has to log in for it.
    assert!(store.contains(&Digest::of(b"x")).is_err());
    door.state().open = true;
    assert!(!store.contains(&Digest::of(b"x")).expect("reads"));
    assert_eq!(store.check_writable().expect_err("refused").kind(), ErrorKind::Permission);
}

#[test]
#[ignore = "needs docker-registry, which cargo xtask test looks for"]
fn a_token_that_docker_login_left_is_exchanged_for_those_of_calls() {
    let registry = Registry::start(false);
    let door = Acr::before(&registry);
    door.state().own_tokens.insert("own-left".to_owned());
    let host = door.url.trim_start_matches("http://").to_owned();
    let folder = tempfile::tempdir().expect("a folder");
    let zeros = STANDARD.encode("00000000-0000-0000-0000-000000000000:own-left");
    // As `docker login` leaves it, and `az acr login --expose-token`.
    for entry in [json!({"auth": "", "identitytoken": "own-left"}), json!({"auth": zeros})] {
        let config = json!({"auths": {host.as_str(): entry}});
        std::fs::write(folder.path().join("config.json"), config.to_string()).expect("writes");
        let docker = folder.path().to_str().expect("a path").to_owned();
        let around = move |name: &str| (name == "DOCKER_CONFIG").then(|| docker.clone());
        let url = format!("oci://{host}/acme/models");
        let store = OciStore::new(&url, &around, Arc::new(SystemClock), quick());
        let store = store.expect("an address").with_entra(Box::new(|| panic!("not asked")));
        put(&store, folder.path(), config.to_string().as_bytes()).expect("puts and gets");
    }
    assert!(door.state().exchanges.is_empty());
}
