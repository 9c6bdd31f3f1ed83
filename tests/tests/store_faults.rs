//! What goes wrong between here and a store, at every call of putting and getting a package: nothing
//! is half-visible, and the next try completes.

use std::sync::Arc;

use outerloop_core::adapters::clock::SystemClock;
use outerloop_core::adapters::store::object::ObjectStore;
use outerloop_core::adapters::store::oci::OciStore;
use outerloop_core::domain::digest::Digest;
use outerloop_core::files::stream::silent;
use outerloop_core::ports::store::{ArtifactStore, FileAddress};
use outerloop_tests::fake::{Call, Fake, Fault, Reply, Rule};
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

/// Bytes of the file that a test sends in three parts.
const LARGE: usize = 20_000_000;

/// Puts a file of three parts, and gives the calls that it took.
fn put_large(
    proxy: &Fake<Forward>,
    store: &dyn ArtifactStore,
    seed: u8,
) -> (outerloop_core::domain::error::Result<()>, Vec<Call>) {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("in");
    let content: Vec<u8> = (0..LARGE).map(|i| (i % 241) as u8 ^ seed).collect();
    std::fs::write(&source, &content).expect("writes");
    let digest = Digest::of(&content);
    let at = FileAddress { package: &digest, path: "model.onnx", digest: &digest };
    proxy.take_calls();
    let put = store.put_file(at, &source, &silent);
    let calls = proxy.take_calls();
    if put.is_ok() {
        let target = folder.path().join("out");
        store.get_file(at, &target, &silent).expect("gets");
        assert!(std::fs::read(&target).expect("reads") == content, "other bytes came");
    }
    (put, calls)
}

fn bodies(calls: &[Call]) -> usize {
    calls.iter().filter(|call| call.method == "PUT").map(|call| call.body.len()).sum()
}

#[test]
#[ignore = "needs gcp-storage-emulator, which cargo xtask test installs"]
fn google_is_sent_nothing_twice_that_has_arrived() {
    let store = Store::google(&[("acme/here", b"x")]);
    let proxy = Forward::before(store.fact("url"));
    let variables = [("STORAGE_EMULATOR_HOST", proxy.url.clone())];
    for (seed, fault) in [(1, Fault::CutAfter), (2, Fault::SilentAfter), (3, Fault::Truncated)] {
        proxy.inject(Rule::at("PUT", "/upload/", fault).after(1));
        let (put, calls) = put_large(&proxy, &*object_store("gs://acme/once", &variables), seed);
        put.expect("puts");
        assert!(!proxy.heal(), "nothing went wrong");
        assert_eq!(bodies(&calls), LARGE);
        let asked = format!("bytes */{LARGE}");
        let asked = calls.iter().filter(|c| c.header("content-range") == Some(asked.as_str()));
        assert_eq!(asked.count(), 1);
    }
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn azure_finds_the_parts_of_an_earlier_try() {
    let store = Store::azure(&[("acme/here", b"x")]);
    let proxy = Forward::before(store.fact("url"));
    let variables = [
        ("AZURE_STORAGE_USE_EMULATOR", "true".to_owned()),
        ("AZURITE_BLOB_STORAGE_URL", proxy.url.clone()),
    ];
    let open = || object_store("az://acme/again", &variables);
    // Whatever comes after the third block fails: the list of the blocks, and each try of it.
    proxy.inject(Rule::at("PUT", "/again/", Fault::Instead(Reply::empty(500))).after(3).times(9));
    let (put, calls) = put_large(&proxy, &*open(), 1);
    assert!(put.is_err() && proxy.heal(), "it was put");
    assert!(bodies(&calls) >= LARGE);
    let (put, calls) = put_large(&proxy, &*open(), 1);
    put.expect("puts");
    assert!(bodies(&calls) < 1000, "{} bytes were sent again", bodies(&calls));
}
