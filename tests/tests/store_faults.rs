//! What goes wrong between here and a store, at every call of putting and getting a package: nothing
//! is half-visible, and the next try completes.

use std::sync::Arc;

use outerloop_core::adapters::clock::SystemClock;
use outerloop_core::adapters::store::object::ObjectStore;
use outerloop_core::adapters::store::oci::OciStore;
use outerloop_core::ports::store::ArtifactStore;
use outerloop_tests::faults::{Forward, quick, survives};
use outerloop_tests::registry::Registry;
use outerloop_tests::stores::Store;

fn object_store(url: &str, variables: &[(&'static str, String)]) -> Box<dyn ArtifactStore> {
    let known = variables.to_vec();
    let around = move |name: &str| known.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone());
    let store = ObjectStore::new(url, Arc::new(around), Arc::new(SystemClock), quick());
    Box::new(store.expect("an address"))
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn azure_survives_what_goes_wrong() {
    let store = Store::azure(&[("acme/here", b"x")]);
    let proxy = Forward::before(store.fact("url"));
    let variables = [
        ("AZURE_STORAGE_USE_EMULATOR", "true".to_owned()),
        ("AZURITE_BLOB_STORAGE_URL", proxy.url.clone()),
        ("AZURE_STORAGE_SAS_TOKEN", store.fact("write").to_owned()),
    ];
    survives(&proxy, &|| object_store("az://acme/faults", &variables));
}

#[test]
#[ignore = "needs moto, which cargo xtask test installs"]
fn s3_survives_what_goes_wrong() {
    let store = Store::s3(&[("acme/here", b"x")]);
    let proxy = Forward::before(store.fact("url"));
    let variables = [
        ("AWS_ENDPOINT_URL", proxy.url.clone()),
        ("AWS_ACCESS_KEY_ID", store.fact("writer-id").to_owned()),
        ("AWS_SECRET_ACCESS_KEY", store.fact("writer-secret").to_owned()),
    ];
    survives(&proxy, &|| object_store("s3://acme/faults", &variables));
}

#[test]
#[ignore = "needs gcp-storage-emulator, which cargo xtask test installs"]
fn google_survives_what_goes_wrong() {
    let store = Store::google(&[("acme/here", b"x")]);
    let proxy = Forward::before(store.fact("url"));
    let variables = [("STORAGE_EMULATOR_HOST", proxy.url.clone())];
    survives(&proxy, &|| object_store("gs://acme/faults", &variables));
}

#[test]
#[ignore = "needs docker-registry, which cargo xtask test looks for"]
fn a_registry_survives_what_goes_wrong() {
    let registry = Registry::start(false);
    let proxy = Forward::before(&format!("http://{}", registry.host));
    let url = format!("oci://{}/acme/models", proxy.url.trim_start_matches("http://"));
    let open = || -> Box<dyn ArtifactStore> {
        let store = OciStore::new(&url, &|_| None, Arc::new(SystemClock), quick());
        Box::new(store.expect("an address"))
    };
    survives(&proxy, &open);
}
