//! The artifact store on Debian's `docker-registry`: with a login of `docker login`, behind a door
//! that gives tokens, and pulled by a client that knows the specification and nothing else.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use outerloop_core::adapters::clock::SystemClock;
use outerloop_core::adapters::http::RetryPolicy;
use outerloop_core::adapters::store::oci::OciStore;
use outerloop_core::conformance::store as suite;
use outerloop_core::domain::digest::Digest;
use outerloop_core::ports::store::{ArtifactStore, Document, FileAddress};
use outerloop_tests::door::Door;
use outerloop_tests::fake::{Fault, Reply, Rule};
use outerloop_tests::faults::Forward;
use outerloop_tests::registry::Registry;
use outerloop_tests::{Ran, Workshop, repository_file};
use reqwest::blocking::Client;
use serde_json::Value;

fn quick() -> RetryPolicy {
    RetryPolicy {
        attempts: 5,
        first: Duration::from_millis(10),
        total: Duration::from_secs(20),
        ..RetryPolicy::default()
    }
}

fn open(url: &str, docker: Option<&Path>) -> OciStore {
    let docker = docker.map(|folder| folder.to_str().expect("a path").to_owned());
    let around = |name: &str| docker.clone().filter(|_| name == "DOCKER_CONFIG");
    OciStore::new(url, &around, Arc::new(SystemClock), quick()).expect("an address")
}

struct InRegistry<'a> {
    store: OciStore,
    registry: &'a Registry,
    repository: String,
}

impl suite::Subject for InRegistry<'_> {
    fn store(&self) -> &dyn ArtifactStore {
        &self.store
    }

    fn overwrite_file(&self, at: FileAddress<'_>, bytes: &[u8]) {
        self.registry.overwrite(&at.digest.hex(), bytes);
    }

    fn overwrite_manifest(&self, package: &Digest, bytes: &[u8]) {
        self.registry.overwrite(&package.hex(), bytes);
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
fn a_registry_keeps_the_promises_of_a_store() {
    // Damaged layers are shared by all repositories of a registry.
    let registries: Vec<Registry> = (0..12).map(|_| Registry::start(true)).collect();
    let count = AtomicUsize::new(0);
    let make = || -> Box<dyn suite::Subject + '_> {
        let number = count.fetch_add(1, Ordering::Relaxed);
        let registry = &registries[number];
        let docker = registry.docker_config("acme", "s3cret");
        let repository = format!("acme/store-{number}");
        let store = open(&format!("oci://{}/{repository}", registry.host), Some(&docker));
        Box::new(InRegistry { store, registry, repository })
    };
    if let Err(error) = suite::run(&make) {
        panic!("{error} {:?}", error.hint_text());
    }
}

/// The model that packages hold: larger than one chunk.
fn model() -> Vec<u8> {
    (0..20_000_000_u32).map(|i| (i % 239) as u8).collect()
}

/// A workshop whose store is the repository `acme/models`, and the environment that logs in.
fn workshop(host: &str) -> Workshop {
    let workshop = Workshop::new();
    let yaml = format!("model: churn\nstore: {{url: 'oci://{host}/acme/models'}}\n");
    workshop.write("outerloop.yaml", yaml);
    workshop.write("model/weights.bin", model());
    workshop.write("model/README.md", "# Churn\n");
    workshop
}

fn run(workshop: &Workshop, docker: &Path, arguments: &[&str]) -> Ran {
    let mut command = workshop.command(arguments);
    Workshop::ran(command.env("DOCKER_CONFIG", docker).env("HOME", docker))
}

/// Pulls an artifact as the specification says, with a name and a password: files by their titles.
fn pulled(host: &str, tag: &str) -> (Value, BTreeMap<String, Vec<u8>>) {
    let get = |path: &str| {
        let url = format!("http://{host}/v2/acme/models/{path}");
        let call = Client::new().get(url).basic_auth("acme", Some("s3cret"));
        let answer = call
            .header("accept", "application/vnd.oci.image.manifest.v1+json")
            .send()
            .expect("answers");
        assert!(answer.status().is_success(), "{path}: {answer:?}");
        answer.bytes().expect("bytes").to_vec()
    };
    let manifest: Value =
        serde_json::from_slice(&get(&format!("manifests/{tag}"))).expect("a manifest");
    let mut files = BTreeMap::new();
    for layer in manifest["layers"].as_array().expect("layers") {
        let digest = layer["digest"].as_str().expect("a digest");
        let bytes = get(&format!("blobs/{digest}"));
        assert_eq!(Digest::of(&bytes).to_string(), digest);
        assert_eq!(layer["size"], bytes.len());
        let title = &layer["annotations"]["org.opencontainers.image.title"];
        assert_eq!(layer["annotations"]["org.cncf.model.filepath"], *title);
        let kind = layer["mediaType"].as_str().expect("a type");
        let kind = kind.strip_prefix("application/vnd.cncf.model.").expect("one of ModelPack");
        assert!(kind.ends_with(".v1.raw"), "{kind}");
        files.insert(title.as_str().expect("a title").to_owned(), bytes);
    }
    let config = manifest["config"]["digest"].as_str().expect("a configuration");
    // The specification's schema wants these keys and knows no others.
    let config: Value = serde_json::from_slice(&get(&format!("blobs/{config}"))).expect("JSON");
    let keys: Vec<&String> = config.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["config", "descriptor", "modelfs"]);
    assert_eq!(config["modelfs"]["type"], "layers");
    let digests: Vec<&Value> =
        manifest["layers"].as_array().expect("layers").iter().map(|l| &l["digest"]).collect();
    assert_eq!(config["modelfs"]["diffIds"], serde_json::json!(digests));
    (manifest, files)
}

#[test]
#[ignore = "needs docker-registry, which cargo xtask test looks for"]
fn what_is_registered_is_pulled_by_any_client() {
    let registry = Registry::start(true);
    let docker = registry.docker_config("acme", "s3cret");
    let workshop = workshop(&registry.host);
    run(&workshop, &docker, &["package", "--model", "model"]).exits(0);
    let ran = run(&workshop, &docker, &["register", "--json"]).exits(0);
    assert!(!ran.stderr.contains("warning"), "{ran:?}");
    let registered: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let digest = registered["digest"].as_str().expect("a digest");
    let tag = digest.replace(':', "-");
    let uri = format!("oci://{}/acme/models:{tag}", registry.host);
    assert_eq!(registered["uri"], uri);
    for tag in [tag.as_str(), "churn-1.0.0"] {
        let (manifest, files) = pulled(&registry.host, tag);
        assert_eq!(manifest["artifactType"], "application/vnd.cncf.model.manifest.v1+json");
        assert_eq!(manifest["annotations"]["dev.outerloop.package"], digest);
        assert_eq!(files.len(), 3);
        assert!(files["weights.bin"] == model(), "other bytes came");
        assert_eq!(Digest::of(&files["outerloop-package.json"]).to_string(), digest);
    }
    run(&workshop, &docker, &["pull", "churn@1.0.0", "--out", "there"]).exits(0);
    let back = std::fs::read(workshop.path().join("there/files/weights.bin")).expect("reads");
    assert!(back == model(), "other bytes came back");
    registry.remove(&Digest::of(&model()).hex());
    let ran = run(&workshop, &docker, &["pull", "churn@1.0.0", "--out", "gone"]).exits(3);
    ran.says("a part of the package is gone").says("register the package again");
    run(&workshop, &docker, &["register"]).exits(0);
    run(&workshop, &docker, &["pull", "churn@1.0.0", "--out", "gone"]).exits(0);
    let before = registry.count("acme/models");
    run(&workshop, &docker, &["register"]).exits(0);
    assert_eq!(registry.count("acme/models"), before);
}

#[test]
#[ignore = "needs docker-registry, which cargo xtask test looks for"]
fn a_verdict_is_attached_and_listed_where_the_registry_keeps_no_list() {
    let registry = Registry::start(false);
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&format!("oci://{}/acme/models", registry.host), None);
    let workshop = workshop(&registry.host);
    run(&workshop, folder.path(), &["package", "--model", "model"]).exits(0);
    let ran = run(&workshop, folder.path(), &["register", "--json"]).exits(0);
    let registered: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let package: Digest = registered["digest"].as_str().expect("text").parse().expect("a digest");
    for (kind, bytes) in [("verdict", &b"{\"verdict\":\"pass\"}"[..]), ("report", b"<html>")] {
        let document = Document { kind, media_type: "application/json", bytes };
        store.attach(&package, document).expect("attaches");
        store.attach(&package, document).expect("attaches again");
    }
    let base = format!("http://{}/v2/acme/models", registry.host);
    let answer = |path: &str, accept: &str| {
        let call = Client::new().get(format!("{base}/{path}")).header("accept", accept);
        call.send().expect("answers").bytes().expect("bytes").to_vec()
    };
    let manifest = "application/vnd.oci.image.manifest.v1+json";
    let subject = answer(&format!("manifests/sha256-{}", package.hex()), manifest);
    let list = format!("manifests/sha256-{}", Digest::of(&subject).hex());
    let list = answer(&list, "application/vnd.oci.image.index.v1+json");
    let list: Value = serde_json::from_slice(&list).expect("an index");
    let entries = list["manifests"].as_array().expect("manifests");
    let kinds: Vec<&str> =
        entries.iter().map(|e| e["artifactType"].as_str().expect("a type")).collect();
    let kind = |name: &str| format!("application/vnd.outerloop.{name}.v1");
    assert_eq!(kinds, [kind("verdict"), kind("report")]);
    let first = answer(&format!("manifests/{}", entries[0]["digest"].as_str().unwrap()), manifest);
    let first: Value = serde_json::from_slice(&first).expect("a manifest");
    assert_eq!(first["subject"]["digest"], Digest::of(&subject).to_string());
    let verdict =
        answer(&format!("blobs/{}", first["layers"][0]["digest"].as_str().unwrap()), "*/*");
    assert_eq!(verdict, b"{\"verdict\":\"pass\"}");
}

#[test]
#[ignore = "needs docker-registry, which cargo xtask test looks for"]
fn tokens_are_fetched_and_fetched_anew_when_they_end() {
    let registry = Registry::start(false);
    // Every token is good for four calls.
    let door = Door::before(&registry, 4);
    let host = door.url.trim_start_matches("http://").to_owned();
    let folder = tempfile::tempdir().expect("a folder");
    let docker = Door::docker_config(folder.path(), &host, "acme", "s3cret");
    let workshop = workshop(&host);
    run(&workshop, &docker, &["package", "--model", "model"]).exits(0);
    run(&workshop, &docker, &["register"]).exits(0);
    run(&workshop, &docker, &["pull", "churn@1.0.0", "--out", "there"]).exits(0);
    let back = std::fs::read(workshop.path().join("there/files/weights.bin")).expect("reads");
    assert!(back == model(), "other bytes came back");
    let scopes = door.state().scopes.clone();
    assert!(scopes.len() > 4, "{scopes:?}");
    assert!(scopes.iter().any(|s| s == "repository:acme/models:pull,push"), "{scopes:?}");
    assert_eq!(scopes.last().map(String::as_str), Some("repository:acme/models:pull"));

    let wrong = Door::docker_config(folder.path(), &host, "acme", "wr0ng");
    let ran = run(&workshop, &wrong, &["pull", "churn@1.0.0", "--out", "again"]).exits(3);
    let ran = ran.says("gives no token").says(&format!("docker login {host}"));
    assert!(!format!("{ran:?}").contains("wr0ng"), "{ran:?}");
    let nobody = folder.path().join("nobody");
    let ran = run(&workshop, &nobody, &["pull", "churn@1.0.0", "--out", "again"]).exits(3);
    ran.says(&format!("docker login {host}"));
}

#[test]
#[ignore = "needs docker-registry, which cargo xtask test looks for"]
#[cfg(unix)]
fn programs_that_keep_passwords_are_asked() {
    use std::os::unix::fs::PermissionsExt as _;

    let registry = Registry::start(true);
    let workshop = workshop(&registry.host);
    let docker = workshop.path().join("docker");
    let program = workshop.write(
        "docker/docker-credential-acme",
        "#!/bin/sh\nread host\n[ \"$1\" = get ] || exit 9\n[ -f \"$0.broken\" ] && { echo 'no agent' >&2; exit 1; }\n\
         printf '{\"ServerURL\":\"%s\",\"Username\":\"acme\",\"Secret\":\"s3cret\"}' \"$host\"\n",
    );
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("changes");
    let config = serde_json::json!({"credHelpers": {registry.host.as_str(): "acme"}});
    workshop.write("docker/config.json", config.to_string());
    let path = format!("{}:{}", docker.display(), std::env::var("PATH").expect("a path"));
    let run = |arguments: &[&str]| -> Ran {
        let mut command = workshop.command(arguments);
        Workshop::ran(command.env("DOCKER_CONFIG", &docker).env("PATH", &path))
    };
    run(&["package", "--model", "model"]).exits(0);
    run(&["register"]).exits(0);
    workshop.write("docker/docker-credential-acme.broken", "");
    let ran = run(&["pull", "churn@1.0.0"]).exits(3);
    ran.says("docker-credential-acme: no agent").says("hint:");
    std::fs::remove_file(&program).expect("removes");
    run(&["pull", "churn@1.0.0"]).exits(3).says("docker-credential-acme").says("hint:");
}

#[test]
#[ignore = "needs docker-registry, which cargo xtask test looks for"]
fn wrong_addresses_and_logins_say_what_to_do() {
    let registry = Registry::start(true);
    let workshop = workshop(&registry.host);
    let docker = registry.docker_config("acme", "s3cret");
    let stranger = registry.docker_config("stranger", "s3cret");
    run(&workshop, &docker, &["package", "--model", "model"]).exits(0);
    let ran = run(&workshop, &stranger, &["register"]).exits(3);
    ran.says("oci://").says(&format!("docker login {}", registry.host));
    run(&workshop, &docker, &["register"]).exits(0);
    let yaml = format!("model: churn\nstore: {{url: 'oci://{}/acme/other'}}\n", registry.host);
    workshop.write("outerloop.yaml", yaml);
    run(&workshop, &docker, &["pull", "churn@1.0.0"])
        .exits(2)
        .says("is not in oci://")
        .says("hint:");
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let free = free.local_addr().expect("an address");
    for url in ["oci://127.0.0.1/Acme".to_owned(), "oci://acme.example".to_owned()] {
        workshop.write("outerloop.yaml", format!("model: churn\nstore: {{url: '{url}'}}\n"));
        run(&workshop, &docker, &["pull", "churn@1.0.0"]).exits(2).says("oci://").says("hint:");
    }
    let yaml = format!("model: churn\nstore: {{url: 'oci://{free}/acme/models'}}\n");
    workshop.write("outerloop.yaml", yaml);
    assert!(repository_file("README.md").is_file());
}

/// Bytes of bodies that were sent, and how many layers were mounted from `repository`.
fn sent(calls: &[outerloop_tests::fake::Call], repository: &str) -> (usize, usize) {
    let bytes = calls.iter().filter(|call| call.path.contains("/blobs/")).map(|c| c.body.len());
    let mounts = calls.iter().filter(|call| call.asked("from") == Some(repository));
    (bytes.sum(), mounts.count())
}

#[test]
#[ignore = "needs docker-registry, which cargo xtask test looks for"]
fn layers_of_another_repository_are_mounted_and_not_sent() {
    let registry = Registry::start(false);
    let proxy = Forward::before(&format!("http://{}", registry.host));
    let host = proxy.url.trim_start_matches("http://").to_owned();
    let folder = tempfile::tempdir().expect("a folder");
    let old = workshop(&host);
    run(&old, folder.path(), &["package", "--model", "model"]).exits(0);
    run(&old, folder.path(), &["register"]).exits(0);
    let (first, mounts) = sent(&proxy.take_calls(), "acme/models");
    assert!(first > 20_000_000 && mounts == 0, "{first} {mounts}");
    let new = Workshop::new();
    let from = format!("git:{}", old.path().display());
    let to = format!("oci://{host}/acme/production");
    let copy = ["copy", from.as_str(), "git", "--to-store", to.as_str()];
    run(&new, folder.path(), &copy).exits(0);
    let (second, mounts) = sent(&proxy.take_calls(), "acme/models");
    // All but the configuration, which is not a file of the package, is mounted.
    assert!(second < 10_000 && mounts >= 3, "{second} bytes, {mounts} mounts");
    assert_eq!(registry.count("acme/production"), registry.count("acme/models"));
    new.write("outerloop.yaml", format!("model: churn\nstore: {{url: '{to}'}}\n"));
    run(&new, folder.path(), &["pull", "churn@1.0.0", "--out", "there"]).exits(0);
    let back = std::fs::read(new.path().join("there/files/weights.bin")).expect("reads");
    assert!(back == model(), "other bytes came back");
}

#[test]
#[ignore = "needs docker-registry, which cargo xtask test looks for"]
fn an_upload_that_breaks_off_is_carried_on_where_it_ended() {
    let registry = Registry::start(false);
    let proxy = Forward::before(&format!("http://{}", registry.host));
    let host = proxy.url.trim_start_matches("http://").to_owned();
    let folder = tempfile::tempdir().expect("a folder");
    let workshop = workshop(&host);
    run(&workshop, folder.path(), &["package", "--model", "model"]).exits(0);
    // Three chunks, and the second of them once more. `docker-registry` knows an upload only by what
    // its answers say of it: where one was lost, the layer is begun anew.
    for (fault, chunks, posts) in [(Fault::CutBefore, 4, 4), (Fault::CutAfter, 5, 4)] {
        proxy.take_calls();
        proxy.inject(Rule::at("PATCH", "/blobs/uploads/", fault).after(1));
        let content = [model(), vec![chunks]].concat();
        workshop.write("model/weights.bin", &content);
        run(&workshop, folder.path(), &["package", "--model", "model"]).exits(0);
        run(&workshop, folder.path(), &["register"]).exits(0);
        assert!(!proxy.heal(), "nothing broke off");
        let calls = proxy.take_calls();
        let of = |method: &'static str, path: &'static str| {
            let found = calls.iter().filter(move |c| c.method == method && c.path.contains(path));
            found.map(|call| call.body.len()).collect::<Vec<_>>()
        };
        // What the registry has taken is asked for.
        assert_eq!(of("GET", "/blobs/uploads/").len(), 1);
        assert_eq!(of("PATCH", "/blobs/uploads/").len(), usize::from(chunks));
        // A layer a file, one for the package's own manifest, and the configuration; the README is
        // there the second time.
        assert_eq!(of("POST", "/blobs/uploads/").len(), posts);
    }
}

#[test]
#[ignore = "needs docker-registry, which cargo xtask test looks for"]
fn a_manifest_that_is_refused_while_others_upload_is_sent_again() {
    let registry = Registry::start(false);
    let proxy = Forward::before(&format!("http://{}", registry.host));
    let host = proxy.url.trim_start_matches("http://").to_owned();
    let folder = tempfile::tempdir().expect("a folder");
    let workshop = workshop(&host);
    run(&workshop, folder.path(), &["package", "--model", "model"]).exits(0);
    let refusal = |code: &str| {
        let said = serde_json::json!({"errors": [{"code": code, "message": "provided"}]});
        Rule::at("PUT", "/manifests/", Fault::Instead(Reply::json(400, &said)))
    };
    proxy.inject(refusal("MANIFEST_INVALID"));
    let ran = run(&workshop, folder.path(), &["register"]).exits(3);
    ran.says("MANIFEST_INVALID: provided").says("OCI artifacts");
    proxy.inject(refusal("DIGEST_INVALID").times(2));
    run(&workshop, folder.path(), &["register"]).exits(0);
    assert!(!proxy.heal(), "nothing was refused");
    run(&workshop, folder.path(), &["pull", "churn@1.0.0", "--out", "there"]).exits(0);
}

#[test]
#[ignore = "needs docker-registry, which cargo xtask test looks for"]
fn doctor_asks_whether_a_registry_may_be_written() {
    let registry = Registry::start(true);
    let workshop = workshop(&registry.host);
    let check = |docker: &Path, id: &str| {
        let ran = run(&workshop, docker, &["doctor", "--json"]);
        let checks = ran.json()["checks"].clone();
        let checks = checks.as_array().expect("checks").clone();
        checks.into_iter().find(|check| check["id"] == id).expect("a check")
    };
    let docker = registry.docker_config("acme", "s3cret");
    let well = check(&docker, "store-write");
    assert_eq!(well["status"], "ok", "{well}");
    // Of an upload that is thrown away, the registry itself keeps its state.
    let [layers, manifests, _] = registry.count("acme/models");
    assert_eq!([layers, manifests], [0, 0], "something was written");
    let stranger = registry.docker_config("stranger", "s3cret");
    let read = check(&stranger, "store-read");
    assert_eq!(read["status"], "failed", "{read}");
    assert!(read["hint"].as_str().expect("a hint").contains("docker login"), "{read}");
    assert_eq!(check(&stranger, "store-write")["status"], "skipped");
    workshop
        .write("outerloop.yaml", "model: churn\nstore: {url: 'oci://127.0.0.1:1/acme/models'}\n");
    let read = check(&docker, "store-read");
    assert!(read["message"].as_str().expect("a message").contains("cannot be reached"), "{read}");
}
