//! Telling of a validation in a pull request, against a forge that works, refuses or is down.

use std::path::PathBuf;

use super::Announcement;
use super::announce::{Audience, annotations, run};
use crate::config::load::load_from;
use crate::config::valid::{Config, PullRequestConfig};
use crate::domain::error::{ErrorKind, Result};
use crate::domain::verdict::{Finding, Verdict};
use crate::ports::forge::CheckState;
use crate::ports::host::{HostKind, Level, PullRequest};
use crate::steps::simulated_forge::SimulatedForge;
use crate::steps::simulated_host::SimulatedHost;

const YAML: &str =
    "model: acme\ngates:\n  absolute:\n    - {metric: auc, min: 0.9}\n  digest: {}\n";

struct Scene {
    folder: tempfile::TempDir,
    config: Config,
    settings: PullRequestConfig,
    pull_request: Option<PullRequest>,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("repository/.git")).unwrap();
        std::fs::create_dir(folder.path().join("repository/model")).unwrap();
        let file = folder.path().join("repository/model/outerloop.yaml");
        std::fs::write(&file, YAML).unwrap();
        let pull_request = PullRequest {
            number: 12,
            head: Some("abc123".to_owned()),
            base: Some("main".to_owned()),
            from_fork: false,
        };
        Self {
            config: load_from(&file).unwrap(),
            folder,
            settings: PullRequestConfig { comment: true, check: true, status: true },
            pull_request: Some(pull_request),
        }
    }

    fn tell(&self, host: &SimulatedHost, forge: Option<&SimulatedForge>) -> Result<()> {
        let told = told();
        let annotations = annotations(&told.findings, &self.config);
        let audience = Audience {
            host,
            forge: forge.map(|f| f as _).ok_or("there is no token"),
            pull_request: self.pull_request.as_ref(),
            settings: &self.settings,
            annotations: &annotations,
        };
        run(&told, &audience)
    }
}

fn told() -> Announcement {
    let auc = Finding::new("absolute", "below-minimum", Verdict::Fail, "roc-auc is 0.8")
        .subject("roc-auc");
    let digest = Finding::new("digest", "digest-unchecked", Verdict::Error, "no store");
    let size = Finding::new("size", "size-within-limit", Verdict::Pass, "small");
    Announcement {
        model: "acme".parse().unwrap(),
        version: "1.1.0".parse().unwrap(),
        champion: Some("1.0.0".parse().unwrap()),
        verdict: Verdict::Error,
        findings: vec![auc, digest, size],
        more: 0,
        hurt: None,
        report: None,
        run: None,
        from_fork: false,
    }
}

#[test]
fn a_pull_request_gets_one_comment_a_check_and_the_property() {
    let (scene, forge) = (Scene::new(), SimulatedForge::new("GitHub"));
    let host = SimulatedHost::new(HostKind::GitHub);
    scene.tell(&host, Some(&forge)).unwrap();
    scene.tell(&host, Some(&forge)).unwrap();
    let written = forge.written();
    let comment = &written.comments[&(12, "validate:acme".to_owned())];
    assert!(comment.open && comment.markdown.starts_with("**error**: <code>acme@1.1.0</code>"));
    let check = &written.checks[&("abc123".to_owned(), "outerloop/acme".to_owned())];
    assert_eq!(
        (check.state, &*check.title),
        (CheckState::Error, "error: acme@1.1.0 is not judged: 1 gate could not run")
    );
    let place =
        |a: &crate::ports::host::Annotation| a.place.as_ref().map(|p| (p.file.clone(), p.line));
    let file = PathBuf::from("model/outerloop.yaml");
    let places: Vec<_> = check.annotations.iter().map(place).collect();
    assert_eq!(places, [Some((file.clone(), 4)), Some((file, 5))]);
    assert_eq!(written.properties["outerloop.verdict"], "error");
    let annotations = host.annotations.lock().unwrap();
    let absolute = scene.folder.path().join("repository/model/outerloop.yaml");
    assert_eq!(place(&annotations[0]), Some((absolute, 4)));
    assert_eq!(annotations[0].level, Level::Error);
}

#[test]
fn a_check_and_a_status_are_asked_for_by_settings_of_their_own() {
    for (name, check, status, expected) in [
        ("GitHub", true, false, 1),
        ("GitHub", false, true, 0),
        ("Azure DevOps", true, false, 0),
        ("Azure DevOps", false, true, 1),
    ] {
        let mut scene = Scene::new();
        scene.settings = PullRequestConfig { comment: false, check, status };
        let forge = SimulatedForge::new(name);
        scene.tell(&SimulatedHost::new(HostKind::GitHub), Some(&forge)).unwrap();
        let written = forge.written();
        assert_eq!((written.checks.len(), written.comments.len()), (expected, 0), "{name}");
    }
}

#[test]
fn outside_of_a_pull_request_only_the_property_is_set() {
    let mut scene = Scene::new();
    scene.pull_request = None;
    let (host, forge) = (SimulatedHost::new(HostKind::AzurePipelines), SimulatedForge::new("x"));
    scene.tell(&host, Some(&forge)).unwrap();
    assert_eq!(forge.written().calls, ["property"]);
    scene.tell(&host, None).unwrap();
    assert_eq!(host.titles().len(), 4, "the gates' own, and no more");
}

#[test]
fn a_missing_permission_is_said_and_stops_nothing() {
    for (call, what) in [
        ("comment", "the comment"),
        ("check", "the check"),
        ("property", "the property of the run"),
    ] {
        let forge = SimulatedForge::new("GitHub").failing(call, ErrorKind::Permission);
        let host = SimulatedHost::new(HostKind::GitHub);
        Scene::new().tell(&host, Some(&forge)).unwrap();
        assert_eq!(forge.written().calls, ["property", "comment", "check"]);
        let annotations = host.annotations.lock().unwrap();
        let last = annotations.last().unwrap();
        assert_eq!(
            (last.level, &*last.title),
            (Level::Notice, &*format!("{what} could not be written"))
        );
        assert!(last.message.contains("give the token more"), "{}", last.message);
    }
}

#[test]
fn a_server_that_is_down_is_an_error_after_everything_else_was_tried() {
    let forge = SimulatedForge::new("GitHub").failing("comment", ErrorKind::Unavailable);
    let host = SimulatedHost::new(HostKind::GitHub);
    let error = Scene::new().tell(&host, Some(&forge)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().starts_with("write the comment: "), "{error}");
    let written = forge.written();
    assert_eq!((written.checks.len(), written.properties.len()), (1, 1));
}

#[test]
fn a_forks_pull_request_is_not_even_tried() {
    let mut scene = Scene::new();
    scene.pull_request.as_mut().unwrap().from_fork = true;
    let (host, forge) = (SimulatedHost::new(HostKind::GitHub), SimulatedForge::new("GitHub"));
    scene.tell(&host, Some(&forge)).unwrap();
    assert!(forge.written().calls.is_empty());
    let message = &host.annotations.lock().unwrap().last().unwrap().message.clone();
    assert!(message.contains("fork") && message.contains("outerloop announce"), "{message}");
}

#[test]
fn without_a_token_a_pull_request_says_so() {
    let host = SimulatedHost::new(HostKind::GitHub);
    Scene::new().tell(&host, None).unwrap();
    assert_eq!(host.titles().last().unwrap(), "nothing is written to the pull request");
    let message = host.annotations.lock().unwrap().last().unwrap().message.clone();
    assert_eq!(message, "there is no token\nThe verdict is in the summary.");
    let terminal = SimulatedHost::new(HostKind::Terminal);
    Scene::new().tell(&terminal, None).unwrap();
    assert!(terminal.titles().is_empty());
}

#[test]
fn a_comment_keeps_to_the_limit_of_the_server() {
    let (scene, forge) = (Scene::new(), SimulatedForge::new("GitHub").limit(300));
    scene.tell(&SimulatedHost::new(HostKind::GitHub), Some(&forge)).unwrap();
    assert_eq!(forge.written().comments.len(), 1);
}
