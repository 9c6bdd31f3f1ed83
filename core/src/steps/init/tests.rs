//! What `init` writes, in folders of all kinds.

use std::fs;
use std::path::Path;

use super::survey::Survey;
use super::{InitInput, Workflows, run};
use crate::config::load::FILE_NAME;
use crate::domain::error::ErrorKind;

const BOTH: [Workflows; 2] = [Workflows::GitHub, Workflows::AzurePipelines];

fn input(folder: &Path, workflows: Option<Workflows>) -> InitInput {
    InitInput { folder: folder.to_owned(), name: None, workflows }
}

fn repository(branch: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    fs::write(folder.path().join(".git/HEAD"), format!("ref: refs/heads/{branch}\n")).unwrap();
    folder
}

fn example() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/employment")
}

#[test]
fn what_is_written_loads_and_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let named = InitInput { name: Some("acme".to_owned()), ..input(folder.path(), None) };
    assert_eq!(run(&named).unwrap().files.len(), 1);
    let model = || {
        let config = crate::config::load_from(&folder.path().join(FILE_NAME)).unwrap();
        config.require_model().unwrap().to_string()
    };
    assert_eq!(model(), "acme");
    let other = InitInput { name: Some("other".to_owned()), ..input(folder.path(), None) };
    let again = run(&other).unwrap();
    assert_eq!((again.files.len(), again.kept.len()), (0, 1));
    assert_eq!(model(), "acme");
}

#[test]
fn for_the_example_the_examples_own_workflows_are_written() {
    let survey = Survey { branch: "main".to_owned(), ..Survey::of(&example(), None).unwrap() };
    for workflows in BOTH {
        for (path, text) in workflows.templates() {
            assert_eq!(workflows.adapt(text, &survey), *text, "{path}");
        }
    }
}

#[test]
fn every_workflow_of_the_example_is_written() {
    let folders = [(BOTH[0], ".github/workflows"), (BOTH[1], "azure-pipelines")];
    for (workflows, below) in folders {
        let mut there: Vec<String> = fs::read_dir(example().join(below))
            .unwrap()
            .map(|entry| format!("{below}/{}", entry.unwrap().file_name().to_string_lossy()))
            .collect();
        there.sort();
        let mut written: Vec<_> = workflows.templates().iter().map(|(path, _)| *path).collect();
        written.sort_unstable();
        assert_eq!(written, there);
    }
}

#[test]
fn workflows_fit_what_is_found() {
    let folder = repository("trunk");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("dvc.yaml", "stages: {}\n");
    write("pyproject.toml", "[project]\n");
    write(FILE_NAME, "model: churn\nendpoints:\n  live: {}\n");
    fs::create_dir(folder.path().join("src")).unwrap();
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();

    let done = run(&input(folder.path(), Some(Workflows::GitHub))).unwrap();
    assert_eq!((done.files.len(), done.kept.len()), (8, 1), "{done:?}");
    let text = read(".github/workflows/train-and-deploy.yml");
    for expected in [
        "branches: [trunk]",
        "paths: [dvc.yaml, pyproject.toml, outerloop.yaml, \"src/**\"]",
        "run: dvc repro\n",
        "run: pip install .\n",
        "endpoint: live",
    ] {
        assert!(text.contains(expected), "`{expected}` is not in\n{text}");
    }
    assert!(!text.contains("train.sh"), "{text}");
    assert!(done.next.iter().any(|step| step.contains("score.py")), "{:?}", done.next);

    run(&input(folder.path(), Some(Workflows::AzurePipelines))).unwrap();
    let text = read("azure-pipelines/train-and-deploy.yml");
    for expected in [
        "include: [trunk]",
        "include: [dvc.yaml, pyproject.toml, outerloop.yaml, src]",
        "default: churn",
        "script: dvc repro\n",
    ] {
        assert!(text.contains(expected), "`{expected}` is not in\n{text}");
    }
}

#[test]
fn without_python_packages_nothing_of_python_is_prepared() {
    let folder = repository("main");
    fs::write(folder.path().join("train.sh"), "").unwrap();
    for workflows in BOTH {
        for file in run(&input(folder.path(), Some(workflows))).unwrap().files {
            let text = fs::read_to_string(&file).unwrap();
            for word in ["setup-python", "UsePythonVersion", "pip install"] {
                assert!(!text.contains(word), "{file} has `{word}`\n{text}");
            }
        }
    }
}

#[test]
fn a_workflow_that_is_there_is_left_alone_and_named() {
    let folder = repository("main");
    let mine = folder.path().join(".github/workflows/monitor.yml");
    fs::create_dir_all(mine.parent().unwrap()).unwrap();
    fs::write(&mine, "mine").unwrap();
    let done = run(&input(folder.path(), Some(Workflows::GitHub))).unwrap();
    assert_eq!(done.kept, [mine.display().to_string()]);
    assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
    let again = run(&input(folder.path(), Some(Workflows::GitHub))).unwrap();
    assert!(again.files.is_empty() && again.kept.len() == 9, "{again:?}");
}

#[test]
fn the_server_of_origin_says_which_workflows_fit() {
    for (address, expected) in [
        ("https://github.com/acme/models.git", Some("--host github,")),
        ("git@github.acme.example:acme/models.git", Some("--host github,")),
        ("https://dev.azure.com/acme/m/_git/m", Some("--host azure-pipelines,")),
        ("https://git.acme.example/models.git", None),
    ] {
        let folder = repository("main");
        let config = format!(
            "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = {address}\n[branch \"main\"]\n"
        );
        fs::write(folder.path().join(".git/config"), config).unwrap();
        let next = run(&input(folder.path(), None)).unwrap().next;
        let told = next.iter().any(|step| expected.is_some_and(|words| step.contains(words)));
        assert_eq!(told, expected.is_some(), "{address}: {next:?}");
    }
}

#[test]
fn all_files_are_written_or_none() {
    let folder = repository("main");
    fs::write(folder.path().join(".github"), "a file where a folder is needed").unwrap();
    run(&input(folder.path(), Some(Workflows::GitHub))).unwrap_err();
    assert!(!folder.path().join(FILE_NAME).exists(), "half of it was written");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn below_the_root_of_a_repository_workflows_would_not_be_read() {
    let folder = repository("main");
    let below = folder.path().join("models/churn");
    fs::create_dir_all(&below).unwrap();
    let error = run(&input(&below, Some(Workflows::GitHub))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert_eq!(run(&input(&below, None)).unwrap().files.len(), 1);
}
