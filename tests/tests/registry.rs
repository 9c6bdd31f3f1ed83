//! The registry through the binary: over a remote, from a shallow clone, without rights, and when
//! somebody wrote into it by hand.

use std::process::Command;

use outerloop_tests::Workshop;

fn with_remote() -> (Workshop, tempfile::TempDir) {
    let remote = tempfile::tempdir().expect("a temporary folder");
    let bare = remote.path().join("remote.git");
    let workshop = Workshop::new();
    let path = bare.to_str().expect("UTF-8");
    workshop.git(&["init", "--quiet", "--bare", "-b", "main", path]);
    workshop.git(&["remote", "add", "origin", &format!("file://{path}")]);
    workshop.git(&["push", "--quiet", "origin", "main"]);
    (workshop, remote)
}

#[test]
fn a_version_is_registered_once_and_promoted_with_compare_and_swap() {
    let (workshop, _remote) = with_remote();
    let first = workshop.register("acme", "one").exits(0).json();
    assert_eq!((&first["version"], &first["created"]), (&"1.0.0".into(), &true.into()));
    let again = workshop.register("acme", "one").exits(0).json();
    assert_eq!((&again["version"], &again["created"]), (&"1.0.0".into(), &false.into()));
    let second = workshop.register("acme", "two").exits(0).json();
    assert_eq!(second["ref"], "acme@1.1.0");

    let promote = |version: &str, expect: &str| {
        workshop.run(&["promote", version, "--to", "champion", "--expect", expect, "--json"])
    };
    promote("acme@1.0.0", "none").exits(0);
    promote("acme@1.1.0", "none").exits(1).says("hint:");
    let moved = promote("acme@1.1.0", "acme@1.0.0").exits(0).json();
    assert_eq!(moved["previous"], "acme@1.0.0");

    let history = workshop.run(&["history", "acme", "--verify", "--json"]).exits(0).json();
    assert_eq!(history["verified"], true);
    assert_eq!(history["events"].as_array().map(Vec::len), Some(4));
}

#[test]
fn another_clone_sees_it_even_a_shallow_one_with_a_detached_head() {
    let (workshop, remote) = with_remote();
    workshop.register("acme", "one").exits(0);
    let url = format!("file://{}", remote.path().join("remote.git").display());
    let clone = Workshop::new();
    clone.git(&["clone", "--quiet", "--depth", "1", &url, "shallow"]);
    clone.git(&["-C", "shallow", "checkout", "--quiet", "--detach"]);
    let mut show = clone.command(&["show", "acme", "--json"]);
    let shown = Workshop::ran(show.current_dir(clone.path().join("shallow"))).exits(0).json();
    assert_eq!(shown["models"][0]["name"], "acme");
}

#[test]
fn a_version_never_gets_another_package() {
    let workshop = Workshop::new();
    workshop.register("acme", "one").exits(0);
    workshop.write("model.bin", "two");
    workshop.run(&["package", "--model", "model.bin"]).exits(0);
    workshop
        .run(&["register", "--name", "acme", "--version", "1.0.0"])
        .exits(2)
        .says("1.0.0")
        .says("hint:");
    let shown = workshop.run(&["show", "acme", "--json"]).json();
    assert_eq!(shown["models"][0]["versions"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_was_not_registered_cannot_be_promoted() {
    let workshop = Workshop::new();
    workshop.register("acme", "one").exits(0);
    workshop
        .run(&["promote", "acme@9.9.9", "--to", "champion"])
        .exits(2)
        .says("9.9.9")
        .says("hint:");
    workshop.run(&["promote", "other@1.0.0", "--to", "champion"]).exits(2).says("other");
}

#[test]
fn a_rewritten_remote_is_noticed() {
    let (workshop, _remote) = with_remote();
    workshop.register("acme", "one").exits(0);
    workshop.register("acme", "two").exits(0);
    let head = workshop.git(&["rev-parse", "refs/outerloop/registry~1"]);
    workshop.git(&[
        "push",
        "--quiet",
        "--force",
        "origin",
        &format!("{head}:refs/outerloop/registry"),
    ]);
    workshop.register("acme", "three").exits(3).says("rewritten");
}

#[test]
fn an_edited_state_does_not_verify() {
    let workshop = Workshop::new();
    workshop.register("acme", "one").exits(0);
    workshop.git(&["read-tree", "refs/outerloop/registry"]);
    workshop.git(&["rm", "--quiet", "--cached", "models/acme/versions/1.0.0.json"]);
    let tree = workshop.git(&["write-tree"]);
    let parent = workshop.git(&["rev-parse", "refs/outerloop/registry"]);
    let commit = workshop.git(&["commit-tree", &tree, "-p", &parent, "-m", "tidy up"]);
    workshop.git(&["update-ref", "refs/outerloop/registry", &commit]);
    let verified = workshop.run(&["history", "acme", "--verify", "--json"]);
    assert_eq!(verified.code, 3, "{verified:?}");
}

#[test]
fn bytes_that_were_changed_are_refused() {
    let workshop = Workshop::new();
    let digest = workshop.register("acme", "one").exits(0).json()["digest"].clone();
    assert!(digest.is_string());
    let blob = find_blob(workshop.path(), b"one");
    std::fs::write(blob, "two").expect("writes");
    workshop.run(&["pull", "acme@1.0.0", "--out", "there"]).exits(3).says("sha256:");
    assert!(!workshop.path().join("there").exists(), "nothing is left behind");
}

fn find_blob(folder: &std::path::Path, content: &[u8]) -> std::path::PathBuf {
    let out = Command::new("find")
        .args([folder.join(".outerloop/store").as_os_str(), "-type".as_ref(), "f".as_ref()])
        .output()
        .expect("find runs");
    let listed = String::from_utf8_lossy(&out.stdout).into_owned();
    let mut blobs = listed.lines().map(std::path::PathBuf::from);
    blobs.find(|p| std::fs::read(p).is_ok_and(|b| b == content)).expect("the blob is stored")
}

#[test]
fn without_git_it_says_so() {
    let workshop = Workshop::new();
    workshop.git(&["remote", "add", "origin", "file:///nowhere/acme.git"]);
    workshop.write("model.bin", "one");
    workshop.run(&["package", "--model", "model.bin"]).exits(0);
    let mut command = workshop.command(&["register", "--name", "acme"]);
    let ran = Workshop::ran(command.env("PATH", "/nonexistent"));
    ran.exits(3).says("git").says("hint:");
}

#[test]
fn outside_a_repository_it_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let workshop = Workshop::new();
    let mut command = workshop.command(&["show"]);
    Workshop::ran(command.current_dir(folder.path())).exits(2).says("git init");
}
