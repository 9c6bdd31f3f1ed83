//! Every workflow, action and pipeline that this repository ships, held to the linters of both
//! hosts.

use std::path::{Path, PathBuf};

use outerloop_tests::programs::{node_script, output, pipeline_schema, program};
use outerloop_tests::{Workshop, repository_file};

/// Files below `folder` (relative to the repository) that end with one of `endings`, sorted.
fn files(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![repository_file(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn workflows() -> Vec<PathBuf> {
    let mut all = files("examples/employment/.github/workflows", &[".yml"]);
    all.extend(files(".github/workflows", &[".yml"]));
    all
}

fn names(paths: &[PathBuf]) -> Vec<String> {
    let name = |path: &PathBuf| path.file_name().map(|n| n.to_string_lossy().into_owned());
    paths.iter().filter_map(name).collect()
}

/// Runs actionlint on the workflows in `folder`, as the root of a repository of its own.
fn actionlint(folder: &Path) -> outerloop_tests::Ran {
    let root = tempfile::tempdir().unwrap();
    let workflows = root.path().join(".github/workflows");
    std::fs::create_dir_all(root.path().join(".git")).unwrap();
    std::fs::create_dir_all(&workflows).unwrap();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        std::fs::copy(entry.path(), workflows.join(entry.file_name())).unwrap();
        count += 1;
    }
    assert!(count > 0, "{} is empty", folder.display());
    output(program("actionlint").arg("-oneline").current_dir(root.path()))
}

#[test]
#[ignore = "needs actionlint: run cargo xtask test"]
fn actionlint_finds_nothing_in_any_workflow() {
    for folder in ["examples/employment/.github/workflows", ".github/workflows"] {
        let ran = actionlint(&repository_file(folder));
        assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{folder}: {}", ran.stderr);
    }
}

#[test]
#[ignore = "needs actionlint: run cargo xtask test"]
fn actionlint_would_find_something() {
    let folder = tempfile::tempdir().unwrap();
    let text = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{run: 'echo ${{ github.nothing }}'}]\n";
    std::fs::write(folder.path().join("broken.yml"), text).unwrap();
    let ran = actionlint(folder.path());
    assert!(ran.code == 1 && ran.stdout.contains("nothing"), "{}{}", ran.stdout, ran.stderr);
}

#[test]
#[ignore = "needs actionlint, zizmor, Node: run cargo xtask test"]
fn what_init_writes_passes_the_same_linters() {
    let workshop = Workshop::new();
    workshop.git(&["branch", "--move", "trunk"]);
    workshop.write("dvc.yaml", "stages: {}\n");
    workshop.write("outerloop.yaml", "model: churn\nendpoints:\n  live: {}\n");
    for host in ["github", "azure-pipelines"] {
        let json = workshop.run(&["init", "--host", host, "--json"]).exits(0).json();
        assert!(json["files"].as_array().is_some_and(|files| files.len() > 5), "{json}");
    }
    let folder = workshop.path().join(".github/workflows");
    let text = std::fs::read_to_string(folder.join("train-and-deploy.yml")).unwrap();
    assert!(text.contains("branches: [trunk]") && text.contains("dvc repro"), "{text}");
    let linted = actionlint(&folder);
    assert_eq!((linted.code, linted.stdout.as_str()), (0, ""), "{}", linted.stderr);
    let audited = output(&mut zizmor(&[folder]));
    assert_eq!(audited.code, 0, "{}\n{}", audited.stdout, audited.stderr);
    let pipelines: Vec<_> = std::fs::read_dir(workshop.path().join("azure-pipelines"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let checked = check_pipelines(&repository_file("tasks"), &pipelines);
    assert_eq!((checked.code, checked.stdout.as_str()), (0, ""), "{}", checked.stderr);
}

#[test]
#[ignore = "needs zizmor: run cargo xtask test"]
fn zizmor_finds_nothing_in_any_workflow_or_action() {
    let root = repository_file(".").canonicalize().unwrap();
    // Below `.` it reads the repository's own workflows and every action, but no example's.
    let inputs = [".", "examples/employment/.github/workflows"].map(PathBuf::from);
    let ran = output(zizmor(&inputs).current_dir(&root));
    assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
    let mut shipped = workflows();
    shipped.extend(files("actions", &["action.yml"]));
    shipped.push(repository_file("action.yml"));
    for file in shipped {
        let name = file.canonicalize().unwrap();
        let name = name.strip_prefix(&root).unwrap().display().to_string();
        assert!(ran.stderr.contains(&format!("{name}\n")), "{name} was not read: {}", ran.stderr);
    }
}

#[test]
#[ignore = "needs zizmor: run cargo xtask test"]
fn zizmor_would_find_something() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken.yml");
    let text = "on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{uses: actions/checkout@v4}]\n";
    std::fs::write(&file, text).unwrap();
    let ran = output(&mut zizmor(&[file]));
    assert!(ran.code > 10 && ran.stdout.contains("dangerous-triggers"), "{}", ran.stdout);
}

fn zizmor(inputs: &[PathBuf]) -> std::process::Command {
    let mut command = program("zizmor");
    command
        .args(["--offline", "--no-progress", "--strict-collection", "--persona=auditor"])
        .arg("--config")
        .arg(repository_file("zizmor.yml").canonicalize().unwrap())
        .args(inputs);
    command
}

fn check_pipelines(tasks: &Path, pipelines: &[PathBuf]) -> outerloop_tests::Ran {
    let mut command = node_script("check-pipelines.js");
    output(command.arg(pipeline_schema()).arg(tasks).args(pipelines))
}

#[test]
#[ignore = "needs Node and npm packages: run cargo xtask test"]
fn every_pipeline_is_valid_with_our_tasks() {
    let pipelines = files("examples/employment/azure-pipelines", &[".yml"]);
    assert!(names(&pipelines).contains(&"train-and-deploy.yml".to_owned()), "{pipelines:?}");
    let ran = check_pipelines(&repository_file("tasks"), &pipelines);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
}

#[test]
#[ignore = "needs Node and npm packages: run cargo xtask test"]
fn a_pipeline_with_an_unknown_input_is_found_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken.yml");
    let text =
        "pool: models\nsteps:\n  - task: OuterloopDeploy@0\n    inputs:\n      endpont: prod\n";
    std::fs::write(&file, text).unwrap();
    let ran = check_pipelines(&repository_file("tasks"), &[file]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("broken.yml:5: Unexpected property endpont"), "{}", ran.stdout);
}

#[test]
fn nothing_is_taken_from_others_without_a_full_hash() {
    for file in workflows().iter().chain(&files("actions", &["action.yml"])) {
        let text = std::fs::read_to_string(file).unwrap();
        for line in text.lines() {
            let Some((_, action)) = line.split_once("uses: ") else { continue };
            let own = action.starts_with("./") || action.starts_with("acme/outerloop/");
            let hash = action.split_once('@').map(|(_, rest)| &rest[..rest.len().min(40)]);
            let pinned =
                hash.is_some_and(|h| h.len() == 40 && h.chars().all(|c| c.is_ascii_hexdigit()));
            assert!(own || pinned, "{}: {line}", file.display());
            assert!(own || action.contains(" # v"), "{}: no version beside {line}", file.display());
        }
    }
}

#[test]
fn no_workflow_runs_a_pull_requests_code_with_rights_or_expands_text_into_a_shell() {
    for file in workflows() {
        let text = std::fs::read_to_string(&file).unwrap();
        let shown = file.display();
        assert!(!text.contains("pull_request_target"), "{shown}");
        assert!(text.contains("\npermissions: {}\n"), "{shown} grants rights to all of its jobs");
        assert!(text.contains("\nconcurrency:\n"), "{shown}");
        for job in text.split("runs-on:").skip(1) {
            assert!(job.contains("timeout-minutes:"), "{shown}: a job without a limit");
        }
        let mut run = false;
        for line in text.lines() {
            let indented = line.trim_start();
            let starts = indented.starts_with("run:") || indented.starts_with("- run:");
            run = starts || (run && !indented.starts_with("- ") && !indented.contains(": "));
            assert!(!(run && line.contains("${{")), "{shown}: {line}");
        }
    }
}
