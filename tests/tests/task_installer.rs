//! How the installer task of Azure Pipelines puts the binary on an agent: `tasks/shim/install.js`.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use outerloop_tests::agent::{AgentResult, Completion};
use outerloop_tests::fake::{Fault, Reply, Rule};
use outerloop_tests::release::{Release, VERSION, sum};
use outerloop_tests::task::{Task, machine};

fn installer() -> Task {
    Task::new("OuterloopInstaller", &["version", "path"])
}

/// An installer that carries this machine's program.
fn carrying() -> Task {
    let task = installer();
    let program = Release::program(machine().0);
    task.pin(program.as_bytes(), b"");
    task.write(&carried(), program.as_bytes());
    task
}

fn carried() -> std::path::PathBuf {
    Path::new("bin").join(machine().0).join("outerloop")
}

/// An installer whose program is in a release.
fn downloading(release: &Release) -> Task {
    let task = installer();
    let archive = release.server.state().0[&archive_name()].clone();
    task.pin(Release::program(machine().0).as_bytes(), &archive);
    task
}

fn archive_name() -> String {
    format!("outerloop-{VERSION}-{}.tar.gz", machine().0)
}

#[track_caller]
fn installs(task: &Task, result: &AgentResult) {
    assert_eq!((result.exit, result.result), (0, Completion::Succeeded), "{:?}", result.issues);
    let file = task.cached();
    let folder = file.parent().unwrap().display().to_string();
    assert_eq!(result.effects.paths, [folder]);
    assert_eq!(result.value("version"), VERSION);
    assert_eq!(result.value("path"), file.display().to_string());
    assert!(result.effects.refused.is_empty(), "{:?}", result.effects.refused);
    let out = std::process::Command::new(&file).arg("--version").output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&out.stdout), format!("outerloop {VERSION}\n"));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o755);
    let names = std::fs::read_dir(file.parent().unwrap()).unwrap().count();
    assert_eq!(names, 1, "something is left beside {}", file.display());
}

#[track_caller]
fn refuses(task: &Task, result: &AgentResult, words: &[&str]) {
    assert_eq!((result.exit, result.result), (1, Completion::Failed));
    assert!(!task.cached().exists());
    assert!(result.effects.paths.is_empty() && result.variables.is_empty());
    for word in words {
        assert!(result.issues[0].message.contains(word), "{word}: {:?}", result.issues);
    }
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn the_carried_program_is_installed_once() {
    let task = carrying();
    let first = task.step().run();
    installs(&task, &first);
    let written = std::fs::metadata(task.cached()).unwrap().modified().unwrap();
    let second = task.step().run();
    installs(&task, &second);
    assert!(second.text().contains("already"), "{}", second.text());
    assert_eq!(std::fs::metadata(task.cached()).unwrap().modified().unwrap(), written);
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn a_damaged_program_is_replaced() {
    let task = carrying();
    installs(&task, &task.step().run());
    std::fs::write(task.cached(), "#!/bin/sh\necho evil\n").unwrap();
    let again = task.step().run();
    installs(&task, &again);
    assert!(again.text().contains("replacing"), "{}", again.text());
    std::fs::set_permissions(task.cached(), PermissionsExt::from_mode(0o644)).unwrap();
    installs(&task, &task.step().run());
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn a_carried_program_that_was_changed_is_refused() {
    let task = carrying();
    task.write(&carried(), b"#!/bin/sh\necho evil\n");
    let expected = sum(Release::program(machine().0).as_bytes());
    refuses(&task, &task.step().run(), &["refused", &expected]);
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn a_program_that_does_not_run_here_is_not_installed() {
    let task = installer();
    let program = b"#!/bin/sh\necho 'GLIBC_9.9 not found' >&2\nexit 1\n";
    task.pin(program, b"");
    task.write(&carried(), program);
    let result = task.step().run();
    refuses(&task, &result, &["does not run on this machine", "OUTERLOOP_BIN"]);
    assert!(result.text().contains("GLIBC_9.9"), "{}", result.text());
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn what_is_not_carried_is_downloaded_and_tried_again() {
    let release = Release::new();
    let task = downloading(&release);
    release.server.inject(Rule::next(Fault::CutBefore));
    release.server.inject(Rule::next(Fault::Instead(Reply::empty(503))));
    let base = format!("{}/mirror/", release.server.url);
    installs(&task, &task.step().input("downloadBase", &base).run());
    let asked: Vec<_> = release.server.take_calls().iter().map(|call| call.line()).collect();
    assert_eq!(asked, vec![format!("GET /mirror/{}", archive_name()); 3]);
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn a_download_with_another_checksum_is_refused() {
    let release = Release::new();
    let task = downloading(&release);
    let files = &release.server;
    files.state().0.insert(archive_name(), b"something else".to_vec());
    let step = task.step().input("downloadBase", &files.url);
    refuses(&task, &step.run(), &["refused", &sum(b"something else")]);
    files.state().0.clear();
    files.take_calls();
    refuses(&task, &step.run(), &["404", "downloadBase"]);
    assert_eq!(files.take_calls().len(), 1);
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn an_archive_without_the_program_is_refused() {
    let release = Release::new();
    let task = installer();
    let other = if machine().0.contains("linux") {
        "x86_64-apple-darwin"
    } else {
        "x86_64-unknown-linux-gnu"
    };
    let mut state = release.server.state();
    let archive = state.0[&format!("outerloop-{VERSION}-{other}.tar.gz")].clone();
    task.pin(Release::program(machine().0).as_bytes(), &archive);
    state.0.insert(archive_name(), archive);
    drop(state);
    let result = task.step().input("downloadBase", &release.server.url).run();
    refuses(&task, &result, &["the archive has no"]);
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn two_jobs_at_once_share_a_tool_cache() {
    let task = carrying();
    let running: Vec<_> = (0..4).map(|_| task.step().start()).collect();
    for step in running {
        installs(&task, &step.wait());
    }
}

#[test]
#[ignore = "needs Node 20 or newer"]
fn a_mirrors_password_is_not_shown() {
    let release = Release::new();
    let task = downloading(&release);
    let base = release.server.url.replace("//", "//acme:hunter%402@");
    let result = task.step().input("downloadBase", &base).run();
    installs(&task, &result);
    let all = format!("{}{:?}", result.text(), result.effects.commands);
    assert!(!all.contains("hunter"), "{all}");
    let calls = release.server.take_calls();
    assert_eq!(calls[0].header("authorization"), Some("Basic YWNtZTpodW50ZXJAMg=="));
    let task = downloading(&release);
    let result = task.step().input("downloadBase", "http://acme:hunter2@127.0.0.1:1/x").run();
    refuses(&task, &result, &["http://127.0.0.1:1/x"]);
    let all = format!("{}{:?}", result.text(), result.effects.commands);
    assert!(!all.contains("hunter"), "{all}");
}
