//! Real repositories for the tests, made with the `git` program.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use super::{GitRegistry, Options, RemoteChoice};
use crate::adapters::clock::SystemClock;
use crate::domain::digest::Digest;
use crate::domain::package::Format;
use crate::domain::version::Bump;
use crate::ports::registry::{Origin, Registration, Registry, Wanted};

/// The registry's reference.
pub const REFERENCE: &str = "refs/outerloop/registry";

/// Runs `git` in `folder`, without the configuration of this machine's user, and gives its
/// standard output.
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_AUTHOR_NAME", "ada")
        .env("GIT_AUTHOR_EMAIL", "ada@example.org")
        .env("GIT_COMMITTER_NAME", "ada")
        .env("GIT_COMMITTER_EMAIL", "ada@example.org")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "git {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A folder with a bare remote that has one commit on `main`.
pub fn remote() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let work = folder.path().join("work");
    git(folder.path(), &["init", "-q", "-b", "main", "work"]);
    std::fs::write(work.join("train.py"), "print('acme')\n").unwrap();
    git(&work, &["add", "."]);
    git(&work, &["commit", "-q", "-m", "first"]);
    git(folder.path(), &["clone", "-q", "--bare", "work", "remote.git"]);
    let bare = folder.path().join("remote.git");
    (folder, bare)
}

/// A clone of `remote` over `file://`, beside it.
pub fn clone(remote: &Path, name: &str, options: &[&str]) -> PathBuf {
    let url = format!("file://{}", remote.display());
    let mut arguments = vec!["clone", "-q"];
    arguments.extend(options);
    arguments.extend([url.as_str(), name]);
    let beside = remote.parent().unwrap();
    git(beside, &arguments);
    beside.join(name)
}

/// The registry of the repository at `folder`.
pub fn open(folder: &Path) -> GitRegistry {
    GitRegistry::open(folder, Options::default(), Arc::new(SystemClock)).unwrap()
}

/// The registry of the repository at `folder`, with another remote.
pub fn open_with(folder: &Path, remote: RemoteChoice) -> GitRegistry {
    let options = Options { remote, ..Options::default() };
    GitRegistry::open(folder, options, Arc::new(SystemClock)).unwrap()
}

/// A package of the model `acme`.
pub fn package(content: &str) -> Registration {
    Registration {
        model: "acme".parse().unwrap(),
        wanted: Wanted::Next(Bump::Minor),
        digest: Digest::of(content.as_bytes()),
        uri: format!("file:///store/{content}"),
        format: Format::Onnx,
        bytes: 1,
        commit: None,
        origin: Origin { actor: "ada".to_owned(), ..Origin::default() },
    }
}

/// Versions of `acme`, as the registry shows them.
pub fn versions(registry: &GitRegistry) -> Vec<String> {
    let model = registry.model(&"acme".parse().unwrap()).unwrap();
    model.versions.iter().map(|record| record.version.to_string()).collect()
}
