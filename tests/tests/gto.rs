//! Moving in from GTO: repositories that GTO itself made, and others with tags made by git, through
//! the binary.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use outerloop_tests::{Ran, Workshop, repository_file};
use serde_json::Value;

/// A repository with the tags that GTO 1.10.1 made, and what it said of them.
struct Recorded {
    workshop: Workshop,
    show: Value,
    history: Value,
}

fn recorded() -> Recorded {
    let workshop = Workshop::new();
    let file = |name: &str| repository_file(&format!("tests/fixtures/gto/{name}"));
    let stream = std::fs::File::open(file("repository.fast-import")).expect("opens");
    let read = Command::new("git")
        .args(["fast-import", "--quiet", "--force"])
        .current_dir(workshop.path())
        .stdin(Stdio::from(stream))
        .status();
    assert!(read.expect("git runs").success());
    let json = |name| {
        let text = std::fs::read_to_string(file(name)).expect("reads");
        serde_json::from_str(&text).expect("JSON")
    };
    Recorded { workshop, show: json("show.json"), history: json("history.json") }
}

fn gto(workshop: &Workshop) -> String {
    format!("gto:{}", workshop.path().display())
}

/// A repository whose tags are made by git, a second apart.
struct Tagged {
    workshop: Workshop,
    second: std::cell::Cell<u32>,
}

impl Tagged {
    fn new() -> Self {
        let workshop = Workshop::new();
        workshop.write("artifacts.yaml", "acme:\n  path: model.bin\n");
        Self { workshop, second: std::cell::Cell::new(0) }
    }

    /// Commits a model, and tags the commit.
    fn version(&self, content: &str, tags: &[&str]) {
        self.workshop.write("model.bin", content);
        self.commit(tags);
    }

    fn commit(&self, tags: &[&str]) {
        self.workshop.git(&["add", "-A", "."]);
        self.workshop.git(&["commit", "--quiet", "--allow-empty", "-m", "training"]);
        tags.iter().for_each(|tag| self.tag(tag, "HEAD"));
    }

    fn tag(&self, name: &str, commit: &str) {
        self.second.set(self.second.get() + 1);
        let done = Command::new("git")
            .args(["-c", "user.name=Ada", "-c", "user.email=ada@acme.example"])
            .args(["tag", "-a", "-m", "tagged", name, commit])
            .env("GIT_COMMITTER_DATE", format!("{} +0000", 1_700_000_000 + self.second.get()))
            .current_dir(self.workshop.path())
            .status();
        assert!(done.expect("git runs").success(), "{name}");
    }

    fn address(&self) -> String {
        gto(&self.workshop)
    }
}

fn copy(into: &Workshop, from: &str, more: &[&str]) -> Ran {
    into.run(&[&["copy", from, "git", "--json"], more].concat())
}

/// The events of a model as `type what`, without the one that says where they came from.
fn events(workshop: &Workshop, model: &str) -> Vec<Value> {
    let history = workshop.run(&["history", model, "--verify", "--json"]).exits(0).json();
    assert_eq!(history["verified"], true, "{history}");
    let mut events = history["events"].as_array().cloned().expect("events");
    events.retain(|event| event["event"]["what"]["type"] != "copied");
    events
}

fn kinds(events: &[Value]) -> Vec<String> {
    let kind = |event: &Value| {
        let (what, data) = (&event["event"]["what"]["type"], &event["event"]["what"]["data"]);
        let text = |key: &str| data[key].as_str().unwrap_or_default().to_owned();
        let words = [what.as_str().unwrap_or_default().to_owned(), text("alias"), text("version")];
        words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    };
    events.iter().map(kind).collect()
}

#[test]
fn what_gto_says_of_its_registry_is_what_moves_in() {
    let Recorded { workshop: old, show, history } = recorded();
    let new = Workshop::new();
    let copied = copy(&new, &gto(&old), &[]).exits(0).json();
    let shown = new.run(&["show", "--json"]).exits(0).json();
    let ours: BTreeMap<&str, &Value> = shown["models"]
        .as_array()
        .expect("models")
        .iter()
        .map(|model| (model["name"].as_str().expect("a name"), model))
        .collect();
    assert_eq!(ours.keys().copied().collect::<Vec<_>>(), ["churn", "fraud", "old"]);

    // Stages: what `gto show` says, without commits that have no version.
    for (artifact, says) in show["show"].as_object().expect("artifacts") {
        let stages: BTreeMap<String, &str> = says["stage"]
            .as_object()
            .expect("stages")
            .iter()
            .filter_map(|(stage, version)| {
                let version = version.as_str()?.strip_prefix('v')?;
                Some((stage.to_lowercase(), version))
            })
            .collect();
        let model = ours[artifact.to_lowercase().as_str()];
        assert_eq!(model["aliases"], serde_json::json!(stages), "{artifact}");
        assert_eq!(says["version"], format!("v{}", model["latest"].as_str().expect("a version")));
    }
    // An artifact that is deprecated has neither versions nor stages.
    assert_eq!(ours["old"]["aliases"], serde_json::json!({}));
    for (artifact, versions) in show["versions"].as_object().expect("artifacts") {
        let active: Vec<&str> = versions
            .as_array()
            .expect("versions")
            .iter()
            .filter_map(|version| version["version"].as_str()?.strip_prefix('v'))
            .collect();
        let name = artifact.to_lowercase();
        let shown = new.run(&["show", &name, "--json"]).exits(0).json();
        for version in shown["models"][0]["versions"].as_array().expect("versions") {
            let number = version["version"].as_str().expect("a version");
            assert_eq!(version["archived"], !active.contains(&number), "{artifact} {number}");
        }
    }

    // Registrations: with the time, the author and the commit of their tags.
    for told in history.as_array().expect("events").iter().filter(|e| e["event"] == "registration")
    {
        let name = told["artifact"].as_str().expect("a name").to_lowercase();
        let version = told["version"].as_str().and_then(|v| v.strip_prefix('v')).expect("one");
        let all = events(&new, &name);
        let found = all.iter().find(|event| {
            let what = &event["event"]["what"];
            what["type"] == "registered" && what["data"]["version"] == version
        });
        let event = &found.expect("registered")["event"];
        assert_eq!(event["what"]["data"]["commit"], told["commit"]);
        assert_eq!(event["actor"], told["author"]);
        let time = told["timestamp"].as_str().expect("a time").replace("+00:00", "Z");
        assert_eq!(event["time"], time);
    }

    let left: Vec<&str> = copied["left"]
        .as_array()
        .expect("left")
        .iter()
        .filter_map(|l| l["what"].as_str())
        .collect();
    assert_eq!(left, ["churn#canary#8"]);
    new.run(&["pull", "fraud@staging", "--out", "pulled"]).exits(0);
    let files = new.path().join("pulled/files");
    let read = |name: &str| std::fs::read_to_string(files.join(name)).expect("reads");
    assert_eq!(
        (read("weights.bin").as_str(), read("vocabulary.txt").as_str()),
        ("fraud 3", "a b c\n")
    );
    let package = std::fs::read_to_string(new.path().join("pulled/outerloop-package.json"));
    let package: Value = serde_json::from_str(&package.expect("a manifest")).expect("JSON");
    assert_eq!(package["details"]["gto.tag"], "Fraud@v2.0.1");

    // Told twice, it is the same to the last digit; asked again, nothing changes.
    let other = Workshop::new();
    let store = new.path().join(".outerloop/store");
    let store = store.to_str().expect("UTF-8");
    copy(&other, &gto(&old), &["--to-store", store]).exits(0);
    let ids = |workshop: &Workshop| -> Vec<Value> {
        events(workshop, "churn").iter().map(|event| event["id"].clone()).collect()
    };
    assert_eq!(ids(&new), ids(&other));
    let again = copy(&new, &gto(&old), &[]).exits(0).json();
    for model in again["models"].as_array().expect("models") {
        assert_eq!(model["changed"], false, "{again}");
    }
}

#[test]
fn a_later_copy_brings_what_was_tagged_since_and_nothing_else() {
    let (old, new) = (Tagged::new(), Workshop::new());
    old.version("one", &["acme@v1.0.0", "acme#prod#1"]);
    copy(&new, &old.address(), &[]).exits(0);
    old.version("two", &["acme@v1.1.0", "acme#prod#2", "acme#dev#3"]);
    old.tag("acme#dev!#4", "HEAD");
    let more = copy(&new, &old.address(), &[]).exits(0).json();
    assert_eq!(
        (&more["models"][0]["packages"], &more["models"][0]["versions"]),
        (&1.into(), &2.into())
    );
    assert_eq!(
        kinds(&events(&new, "acme")),
        [
            "registered 1.0.0",
            "promoted prod 1.0.0",
            "registered 1.1.0",
            "promoted prod 1.1.0",
            "promoted dev 1.1.0",
            "withdrawn dev"
        ]
    );
    new.run(&["show", "acme@dev"]).exits(2);
    // The model went on in its new place: that is its registry now.
    new.register("acme", "three").exits(0);
    assert_eq!(copy(&new, &old.address(), &[]).exits(0).json()["models"][0]["changed"], false);
    old.tag("acme#dev#5", "HEAD");
    copy(&new, &old.address(), &[]).exits(1).says("went on here").says("acme#dev#5").says("hint:");
    let other = Workshop::new();
    other.register("acme", "another").exits(0);
    copy(&other, &old.address(), &[]).exits(1).says("another acme").says("hint:");
}

#[test]
fn versions_that_are_taken_back_are_archived_and_come_out_again() {
    let (old, new) = (Tagged::new(), Workshop::new());
    old.version("one", &["acme@v1.0.0", "acme#prod"]);
    old.version("two", &["acme@v2.0.0", "acme#prod#2"]);
    old.tag("acme@v2.0.0!", "HEAD");
    old.tag("acme@v1.0.0!", "HEAD~1");
    old.tag("acme@v1.0.0#3", "HEAD~1");
    old.tag("acme@deprecated", "HEAD");
    old.tag("acme@v2.0.0#4", "HEAD");
    copy(&new, &old.address(), &[]).exits(0);
    assert_eq!(
        kinds(&events(&new, "acme")),
        [
            "registered 1.0.0",
            "promoted prod 1.0.0",
            "registered 2.0.0",
            "promoted prod 2.0.0",
            "promoted prod 1.0.0",
            "archived 2.0.0",
            "withdrawn prod",
            "archived 1.0.0",
            "restored 1.0.0",
            "promoted prod 1.0.0",
            "withdrawn prod",
            "archived 1.0.0",
            "restored 1.0.0",
            "restored 2.0.0",
            "promoted prod 2.0.0",
        ]
    );
}

#[test]
fn tags_that_cannot_be_taken_over_are_told_with_the_reason() {
    let (old, new) = (Tagged::new(), Workshop::new());
    old.version("one", &["acme@v1.0.0", "acme@v1.0.1+build", "acme@v2", "acme#Prod", "release-7"]);
    old.workshop.git(&["tag", "acme@v3.0.0"]);
    old.version("two", &["acme@v1.0.0#5", "acme@v9.0.0!", "acme#prod#6", "acme#dev"]);
    old.tag("x-y@v1.0.0", "HEAD");
    old.tag("x/y@v1.0.0", "HEAD");
    let left = copy(&new, &old.address(), &["--leave-missing"]).exits(0).json()["left"].clone();
    let left: BTreeMap<&str, &str> = left
        .as_array()
        .expect("left")
        .iter()
        .filter_map(|left| Some((left["what"].as_str()?, left["why"].as_str()?)))
        .collect();
    for (what, why) in [
        ("acme@v1.0.1+build", "build metadata"),
        ("acme@v2", "semantic versions"),
        ("acme@v3.0.0", "lightweight"),
        ("acme@v1.0.0#5", "1.0.0 is at the commit"),
        ("acme@v9.0.0!", "not registered"),
        ("acme#prod#6", "same as `Prod`"),
        ("acme#dev", "no version at its commit"),
        ("x-y@v1.0.0", "names `x-y`"),
        ("all of it", "which x-y has"),
    ] {
        let told = left.get(what).copied();
        assert!(told.is_some_and(|told| told.contains(why)), "{what}: {told:?} in {left:?}");
    }
    assert!(!left.contains_key("release-7"), "{left:?}");
}

#[test]
fn files_that_are_nowhere_stop_the_copy_unless_they_may_be_left() {
    let (old, new) = (Tagged::new(), Workshop::new());
    old.workshop.write("artifacts.yaml", "other:\n  path: model.bin\n");
    old.version("one", &["acme@v1.0.0", "acme#prod#1"]);
    old.workshop.write("artifacts.yaml", "acme:\n  path: gone.bin\n");
    old.version("two", &["acme@v1.1.0"]);
    old.workshop.write("artifacts.yaml", "acme: {path: s3://acme/model.bin}\n");
    old.version("three", &["acme@v1.2.0"]);
    old.workshop.write("artifacts.yaml", "acme: {path: ../model.bin}\n");
    old.version("four", &["acme@v1.3.0"]);
    old.workshop.write("artifacts.yaml", "acme: [\n");
    old.version("five", &["acme@v1.4.0"]);
    old.workshop.write("artifacts.yaml", "acme: {path: model.bin}\n");
    old.version("six", &["acme@v1.5.0", "acme#dev#2", "acme#prod#3"]);
    let refused = copy(&new, &old.address(), &[]).exits(2);
    let refused = refused.says("5 of 6 versions").says("names `acme`").says("gone.bin");
    let refused = refused.says("s3://acme").says("`../model.bin`").says("artifacts.yaml there");
    refused.says("hint:").says("--leave-missing");
    new.run(&["show", "acme"]).exits(2).says("no model");

    let copied = copy(&new, &old.address(), &["--leave-missing"]).exits(0).json();
    assert_eq!(copied["models"][0]["versions"], 1, "{copied}");
    assert_eq!(copied["left"].as_array().map(Vec::len), Some(6), "{copied}");
    assert_eq!(
        kinds(&events(&new, "acme")),
        ["registered 1.5.0", "promoted dev 1.5.0", "promoted prod 1.5.0"]
    );
    let again = copy(&new, &old.address(), &[]).exits(0).json();
    assert_eq!(again["models"][0]["changed"], false, "{again}");
    assert_eq!(
        again["left"][0]["why"].as_str().map(|why| why.contains("earlier copy")),
        Some(true)
    );
}

#[test]
fn what_dvc_and_git_lfs_keep_is_taken_from_where_they_have_it() {
    let old = Tagged::new();
    old.workshop.write(
        "sub/dvc.yaml",
        "artifacts:\n  acme: {path: models/clf, type: model, desc: who leaves, meta: {a: 1}}\n",
    );
    let lock = "schema: '2.0'\nstages:\n  train:\n    cmd: train\n    outs:\n    - path: models/clf\n      \
                hash: md5\n      md5: 00000000000000000000000000000001.dir\n      size: 10\n";
    old.workshop.write("sub/dvc.lock", lock);
    old.workshop.write("artifacts.yaml", "big: {path: big.bin}\nkept: {path: kept.bin}\n");
    let digest = "6f3b6f4a8b6d9f0bb3f0a6a5ea3b4fbd8ba4a8b6d9f0bb3f0a6a5ea3b4fbd8ba";
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 3\n");
    old.workshop.write("big.bin", &pointer);
    // The MD5 of `hello`.
    old.workshop.write(
        "kept.bin.dvc",
        "outs:\n- md5: 5d41402abc4b2a76b9719d911017c592\n  path: kept.bin\n",
    );
    old.commit(&["big@v1.0.0", "kept@v1.0.0", "sub=acme@v1.0.0"]);
    let new = Workshop::new();
    let only = |name: &str| copy(&new, &old.address(), &["--name", name]);
    only("big").exits(2).says("big.bin is kept by Git LFS").says("git lfs fetch --all");
    only("kept").exits(2).says("kept.bin is kept by DVC").says("dvc fetch --all-tags");
    only("sub-acme").exits(2).says("sub/models/clf is kept by DVC");
    only("other").exits(2).says("no model other").says("sub-acme");

    // Fetched, but damaged.
    let object = format!(".git/lfs/objects/{}/{}/{digest}", &digest[..2], &digest[2..4]);
    old.workshop.write(&object, "abc");
    only("big").exits(3).says("sha256:");
    let cached = ".dvc/cache/files/md5/5d/41402abc4b2a76b9719d911017c592";
    old.workshop.write(cached, "hullo");
    only("kept").exits(3).says("MD5");

    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    old.workshop.write("big.bin", pointer.replace(digest, abc));
    old.commit(&["big@v2.0.0"]);
    old.workshop.write(&format!(".git/lfs/objects/ba/78/{abc}"), "abc");
    old.workshop.write(cached, "hello");
    let listed = r#"[{"md5": "5d41402abc4b2a76b9719d911017c592", "relpath": "a/weights.bin"}]"#;
    old.workshop.write(".dvc/cache/files/md5/00/000000000000000000000000000001.dir", listed);
    only("kept").exits(0);
    only("sub-acme").exits(0);
    let pulled = |model: &str, file: &str| {
        new.run(&["pull", model, "--out", model]).exits(0);
        let path = new.path().join(model).join("files").join(file);
        std::fs::read_to_string(path).expect("reads")
    };
    assert_eq!(pulled("kept@1.0.0", "kept.bin"), "hello");
    assert_eq!(pulled("sub-acme@1.0.0", "a/weights.bin"), "hello");
    // The object of the first version is damaged for good.
    std::fs::remove_file(old.workshop.path().join(&object)).expect("removes");
    copy(&new, &old.address(), &["--name", "big", "--leave-missing"]).exits(0);
    assert_eq!(pulled("big@2.0.0", "big.bin"), "abc");
}

#[test]
fn what_is_no_repository_of_gto_s_is_told() {
    let new = Workshop::new();
    copy(&new, "gto", &[]).exits(2).says("no tag of GTO's").says("git fetch --tags");
    let nowhere = tempfile::tempdir().expect("a folder");
    let address = format!("gto:{}", nowhere.path().display());
    copy(&new, &address, &[]).exits(2).says("not in a git repository").says("hint:");
    copy(&new, "gto:https://acme.example/models.git", &[]).exits(2).says("clone it");
    new.git(&["tag", "acme@v1.0.0"]);
    copy(&new, "gto", &[]).exits(2).says("acme@v1.0.0").says("lightweight");
    new.run(&["copy", "git", "gto"]).exits(2).says("gto is only read").says("hint:");
    new.run(&["copy", "gto", "git", "--from-store", "x"]).exits(2);
    new.run(&["copy", "svn://x", "git"])
        .exits(2)
        .says("svn://x")
        .says("git:FOLDER")
        .says("gto:FOLDER");

    // A clone with the tags, and without the commits.
    let old = Tagged::new();
    old.version("one", &["acme@v1.0.0"]);
    let folder = old.workshop.path().join(".git/objects");
    let commit = old.workshop.git(&["rev-parse", "HEAD"]);
    let object = folder.join(&commit[..2]).join(&commit[2..]);
    std::fs::remove_file(object).expect("removes");
    copy(&new, &old.address(), &[]).exits(2).says(&commit).says("--unshallow");
}

#[test]
fn a_repository_moves_into_itself_and_from_a_shallow_clone_with_its_tags() {
    let old = Tagged::new();
    old.version("one", &["acme@v1.0.0", "acme#prod#1"]);
    old.version("two", &["acme@v1.1.0"]);
    let clone = Workshop::new();
    let url = format!("file://{}", old.workshop.path().display());
    clone.git(&["fetch", "--quiet", "--depth", "1", &url, "refs/tags/*:refs/tags/*"]);
    copy(&clone, "gto", &[]).exits(0);
    copy(&old.workshop, "gto", &[]).exits(0);
    let ids = |workshop: &Workshop| kinds(&events(workshop, "acme"));
    assert_eq!(ids(&clone), ids(&old.workshop));
    assert_eq!(ids(&clone), ["registered 1.0.0", "promoted prod 1.0.0", "registered 1.1.0"]);
}
