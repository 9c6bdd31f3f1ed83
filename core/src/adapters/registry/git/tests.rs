//! The promises of the port over real repositories, and what only git can do to a registry.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::fixture::{REFERENCE, clone, git, open, open_with, package, remote, versions};
use super::{GitRegistry, Options, RemoteChoice};
use crate::adapters::clock::SystemClock;
use crate::conformance::registry::run_all;
use crate::domain::error::{Error, ErrorKind};
use crate::ports::registry::{Expected, Origin, Promotion, Registration, Registry};

fn leak(folder: tempfile::TempDir, kept: &std::cell::RefCell<Vec<tempfile::TempDir>>) {
    kept.borrow_mut().push(folder);
}

fn boxed(folders: Vec<PathBuf>) -> Vec<Box<dyn Registry>> {
    folders.iter().map(|folder| Box::new(open(folder)) as Box<dyn Registry>).collect()
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> Error {
    let error = result.unwrap_err();
    assert!(error.hint_text().is_some(), "no hint: {error}");
    error
}

fn promotion(version: &str) -> Promotion {
    Promotion {
        model: "acme".parse().unwrap(),
        alias: "champion".parse().unwrap(),
        version: version.parse().unwrap(),
        expected: Expected::Current,
        origin: Origin { actor: "ada".to_owned(), ..Origin::default() },
    }
}

#[test]
fn a_local_repository_keeps_the_promises() {
    let kept = std::cell::RefCell::default();
    run_all(&|handles| {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-q"]);
        let registries = boxed(vec![folder.path().to_owned(); handles]);
        leak(folder, &kept);
        registries
    });
}

#[test]
fn clones_of_a_bare_remote_keep_the_promises() {
    let kept = std::cell::RefCell::default();
    run_all(&|handles| {
        let (folder, bare) = remote();
        let clones = (0..handles).map(|i| clone(&bare, &format!("clone-{i}"), &[])).collect();
        leak(folder, &kept);
        boxed(clones)
    });
}

#[test]
fn sixteen_clones_at_once_all_get_through() {
    let (_folder, bare) = remote();
    let clones: Vec<GitRegistry> =
        (0..16).map(|i| open(&clone(&bare, &format!("clone-{i}"), &[]))).collect();
    std::thread::scope(|scope| {
        for (i, registry) in clones.iter().enumerate() {
            scope.spawn(move || {
                for j in 0..2 {
                    registry.register(&package(&format!("{i} {j}"))).unwrap();
                }
            });
        }
    });
    let expected: Vec<String> = (0..32).map(|i| format!("1.{i}.0")).collect();
    assert_eq!(versions(&clones[3]), expected);
    let verification = clones[5].verify().unwrap();
    assert!(verification.verified && verification.events == 32, "{:?}", verification.problems);
}

#[test]
fn processes_that_share_a_clone_all_get_through() {
    let (_folder, bare) = remote();
    let here = clone(&bare, "here", &[]);
    let handles: Vec<GitRegistry> = (0..4).map(|_| open(&here)).collect();
    std::thread::scope(|scope| {
        for (i, registry) in handles.iter().enumerate() {
            scope.spawn(move || {
                for j in 0..4 {
                    registry.register(&package(&format!("{i} {j}"))).unwrap();
                }
            });
        }
    });
    assert_eq!(versions(&handles[0]).len(), 16);
    assert!(handles[1].verify().unwrap().verified);
}

#[test]
fn any_kind_of_checkout_will_do() {
    let (folder, bare) = remote();
    git(&bare, &["config", "uploadpack.allowFilter", "true"]);
    let first = clone(&bare, "plain", &[]);
    open(&first).register(&package("a")).unwrap();

    let shallow = clone(&bare, "shallow", &["--depth", "1"]);
    let partial = clone(&bare, "partial", &["--no-checkout", "--filter=blob:none"]);
    let detached = clone(&bare, "detached", &[]);
    git(&detached, &["checkout", "-q", "--detach"]);
    git(&detached, &["worktree", "add", "-q", "--detach", "../linked"]);
    let linked = folder.path().join("linked");
    let inner = first.join("deep/inside");
    fs::create_dir_all(&inner).unwrap();
    let mirror = clone(&bare, "bare.git", &["--bare"]);

    for (i, checkout) in [shallow, partial, detached, linked, inner, mirror].iter().enumerate() {
        let registry = open(checkout);
        let outcome = registry.register(&package(&format!("from {i}"))).unwrap();
        assert_eq!(outcome.record.version.to_string(), format!("1.{}.0", i + 1));
        registry.check_writable().unwrap();
        assert_eq!(registry.history(&"acme".parse().unwrap()).unwrap().len(), i + 2);
    }
    assert!(open(&first).verify().unwrap().verified);
    assert_eq!(git(&first, &["status", "--porcelain"]), "", "the work tree is left alone");
}

#[test]
fn a_repository_without_a_user_name_will_do() {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q"]);
    let registry = open(folder.path());
    registry.register(&package("a")).unwrap();
    let author = git(folder.path(), &["log", "-1", "--format=%an %s", REFERENCE]);
    assert_eq!(author, "ada registered acme@1.0.0");
    git(folder.path(), &["fsck", "--strict", "--no-dangling"]);
}

#[test]
fn events_from_before_there_was_a_remote_are_pushed() {
    let (_folder, bare) = remote();
    let here = clone(&bare, "here", &[]);
    open_with(&here, RemoteChoice::None).register(&package("a")).unwrap();
    let registry = open(&here);
    assert_eq!(versions(&registry), ["1.0.0"]);
    registry.register(&package("a")).unwrap();
    assert_eq!(versions(&open(&clone(&bare, "there", &[]))), ["1.0.0"]);
}

#[test]
fn events_on_both_sides_are_a_conflict() {
    let (_folder, bare) = remote();
    let (here, there) = (clone(&bare, "here", &[]), clone(&bare, "there", &[]));
    open_with(&here, RemoteChoice::None).register(&package("a")).unwrap();
    open(&there).register(&package("b")).unwrap();
    let error = refused(open(&here).register(&package("c")));
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert_eq!(versions(&open(&there)), ["1.0.0"]);
}

#[test]
fn a_rewritten_remote_is_noticed() {
    let (_folder, bare) = remote();
    let (here, there) = (clone(&bare, "here", &[]), clone(&bare, "there", &[]));
    let registry = open(&here);
    registry.register(&package("a")).unwrap();
    registry.register(&package("b")).unwrap();
    assert_eq!(versions(&open(&there)), ["1.0.0", "1.1.0"]);

    git(&bare, &["update-ref", REFERENCE, &format!("{REFERENCE}~1")]);
    for seen in [&here, &there] {
        let error = refused(open(seen).models());
        assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
        assert!(error.to_string().contains("the registry on `origin` was rewritten"), "{error}");
    }
    let error = refused(registry.register(&package("c")));
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");

    git(&bare, &["update-ref", "-d", REFERENCE]);
    assert_eq!(refused(registry.models()).kind(), ErrorKind::Integrity);
    let hint = refused(registry.models()).hint_text().unwrap().to_owned();
    let command = hint.split('`').nth(1).unwrap().strip_prefix("git ").unwrap();
    git(&here, &command.split(' ').collect::<Vec<_>>());
    assert_eq!(versions(&registry), ["1.0.0", "1.1.0"], "the hint puts it back");
}

/// Commits `path` = `text` on the registry by hand, as somebody with a text editor would.
fn tamper(folder: &Path, path: &str, text: &str, message: &str) {
    fs::write(folder.join("tampered"), text).unwrap();
    let blob = git(folder, &["hash-object", "-w", "tampered"]);
    let index = folder.join("tamper.index");
    let run = |arguments: &[&str]| {
        let output = std::process::Command::new("git")
            .args(arguments)
            .current_dir(folder)
            .env("GIT_INDEX_FILE", &index)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    run(&["read-tree", REFERENCE]);
    run(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},{path}")]);
    let tree = run(&["write-tree"]);
    let commit = git(folder, &["commit-tree", &tree, "-p", REFERENCE, "-m", message]);
    git(folder, &["update-ref", REFERENCE, &commit]);
}

fn two_versions() -> (tempfile::TempDir, GitRegistry) {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q"]);
    let registry = open(folder.path());
    registry.register(&package("a")).unwrap();
    registry.register(&package("b")).unwrap();
    registry.promote(&promotion("1.0.0")).unwrap();
    assert!(registry.verify().unwrap().verified);
    (folder, registry)
}

#[test]
fn a_change_by_hand_is_found() {
    let head = |folder: &Path| git(folder, &["log", "-1", "--format=%B", REFERENCE]);
    type Case<'a> = (&'a str, &'a str, &'a dyn Fn(&Path) -> String, &'a str);
    let cases: [Case<'_>; 5] = [
        ("models/acme/aliases/champion", "1.1.0", &|_| "fix".to_owned(), "carries no event"),
        ("models/acme/aliases/champion", "1.1.0", &head, "is not what its events say"),
        ("models/evil/aliases/champion", "1.1.0", &head, "without an event of it"),
        ("README.md", "hello", &|_| "notes\n\nhello".to_owned(), "does not belong there"),
        ("models/acme/versions/9.9.9.json", "{}", &head, "is there without an event"),
    ];
    for (path, text, message, expected) in cases {
        let (folder, registry) = two_versions();
        tamper(folder.path(), path, text, &message(folder.path()));
        let verification = registry.verify().unwrap();
        assert!(!verification.verified);
        let found = verification.problems.iter().any(|problem| problem.contains(expected));
        assert!(found, "{path}: {:?}", verification.problems);
    }
}

#[test]
fn a_forged_event_is_found() {
    let forge = |change: &dyn Fn(String) -> String| {
        let (folder, registry) = two_versions();
        let last = git(folder.path(), &["log", "-1", "--format=%B", REFERENCE]);
        let text = git(folder.path(), &["show", &format!("{REFERENCE}:models/acme/model.json")]);
        tamper(folder.path(), "models/acme/model.json", &text, &change(last));
        registry.verify().unwrap().problems.join("\n")
    };
    let wrong_sequence = forge(&|last| last.replace("\"sequence\":3", "\"sequence\":7"));
    assert!(wrong_sequence.contains("is number 7 of acme, but number 4 comes next"));
    let wrong_title = forge(&|last| last.replacen("1.0.0", "1.1.0", 1));
    assert!(wrong_title.contains("has another title than its event"), "{wrong_title}");
    let spaced = forge(&|last| last.replace("\"sequence\":", "\"sequence\": "));
    assert!(spaced.contains("not in canonical form"), "{spaced}");
    let unregistered =
        forge(&|last| last.replace("\"version\":\"1.0.0\"", "\"version\":\"8.0.0\""));
    assert!(unregistered.contains("promotes 8.0.0, which was never registered"));
}

#[test]
fn a_damaged_object_is_a_problem_and_no_panic() {
    let (folder, registry) = two_versions();
    let id = git(folder.path(), &["rev-parse", &format!("{REFERENCE}~1")]);
    let path = folder.path().join(".git/objects").join(&id[..2]).join(&id[2..]);
    fs::remove_file(&path).unwrap();
    fs::write(&path, b"\x78\x01garbage").unwrap();
    let verification = registry.verify().unwrap();
    assert!(!verification.verified);
    assert!(verification.problems[0].contains("cannot be read"), "{:?}", verification.problems);
    let error = refused(registry.history(&"acme".parse().unwrap()));
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");

    let blob = git(folder.path(), &["rev-parse", &format!("{REFERENCE}:models/acme/model.json")]);
    let path = folder.path().join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    fs::remove_file(&path).unwrap();
    let error = refused(registry.model(&"acme".parse().unwrap()));
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
}

#[test]
fn a_reference_that_is_no_registry_is_an_integrity_error() {
    let (folder, registry) = two_versions();
    let file = folder.path().join(".git").join(REFERENCE);
    let head = fs::read_to_string(&file).unwrap();
    let blob = git(folder.path(), &["rev-parse", &format!("{REFERENCE}:models/acme/model.json")]);
    for text in ["garbage\n", &"7".repeat(40), &blob] {
        fs::write(&file, text).unwrap();
        for error in [refused(registry.models()), refused(registry.register(&package("c")))] {
            assert_eq!(error.kind(), ErrorKind::Integrity, "{text}: {error}");
        }
    }
    assert!(!registry.verify().unwrap().verified);
    fs::write(&file, head).unwrap();
    assert!(registry.verify().unwrap().verified);
}

#[test]
#[cfg(unix)]
fn a_remote_that_refuses_is_a_permission_error() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, bare) = remote();
    let here = clone(&bare, "here", &[]);
    let registry = open(&here);
    registry.register(&package("a")).unwrap();
    let hook = bare.join("hooks/pre-receive");
    fs::create_dir_all(bare.join("hooks")).unwrap();
    fs::write(&hook, "#!/bin/sh\necho 'this repository is read-only' >&2\nexit 1\n").unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let began = Instant::now();
    let error = refused(registry.register(&package("b")));
    assert_eq!(error.kind(), ErrorKind::Permission, "{error}");
    assert!(began.elapsed() < Duration::from_secs(20), "a refusal is not tried again");
    assert_eq!(versions(&registry), ["1.0.0"], "nothing was written here either");
    fs::remove_file(&hook).unwrap();
    git(&bare, &["config", "receive.hideRefs", "refs/outerloop"]);
    let error = refused(registry.register(&package("c")));
    assert_eq!(error.kind(), ErrorKind::Permission, "{error}");
}

#[test]
#[cfg(unix)]
fn a_token_that_may_only_read_is_found_before_anything_is_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, bare) = remote();
    let here = clone(&bare, "here", &[]);
    let registry = open(&here);
    registry.check_writable().unwrap();
    assert_eq!(git(&bare, &["for-each-ref", "refs/outerloop"]), "", "checking wrote something");
    let server = folder.path().join("receive-pack");
    fs::write(&server, "#!/bin/sh\necho 'ERROR: Permission to acme denied to bot.' >&2\nexit 1\n")
        .unwrap();
    fs::set_permissions(&server, fs::Permissions::from_mode(0o755)).unwrap();
    git(&here, &["config", "remote.origin.receivepack", server.to_str().unwrap()]);
    for error in [refused(registry.check_writable()), refused(registry.register(&package("a")))] {
        assert_eq!(error.kind(), ErrorKind::Permission, "{error}");
    }
    assert!(registry.models().unwrap().is_empty());
}

#[test]
fn a_remote_that_is_gone_is_unavailable() {
    let (_folder, bare) = remote();
    let here = clone(&bare, "here", &[]);
    let registry = open(&here);
    registry.register(&package("a")).unwrap();
    fs::rename(&bare, bare.with_extension("away")).unwrap();
    for error in [refused(registry.models()), refused(registry.register(&package("b")))] {
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    }
    git(&here, &["remote", "set-url", "origin", "http://127.0.0.1:9/acme.git"]);
    let error = refused(registry.models());
    assert!(error.kind() == ErrorKind::Unavailable && error.is_retryable(), "{error}");
}

#[test]
fn without_git_it_says_what_to_install() {
    let (_folder, bare) = remote();
    let here = clone(&bare, "here", &[]);
    let program = PathBuf::from("/nonexistent/git");
    let options = Options { program, ..Options::default() };
    let registry = GitRegistry::open(&here, options, Arc::new(SystemClock)).unwrap();
    let error = refused(registry.models());
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.hint_text().unwrap().contains("install git"));
}

#[test]
fn outside_a_repository_it_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let opened = GitRegistry::open(folder.path(), Options::default(), Arc::new(SystemClock));
    let error = refused(opened);
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.hint_text().unwrap().contains("git init"));
}

#[test]
#[cfg(unix)]
fn a_git_that_hangs_is_ended() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, bare) = remote();
    let here = clone(&bare, "here", &[]);
    let program = folder.path().join("slow-git");
    fs::write(&program, "#!/bin/sh\nexec sleep 60\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let options = Options { program, limit: Duration::from_millis(200), ..Options::default() };
    let registry = GitRegistry::open(&here, options, Arc::new(SystemClock)).unwrap();
    assert_eq!(refused(registry.models()).kind(), ErrorKind::Timeout);
}

#[test]
fn versions_and_aliases_are_mirrored_as_tags() {
    let (_folder, bare) = remote();
    let here = clone(&bare, "here", &[]);
    let options = Options { gto_tags: true, ..Options::default() };
    let registry = GitRegistry::open(&here, options, Arc::new(SystemClock)).unwrap();
    for content in ["a", "b"] {
        registry.register(&package(content)).unwrap();
        registry.register(&package(content)).unwrap();
    }
    for version in ["1.0.0", "1.1.0", "1.0.0"] {
        registry.promote(&promotion(version)).unwrap();
    }
    let tags = git(&bare, &["tag", "--list", "--format=%(refname:short) %(objecttype)"]);
    let expected = [
        "acme#champion#1 tag",
        "acme#champion#2 tag",
        "acme#champion#3 tag",
        "acme@v1.0.0 tag",
        "acme@v1.1.0 tag",
    ];
    assert_eq!(tags.lines().collect::<Vec<_>>(), expected);
    let head = git(&here, &["rev-parse", "HEAD"]);
    assert_eq!(git(&bare, &["rev-parse", "acme@v1.0.0^{commit}"]), head);

    let fresh = clone(&bare, "fresh", &["--depth", "1", "--no-tags"]);
    git(&fresh, &["checkout", "-q", "--orphan", "other"]);
    git(&fresh, &["commit", "-q", "-m", "unrelated"]);
    let options = Options { gto_tags: true, ..Options::default() };
    let registry = GitRegistry::open(&fresh, options, Arc::new(SystemClock)).unwrap();
    registry.register(&package("a")).unwrap();
    registry.promote(&promotion("1.1.0")).unwrap();
    assert_eq!(git(&bare, &["rev-parse", "acme#champion#4^{commit}"]), head);
    assert_eq!(git(&bare, &["rev-parse", "acme@v1.0.0^{commit}"]), head);
    assert_eq!(git(&fresh, &["tag", "--list", "acme@v1.0.0"]), "", "no tag of its own stays here");
}

/// Ten models with 500 versions each, in `folder`.
fn five_thousand(folder: &Path) {
    let registry = open_with(folder, RemoteChoice::None);
    for version in 0..500 {
        for model in 0..10 {
            let registration = Registration {
                model: format!("model-{model}").parse().unwrap(),
                ..package(&format!("{model} {version}"))
            };
            registry.register(&registration).unwrap();
        }
    }
}

/// Runs every verb once and holds each to its limit; gives what each took.
fn hold_to_limits(registry: &GitRegistry, quick: Duration, content: &str) -> Vec<String> {
    let name = "model-3".parse().unwrap();
    let took = |what: &str, limit: Duration, work: &dyn Fn()| {
        let began = Instant::now();
        work();
        let took = began.elapsed();
        assert!(took < limit, "{what} took {took:?}, {content}");
        format!("{content}: {what} {took:.1?}")
    };
    let whole = Duration::from_secs(20);
    vec![
        took("show", quick, &|| assert_eq!(registry.models().unwrap().len(), 10)),
        took("show MODEL", quick, &|| {
            registry.model(&name).unwrap();
        }),
        took("resolve", quick, &|| {
            registry.resolve(&"model-3".parse().unwrap()).unwrap();
        }),
        took("register", quick, &|| {
            let one_more = Registration { model: name.clone(), ..package(content) };
            assert!(registry.register(&one_more).unwrap().created);
        }),
        took("history", whole, &|| {
            registry.history(&name).unwrap();
        }),
        took("verify", whole, &|| assert!(registry.verify().unwrap().verified)),
    ]
}

#[test]
#[ignore = "takes minutes: writes 5,000 versions; run with --ignored --nocapture"]
#[expect(clippy::print_stdout, reason = "the figures are for whoever runs it")]
fn five_thousand_versions_stay_quick() {
    let (_folder, bare) = remote();
    let here = clone(&bare, "here", &[]);
    five_thousand(&here);
    let quick = Duration::from_millis(200);
    let local = open_with(&here, RemoteChoice::None);
    let mut figures = hold_to_limits(&local, quick, "loose");
    git(&here, &["gc", "-q"]);
    figures.extend(hold_to_limits(&local, quick, "packed"));

    git(&here, &["push", "-q", "origin", REFERENCE]);
    let with_remote = Duration::from_secs(2);
    figures.extend(hold_to_limits(&open(&here), with_remote, "with a remote"));
    let fresh = clone(&bare, "fresh", &["--depth", "1"]);
    let began = Instant::now();
    assert_eq!(open(&fresh).models().unwrap().len(), 10);
    let first = began.elapsed();
    assert!(first < Duration::from_secs(20), "the first fetch took {first:?}");
    figures.push(format!("first fetch {first:.1?}"));
    for figure in figures {
        println!("{figure}");
    }
}
