//! Packages as container images in Debian's `docker-registry`, unpacked by a reader that knows the
//! image specification and nothing else.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use outerloop_core::adapters::clock::SystemClock;
use outerloop_core::adapters::store::oci::OciStore;
use outerloop_core::config::valid::OciType;
use outerloop_core::conformance::store as suite;
use outerloop_core::domain::digest::Digest;
use outerloop_core::ports::store::{ArtifactStore, FileAddress};
use outerloop_tests::faults::{Forward, quick, survives};
use outerloop_tests::registry::Registry;
use outerloop_tests::{Ran, Workshop};
use reqwest::blocking::Client;
use serde_json::Value;

const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

fn open(url: &str) -> OciStore {
    let store = OciStore::new(url, &|_| None, Arc::new(SystemClock), quick()).expect("an address");
    store.storing(OciType::Image)
}

/// What the registry has at `path` of a repository.
fn get(host: &str, repository: &str, path: &str) -> Vec<u8> {
    let url = format!("http://{host}/v2/{repository}/{path}");
    let accept = "application/vnd.oci.image.manifest.v1+json";
    let answer = Client::new().get(url).header("accept", accept).send().expect("answers");
    assert!(answer.status().is_success(), "{path}: {answer:?}");
    answer.bytes().expect("bytes").to_vec()
}

/// A blob that a descriptor names, checked against it.
fn blob(host: &str, repository: &str, descriptor: &Value) -> Vec<u8> {
    let digest = descriptor["digest"].as_str().expect("a digest");
    let bytes = get(host, repository, &format!("blobs/{digest}"));
    assert_eq!(Digest::of(&bytes).to_string(), digest);
    assert_eq!(descriptor["size"], bytes.len());
    bytes
}

/// The digest of the layer with the file at `path` of the image.
fn layer_of(host: &str, repository: &str, package: &Digest, path: &str) -> String {
    let manifest = get(host, repository, &format!("manifests/sha256-{}", package.hex()));
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    let layers = manifest["layers"].as_array().expect("layers");
    let layer = layers.iter().find(|l| l["annotations"]["dev.outerloop.path"] == path);
    let digest = layer.expect("a layer")["digest"].as_str().expect("a digest");
    digest.trim_start_matches("sha256:").to_owned()
}

struct InRegistry<'a> {
    store: OciStore,
    registry: &'a Registry,
    repository: String,
}

impl InRegistry<'_> {
    fn overwrite(&self, package: &Digest, path: &str, bytes: &[u8]) {
        let layer = layer_of(&self.registry.host, &self.repository, package, path);
        self.registry.overwrite(&layer, bytes);
    }
}

impl suite::Subject for InRegistry<'_> {
    fn store(&self) -> &dyn ArtifactStore {
        &self.store
    }

    fn overwrite_file(&self, at: FileAddress<'_>, bytes: &[u8]) {
        // As much of the layer as there was before and after the file.
        let head = vec![0; 2 * 512];
        self.overwrite(at.package, &format!("models/{}", at.path), &[&head, bytes].concat());
    }

    fn overwrite_manifest(&self, package: &Digest, bytes: &[u8]) {
        self.overwrite(package, "outerloop-package.json", &[&[0; 512], bytes].concat());
    }

    fn kept(&self) -> usize {
        // A package has a layer a file, one for its own manifest, and a configuration.
        let [layers, manifests, unfinished] = self.registry.count(&self.repository);
        layers - manifests + unfinished
    }

    fn heals(&self) -> bool {
        false
    }
}

#[test]
#[ignore = "needs docker-registry, which cargo xtask test looks for"]
fn images_keep_the_promises_of_a_store() {
    let registries: Vec<Registry> = (0..12).map(|_| Registry::start(false)).collect();
    let count = AtomicUsize::new(0);
    let make = || -> Box<dyn suite::Subject + '_> {
        let number = count.fetch_add(1, Ordering::Relaxed);
        let registry = &registries[number];
        let repository = format!("acme/images-{number}");
        let store = open(&format!("oci://{}/{repository}", registry.host));
        Box::new(InRegistry { store, registry, repository })
    };
    if let Err(error) = suite::run(&make) {
        panic!("{error} {:?}", error.hint_text());
    }
}

#[test]
#[ignore = "needs docker-registry, which cargo xtask test looks for"]
fn images_survive_what_goes_wrong() {
    let registry = Registry::start(false);
    let proxy = Forward::before(&format!("http://{}", registry.host));
    let url = format!("oci://{}/acme/models", proxy.url.trim_start_matches("http://"));
    survives(&proxy, &|| Box::new(open(&url)));
}

/// The model that packages hold: larger than one chunk.
fn model() -> Vec<u8> {
    (0..20_000_000_u32).map(|i| (i % 239) as u8).collect()
}

fn workshop(host: &str, kind: &str) -> Workshop {
    let workshop = Workshop::new();
    let yaml = format!("model: churn\nstore: {{url: 'oci://{host}/acme/models'{kind}}}\n");
    workshop.write("outerloop.yaml", yaml);
    workshop.write("model/weights.bin", model());
    workshop.write("model/empty", "");
    workshop.write("model/tokens/模型 ü.txt", "a b\n");
    workshop.write(&format!("model/{}/deep.txt", "long/".repeat(30)), "deep\n");
    workshop
}

const IMAGE: &str = ", oci-type: image";

fn run(workshop: &Workshop, arguments: &[&str]) -> Ran {
    let docker = workshop.path().join("docker");
    let mut command = workshop.command(arguments);
    Workshop::ran(command.env("DOCKER_CONFIG", &docker).env("HOME", &docker))
}

fn registered(workshop: &Workshop) -> Value {
    run(workshop, &["package", "--model", "model"]).exits(0);
    let ran = run(workshop, &["register", "--json"]).exits(0);
    assert!(!ran.stderr.contains("warning"), "{ran:?}");
    ran.json()
}

/// Unpacks an image into a folder as the image specification says.
fn unpack(host: &str, tag: &str, rootfs: &Path) -> Value {
    let manifest = get(host, "acme/models", &format!("manifests/{tag}"));
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    assert_eq!(manifest["schemaVersion"], 2);
    assert_eq!(manifest["mediaType"], "application/vnd.oci.image.manifest.v1+json");
    assert_eq!(manifest.get("artifactType"), None);
    let described = &manifest["config"];
    assert_eq!(described["mediaType"], "application/vnd.oci.image.config.v1+json");
    let config: Value =
        serde_json::from_slice(&blob(host, "acme/models", described)).expect("JSON");
    assert_eq!((&config["os"], &config["architecture"]), (&"linux".into(), &"amd64".into()));
    assert_eq!(config["rootfs"]["type"], "layers");
    let contents = config["rootfs"]["diff_ids"].as_array().expect("diff_ids");
    let layers = manifest["layers"].as_array().expect("layers");
    assert_eq!(contents.len(), layers.len());
    for (layer, content) in layers.iter().zip(contents) {
        assert_eq!(layer["mediaType"], LAYER);
        let bytes = blob(host, "acme/models", layer);
        assert_eq!(Digest::of(&bytes).to_string(), *content);
        let mut archive = tar::Archive::new(bytes.as_slice());
        let mut files = 0;
        for entry in archive.entries().expect("an archive") {
            let mut entry = entry.expect("an entry");
            let header = entry.header();
            assert_eq!((header.mtime().ok(), header.uid().ok()), (Some(0), Some(0)));
            assert_eq!(header.gid().ok(), Some(0));
            let is_file = header.entry_type() == tar::EntryType::Regular;
            assert!(is_file || header.entry_type() == tar::EntryType::Directory);
            assert_eq!(header.mode().ok(), Some(if is_file { 0o644 } else { 0o755 }));
            files += usize::from(is_file);
            assert!(entry.unpack_in(rootfs).expect("unpacks"), "it leaves the folder");
        }
        assert_eq!(files, 1, "a layer a file");
    }
    manifest
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).expect("lists").flatten() {
            if entry.path().is_dir() {
                open.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(folder).expect("below").display().to_string();
                found.insert(name, std::fs::read(entry.path()).expect("reads"));
            }
        }
    }
    found
}

#[test]
#[ignore = "needs docker-registry, which cargo xtask test looks for"]
fn an_image_is_unpacked_by_whoever_knows_the_specification_and_pulled_back() {
    let registry = Registry::start(false);
    let workshop = workshop(&registry.host, IMAGE);
    let version = registered(&workshop);
    let digest = version["digest"].as_str().expect("a digest");
    let tag = digest.replace(':', "-");
    assert_eq!(version["uri"], format!("oci://{}/acme/models:{tag}", registry.host));
    let mut manifests = Vec::new();
    for tag in [tag.as_str(), "churn-1.0.0"] {
        let rootfs = tempfile::tempdir().expect("a folder");
        let manifest = unpack(&registry.host, tag, rootfs.path());
        assert_eq!(manifest["annotations"]["dev.outerloop.package"], digest);
        let mut there = files(rootfs.path());
        let own = there.remove("outerloop-package.json").expect("the package's manifest");
        assert_eq!(Digest::of(&own).to_string(), digest);
        let model = files(&workshop.path().join("model"));
        let model: BTreeMap<_, _> =
            model.into_iter().map(|(path, bytes)| (format!("models/{path}"), bytes)).collect();
        assert_eq!(model.len(), 4);
        assert!(there == model, "other files: {:?}", there.keys());
        manifests.push(manifest);
    }
    assert_eq!(manifests[0], manifests[1]);
    run(&workshop, &["pull", "churn@1.0.0", "--out", "there"]).exits(0);
    let back = files(&workshop.path().join("there/files"));
    assert!(back == files(&workshop.path().join("model")), "other bytes came back");

    // Somebody else makes the very same image, and a changed file is the only one that is sent.
    let other = Registry::start(false);
    let elsewhere = self::workshop(&other.host, IMAGE);
    let package = run(&workshop, &["package", "--model", "model", "--json"]).exits(0).json();
    let package = workshop.path().join(package["package"].as_str().expect("a path"));
    let package = package.to_str().expect("text");
    let again = run(&elsewhere, &["register", "--package", package, "--json"]).exits(0).json();
    assert_eq!(again["digest"], digest);
    let rootfs = tempfile::tempdir().expect("a folder");
    assert_eq!(unpack(&other.host, &tag, rootfs.path()), manifests[0]);
    let [before, ..] = registry.count("acme/models");
    workshop.write("model/tokens/模型 ü.txt", "a c\n");
    assert_eq!(registered(&workshop)["ref"], "churn@1.1.0");
    let [after, ..] = registry.count("acme/models");
    assert_eq!(after - before, 3, "the file, the package's manifest and the configuration");
}

#[test]
#[ignore = "needs docker-registry, which cargo xtask test looks for"]
fn both_types_are_read_whatever_is_set_and_registering_again_changes_the_type() {
    let registry = Registry::start(false);
    let workshop = workshop(&registry.host, "");
    let digest = registered(&workshop)["digest"].clone();
    let tag = digest.as_str().expect("text").replace(':', "-");
    let image = format!(
        "model: churn\nstore: {{url: 'oci://{}/acme/models', oci-type: image}}\n",
        registry.host
    );
    let kind = || {
        let manifest = get(&registry.host, "acme/models", &format!("manifests/{tag}"));
        let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
        manifest["layers"][0]["mediaType"].as_str().expect("a type").to_owned()
    };
    assert!(kind().ends_with(".raw"));
    let artifact = std::fs::read(workshop.path().join("outerloop.yaml")).expect("reads");
    workshop.write("outerloop.yaml", &image);
    run(&workshop, &["pull", "churn@1.0.0", "--out", "one"]).exits(0);
    let again = registered(&workshop);
    assert_eq!((&again["digest"], &again["created"]), (&digest, &Value::Bool(false)));
    assert_eq!(kind(), LAYER);
    let named = get(&registry.host, "acme/models", "manifests/churn-1.0.0");
    assert_eq!(named, get(&registry.host, "acme/models", &format!("manifests/{tag}")));
    workshop.write("outerloop.yaml", artifact);
    run(&workshop, &["pull", "churn@1.0.0", "--out", "two"]).exits(0);
    for out in ["one", "two"] {
        let back = files(&workshop.path().join(out).join("files"));
        assert!(back == files(&workshop.path().join("model")), "{out}: other bytes came back");
    }
}

#[test]
#[ignore = "needs docker-registry, which cargo xtask test looks for"]
fn what_no_image_can_hold_is_refused_before_it_is_visible() {
    let registry = Registry::start(false);
    let workshop = workshop(&registry.host, IMAGE);
    workshop.write("model/.wh.weights.bin", "gone");
    run(&workshop, &["package", "--model", "model"]).exits(0);
    run(&workshop, &["register"]).exits(2).says(".wh.weights.bin cannot be in a container image");
    std::fs::remove_file(workshop.path().join("model/.wh.weights.bin")).expect("removes");
    (0..130).for_each(|n| drop(workshop.write(&format!("model/part-{n}"), n.to_string())));
    run(&workshop, &["package", "--model", "model"]).exits(0);
    run(&workshop, &["register"]).exits(2).says("more than 126 files").says("store.oci-type");
    let [_, manifests, _] = registry.count("acme/models");
    assert_eq!(manifests, 0);
    workshop.write("outerloop.yaml", "model: churn\nstore: {path: here, oci-type: image}\n");
    run(&workshop, &["register"]).exits(2).says("`store.oci-type` is set, and the store is no OCI");
}

#[test]
#[ignore = "needs docker-registry, which cargo xtask test looks for"]
fn doctor_says_that_packages_become_images() {
    let registry = Registry::start(false);
    let workshop = workshop(&registry.host, IMAGE);
    let ran = run(&workshop, &["doctor", "--json"]);
    let checks = ran.json()["checks"].as_array().expect("checks").clone();
    let read = checks.into_iter().find(|check| check["id"] == "store-read").expect("a check");
    assert!(read["message"].as_str().expect("text").contains("container images"), "{read}");
}
