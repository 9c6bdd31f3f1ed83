//! The extension for Azure DevOps as a whole: packed, unpacked, and run as an agent runs it.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use outerloop_tests::agent::{Agent, Completion};
use outerloop_tests::extension::Extension;
use outerloop_tests::release::sum;
use outerloop_tests::task::{machine, manifest};
use serde_json::Value;

const SCRIPT: &str = "#!/bin/sh\necho \"asked: $*\"\n";

/// Every task of the extension: its folder and its manifest.
fn tasks(extension: &Extension) -> Vec<(PathBuf, Value)> {
    let contributions = std::fs::read_to_string(extension.root().join("extension.vsomanifest"));
    let contributions: Value = serde_json::from_str(&contributions.unwrap()).unwrap();
    let names = contributions["contributions"].as_array().unwrap().iter().map(|contribution| {
        assert_eq!(contribution["type"], "ms.vss-distributed-task.task");
        contribution["properties"]["name"].as_str().unwrap().to_owned()
    });
    let tasks: Vec<_> = names
        .map(|name| {
            let folder = extension.task(&name);
            let manifest = manifest(&folder);
            assert_eq!(manifest["name"], name.as_str());
            (folder, manifest)
        })
        .collect();
    assert!(tasks.len() > 15, "{} tasks", tasks.len());
    tasks
}

fn texts<'a>(value: &'a Value, key: &str) -> Vec<&'a str> {
    let items = value.as_array().into_iter().flatten();
    items.map(|item| item[key].as_str().unwrap_or_default()).collect()
}

/// `^[A-Za-z][A-Za-z0-9]*$`
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric())
}

#[test]
fn the_same_sources_give_the_same_bytes() {
    let (one, two) = (Extension::with_program(SCRIPT, &[]), Extension::with_program(SCRIPT, &[]));
    let names = |extension: &Extension| {
        let entries = std::fs::read_dir(extension.release()).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect::<BTreeSet<_>>()
    };
    assert_eq!(names(&one).len(), 3);
    for name in names(&one) {
        let read = |extension: &Extension| std::fs::read(extension.release().join(&name)).unwrap();
        assert!(read(&one) == read(&two), "{}", name.display());
    }
}

#[test]
fn the_checksums_are_those_that_sha256sum_finds() {
    let extension = Extension::with_program(SCRIPT, &[]);
    let release = extension.release();
    let name = format!("outerloop-{}-{}", env!("CARGO_PKG_VERSION"), machine().0);
    let unpacked = std::process::Command::new("tar")
        .args(["-xzf", &format!("{name}.tar.gz")])
        .current_dir(&release)
        .status();
    assert!(unpacked.unwrap().success());
    let sums = std::fs::read_to_string(release.join("SHA256SUMS")).unwrap();
    assert_eq!(sums.lines().count(), 2);
    for line in sums.lines() {
        let (expected, file) = line.split_once("  ").unwrap();
        assert_eq!(sum(&std::fs::read(release.join(file)).unwrap()), expected, "{file}");
    }
}

#[test]
fn every_manifest_is_one_that_the_server_takes() {
    let extension = Extension::with_program(SCRIPT, &[]);
    let mut ids = BTreeSet::new();
    for (folder, task) in tasks(&extension) {
        let name = task["name"].as_str().unwrap();
        let id = task["id"].as_str().unwrap();
        let parts: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{name}: {id}");
        assert!(id.chars().all(|c| c == '-' || c.is_ascii_hexdigit()), "{name}: {id}");
        assert!(ids.insert(id.to_owned()), "{name}: the id of another task");
        let shown = task["friendlyName"].as_str().unwrap();
        assert!(!shown.is_empty() && shown.len() <= 40, "{name}: {shown}");
        for key in ["description", "helpMarkDown", "author", "instanceNameFormat"] {
            assert!(task[key].as_str().is_some_and(|text| !text.is_empty()), "{name}: {key}");
        }
        let version = &task["version"];
        assert!(["Major", "Minor", "Patch"].iter().all(|part| version[part].is_u64()), "{name}");
        let target = task["execution"]["Node20_1"]["target"].as_str().unwrap();
        assert_eq!(task["execution"]["Node24"]["target"], target);
        assert!(folder.join(target).is_file(), "{name}: {target}");
        check_values(name, &task);
    }
}

fn check_values(name: &str, task: &Value) {
    const KINDS: [&str; 6] =
        ["boolean", "filePath", "multiLine", "pickList", "string", "connectedService:AzureRM"];
    let (inputs, outputs) = (&task["inputs"], &task["outputVariables"]);
    for input in inputs.as_array().unwrap() {
        let kind = input["type"].as_str().unwrap();
        assert!(KINDS.contains(&kind), "{name}: {kind}");
        assert_eq!(kind == "pickList", input["options"].is_object(), "{name}: {input}");
        assert!(input["label"].as_str().is_some_and(|label| !label.is_empty()), "{name}: {input}");
        assert!(input.get("defaultValue").is_none(), "{name}: defaults are the binary's: {input}");
    }
    for list in [inputs, outputs] {
        let names = texts(list, "name");
        let unique: BTreeSet<_> = names.iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(unique.len(), names.len(), "{name}: a name is there twice");
        assert!(names.iter().all(|name| is_name(name)), "{name}: {names:?}");
    }
    let allowed = task["restrictions"]["settableVariables"]["allowed"].as_array().unwrap();
    let missing = texts(outputs, "name").into_iter().find(|o| !allowed.iter().any(|a| a == o));
    assert_eq!(missing, None, "{name}: an output that it may not set");
}

/// A fork's pull request gets no service connection, and the server skips a task that asks for one.
#[test]
fn the_gate_needs_no_service_connection() {
    let task = manifest(&Extension::with_program(SCRIPT, &[]).task("OuterloopValidate"));
    let kinds = texts(&task["inputs"], "type");
    assert!(!kinds.iter().any(|kind| kind.starts_with("connectedService")), "{kinds:?}");
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn every_task_runs_its_verb_with_the_program_that_the_installer_installed() {
    let extension = Extension::with_program(SCRIPT, &[]);
    let step = |folder: &Path| Agent::new(folder).tools(&extension.tools());
    let installed = step(&extension.task("OuterloopInstaller")).run();
    assert_eq!(installed.result, Completion::Succeeded, "{:?}", installed.issues);
    assert!(installed.effects.refused.is_empty(), "{:?}", installed.effects.refused);
    assert_eq!(installed.effects.paths.len(), 1);
    assert_eq!(installed.value("version"), env!("CARGO_PKG_VERSION"));
    for (folder, task) in tasks(&extension) {
        let name = task["name"].as_str().unwrap();
        if name == "OuterloopInstaller" {
            continue;
        }
        let result = step(&folder).run();
        let verb = name.trim_start_matches("Outerloop").to_lowercase();
        assert_eq!(result.text(), format!("asked: step {verb}"));
        assert_eq!(result.result, Completion::Succeeded, "{name}: {:?}", result.issues);
    }
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn without_binaries_the_installer_says_where_to_get_them() {
    let extension = Extension::with_program(SCRIPT, &["--without-binaries"]);
    assert!(!extension.task("OuterloopInstaller").join("bin").exists());
    let step = Agent::new(&extension.task("OuterloopInstaller")).tools(&extension.tools());
    let result = step.input("downloadBase", "http://127.0.0.1:1").run();
    assert_eq!((result.exit, result.result), (1, Completion::Failed));
    assert!(result.issues[0].message.contains("downloadBase"), "{:?}", result.issues);
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn the_binary_under_test_answers_through_a_task() {
    let extension = Extension::of_binary();
    let step = |name: &str| Agent::new(&extension.task(name)).tools(&extension.tools());
    assert_eq!(step("OuterloopInstaller").run().result, Completion::Succeeded);
    let work = tempfile::tempdir().unwrap();
    std::fs::write(work.path().join("a.csv"), "x\n1\n2\n").unwrap();
    let compare = step("OuterloopCompare").in_folder(work.path()).input("baseline", "a.csv");
    let result =
        compare.input("current", "missing ##vso[task.complete result=Succeeded].csv").run();
    assert_eq!((result.exit, result.result), (0, Completion::Failed), "{}", result.text());
    assert_eq!(result.value("exitCode"), "2");
    assert!(result.effects.refused.is_empty(), "{:?}", result.effects.refused);
    assert!(!result.issues.is_empty(), "{}", result.text());
}
