//! What is said when a permission, a setting or the token is missing.

use std::sync::Arc;

use outerloop_core::domain::error::{Error, ErrorKind, Result};
use outerloop_core::ports::forge::Forge;
use outerloop_tests::github::Permissions;

use crate::operations::OPERATIONS;
use crate::setting::{comment, fake, forge, forge_with, main_commit, proposal};

fn refused(permissions: &[&str], run: impl Fn(&dyn Forge, &str) -> Result<()>) -> Error {
    let fake = fake();
    let commit = main_commit(&fake);
    fake.state().permissions = Permissions::of(permissions);
    let error = run(&forge(&fake), &commit).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission, "{error}");
    error
}

#[test]
fn a_missing_permission_is_named_with_the_place_to_set_it() {
    let cases: [(&str, &[&str]); 6] = [
        ("pull-requests: write", &["contents: read", "pull-requests: read"]),
        ("checks: write", &["contents: read"]),
        ("contents: write", &["contents: read", "pull-requests: write"]),
        ("issues: write", &["contents: read"]),
        ("issues: write", &["issues: read"]),
        ("deployments: write", &["deployments: read"]),
    ];
    for (operation, (missing, permissions)) in OPERATIONS.iter().zip(cases) {
        let error = refused(permissions, operation.run);
        let hint = error.hint_text().unwrap_or_default();
        let expected = format!("`permissions: {{{missing}}}`");
        assert!(hint.contains(&expected), "{}: {hint}", operation.name);
    }
    let read = ["contents: write", "pull-requests: read"];
    let error = refused(&read, |forge, _| forge.propose(&proposal("x")).map(drop));
    assert!(error.hint_text().unwrap().contains("`permissions: {pull-requests: write}`"));
}

#[test]
fn a_repository_that_forbids_workflows_to_open_pull_requests_is_told_apart() {
    let fake = fake();
    fake.state().may_open_pull_requests = false;
    let error = forge(&fake).propose(&proposal("x")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert!(error.hint_text().unwrap().contains("allow GitHub Actions to create"));
}

#[test]
fn a_fork_is_told_that_its_token_may_only_read() {
    let fake = fake();
    fake.state().permissions = Permissions::of(&["contents: read", "pull-requests: read"]);
    let mut from_fork = comment("yes");
    from_fork.pull_request.from_fork = true;
    let error = forge(&fake).comment(&from_fork).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert!(error.hint_text().unwrap().contains("workflow_run"));
}

#[test]
fn without_a_token_nothing_is_sent_and_with_a_wrong_one_it_is_said() {
    let fake = fake();
    for token in [None, Some(""), Some(" ")] {
        let error = forge_with(&fake, token, Arc::default()).comment(&comment("x")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Permission);
        assert!(error.hint_text().unwrap().contains("GITHUB_TOKEN"));
    }
    assert!(fake.take_calls().is_empty());
    let error = forge_with(&fake, Some("old"), Arc::default()).comment(&comment("x")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert!(error.to_string().contains("Bad credentials"));
    assert!(error.hint_text().unwrap().contains("expired"));
}
