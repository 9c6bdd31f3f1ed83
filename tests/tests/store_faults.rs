//! What goes wrong between here and a store, at every call of putting and getting a package: nothing
//! is half-visible, and the next try completes.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use outerloop_core::adapters::clock::SystemClock;
use outerloop_core::adapters::http::RetryPolicy;
use outerloop_core::adapters::store::object::ObjectStore;
use outerloop_core::adapters::store::oci::OciStore;
use outerloop_core::domain::digest::Digest;
use outerloop_core::domain::error::{ErrorKind, Result};
use outerloop_core::domain::package::{FileEntry, Format, MANIFEST_VERSION, Manifest, Provenance};
use outerloop_core::files::stream::silent;
use outerloop_core::ports::store::{ArtifactStore, FileAddress};
use outerloop_tests::door::Door;
use outerloop_tests::fake::{Fake, Fault, Reply, Rule};
use outerloop_tests::registry::Registry;
use outerloop_tests::stores::Store;

/// Bytes of the large file: two parts.
const LARGE: usize = (8 << 20) + 1000;

fn quick() -> RetryPolicy {
    RetryPolicy { attempts: 3, first: Duration::from_millis(5), total: Duration::from_secs(20) }
}

/// A package that no other is like.
struct Package {
    manifest: Manifest,
    digest: Digest,
    contents: [Vec<u8>; 2],
}

impl Package {
    fn new(number: usize) -> Self {
        let large = (0..LARGE).map(|i| (i % (200 + number % 50)) as u8 ^ number as u8);
        let contents = [format!("package {number}").into_bytes(), large.collect()];
        let entry = |(path, bytes): (&str, &Vec<u8>)| FileEntry {
            path: path.to_owned(),
            size: bytes.len() as u64,
            digest: Digest::of(bytes),
        };
        let manifest = Manifest {
            manifest_version: MANIFEST_VERSION,
            format: Format::Generic,
            details: [("number".to_owned(), number.to_string())].into(),
            files: ["a", "b"].into_iter().zip(&contents).map(entry).collect(),
            signature: None,
            environment: Vec::new(),
            metrics: Default::default(),
            importances: Default::default(),
            baseline: None,
            sample: None,
            provenance: Provenance::default(),
        };
        Self { digest: manifest.digest().expect("a digest"), manifest, contents }
    }

    fn at(&self, index: usize) -> FileAddress<'_> {
        let FileEntry { path, digest, .. } = &self.manifest.files[index];
        FileAddress { package: &self.digest, path, digest }
    }

    fn put(&self, store: &dyn ArtifactStore, folder: &Path) -> Result<()> {
        for (index, content) in self.contents.iter().enumerate() {
            let source = folder.join("in");
            std::fs::write(&source, content).expect("writes");
            store.put_file(self.at(index), &source, &silent)?;
        }
        store.put_manifest(&self.manifest).map(|_| ())
    }

    fn get(&self, store: &dyn ArtifactStore, folder: &Path) -> Result<()> {
        let bytes = store.get_manifest(&self.digest)?;
        assert_eq!(bytes, self.manifest.to_bytes().expect("bytes"));
        for (index, content) in self.contents.iter().enumerate() {
            let target = folder.join("out");
            let _ = std::fs::remove_file(&target);
            let got = store.get_file(self.at(index), &target, &silent);
            if let Err(error) = got {
                assert!(!target.exists(), "something is at the target: {error}");
                return Err(error);
            }
            assert!(std::fs::read(&target).expect("reads") == *content, "other bytes came");
        }
        Ok(())
    }
}

fn faults() -> Vec<(&'static str, Fault)> {
    let page = "<!DOCTYPE html><html><title>Sign in</title></html>";
    let busy = |status| Reply::bytes(status, "text/plain", b"busy".to_vec());
    vec![
        ("a cut before", Fault::CutBefore),
        ("a cut after", Fault::CutAfter),
        ("429", Fault::Instead(busy(429))),
        ("429 with a time", Fault::Instead(busy(429).header("retry-after", "0"))),
        ("503", Fault::Instead(busy(503))),
        ("503 with a time, done all the same", {
            Fault::AndThen(busy(503).header("retry-after", "0"))
        }),
        ("a page", Fault::Instead(Reply::bytes(200, "text/html", page.into()))),
    ]
}

/// Every fault at every call; `open` makes a new store behind the door.
fn survives(door: &Fake<Door>, open: &dyn Fn() -> Box<dyn ArtifactStore>) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut number = 0;
    let mut fresh = || {
        number += 1;
        Package::new(number)
    };
    let calls = |work: &dyn Fn()| {
        door.take_calls();
        work();
        door.take_calls().len()
    };
    let first = fresh();
    let puts = calls(&|| first.put(open().as_ref(), folder.path()).expect("puts"));
    let gets = calls(&|| first.get(open().as_ref(), folder.path()).expect("gets"));
    assert!(puts > 5 && gets > 2, "{puts} {gets}");
    for (name, fault) in faults() {
        for call in 0..puts {
            let package = fresh();
            door.inject(Rule::next(fault.clone()).after(call));
            let put = package.put(open().as_ref(), folder.path());
            door.heal();
            let what = format!("{name} at call {call} of {puts}: {put:?}");
            let there = open().contains(&package.digest).expect("asks");
            if put.is_err() && there {
                package
                    .get(open().as_ref(), folder.path())
                    .unwrap_or_else(|e| panic!("{what}: {e}"));
            }
            package.put(open().as_ref(), folder.path()).unwrap_or_else(|e| panic!("{what}: {e}"));
            package.get(open().as_ref(), folder.path()).unwrap_or_else(|e| panic!("{what}: {e}"));
            let passes = !name.starts_with("a page");
            assert!(put.is_ok() || !passes, "{what}");
        }
        for call in 0..gets {
            door.inject(Rule::next(fault.clone()).after(call));
            let got = first.get(open().as_ref(), folder.path());
            door.heal();
            if let Err(error) = got {
                assert_eq!(error.kind(), ErrorKind::Unavailable, "{name} at {call}: {error}");
                assert!(
                    name == "a page" && error.hint_text().is_some(),
                    "{name} at {call}: {error}"
                );
            }
        }
    }
}

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
    let door = Door::open(store.fact("url"));
    let variables = [
        ("AZURE_STORAGE_USE_EMULATOR", "true".to_owned()),
        ("AZURITE_BLOB_STORAGE_URL", door.url.clone()),
        ("AZURE_STORAGE_SAS_TOKEN", store.fact("write").to_owned()),
    ];
    survives(&door, &|| object_store("az://acme/faults", &variables));
}

#[test]
#[ignore = "needs docker-registry, which cargo xtask test looks for"]
fn a_registry_survives_what_goes_wrong() {
    let registry = Registry::start(false);
    let door = Door::open(&format!("http://{}", registry.host));
    let url = format!("oci://{}/acme/models", door.url.trim_start_matches("http://"));
    let open = || -> Box<dyn ArtifactStore> {
        let store = OciStore::new(&url, &|_| None, Arc::new(SystemClock), quick());
        Box::new(store.expect("an address"))
    };
    survives(&door, &open);
}
