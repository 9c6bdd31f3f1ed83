//! Promotion by pull request, over a real registry and a forge in memory.

use std::path::{Path, PathBuf};

use super::*;
use crate::adapters::registry::git::GitRegistry;
use crate::adapters::registry::git::fixture::{git, open, package};
use crate::config::valid::{PromoteConfig, Via};
use crate::domain::error::{ErrorKind, Result};
use crate::domain::event::{Validated, What};
use crate::domain::verdict::{Finding, Verdict};
use crate::ports::forge::Change;
use crate::ports::registry::{Entry, Origin, Registry as _};
use crate::steps::simulated_forge::SimulatedForge;

struct Scene {
    folder: tempfile::TempDir,
    registry: GitRegistry,
}

impl Scene {
    /// Three versions; the first is the champion.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-q"]);
        let registry = open(folder.path());
        for content in ["a", "b", "c"] {
            registry.register(&package(content)).unwrap();
        }
        let scene = Self { folder, registry };
        run(&scene.input("acme@1.0.0", None), &scene.registry).unwrap();
        scene
    }

    fn input(&self, reference: &str, expect: Option<&str>) -> PromoteInput {
        PromoteInput {
            reference: reference.parse().unwrap(),
            alias: "champion".parse().unwrap(),
            expect: expect.map(|text| text.parse().unwrap()),
            origin: Origin { actor: "ada".to_owned(), ..Origin::default() },
        }
    }

    fn validated(&self, version: &str, message: &str) {
        let finding = Finding::new("size", "size-within-limit", Verdict::Pass, message);
        let entry = Entry {
            model: "acme".parse().unwrap(),
            what: What::Validated(Validated {
                version: version.parse().unwrap(),
                against: Some("1.0.0".parse().unwrap()),
                verdict: Verdict::Pass,
                findings: vec![finding],
                verdict_file: None,
            }),
            only_after: None,
            origin: Origin { actor: "@ada".to_owned(), ..Origin::default() },
        };
        self.registry.record(&entry).unwrap();
    }

    fn pins(&self) -> PathBuf {
        self.folder.path().join("model/outerloop-pins.yaml")
    }

    fn propose(&self, input: &PromoteInput, forge: &SimulatedForge) -> Result<ProposedPromotion> {
        let config = PromoteConfig {
            via: Via::PullRequest,
            pins: self.pins(),
            branch: "outerloop/promote".to_owned(),
            base: Some("main".to_owned()),
        };
        propose(input, &config, &self.registry, forge)
    }

    fn apply(&self, pins: &str) -> Result<Vec<Promoted>> {
        let pins = Pins::parse(pins, Path::new("pins.yaml"))?;
        apply(&pins, &"acme".parse()?, &Origin::default(), &self.registry)
    }

    fn champion(&self) -> String {
        self.registry.resolve(&"acme@champion".parse().unwrap()).unwrap().version.to_string()
    }
}

#[test]
fn a_pull_request_says_what_why_and_what_was_before() {
    let (scene, forge) = (Scene::new(), SimulatedForge::new("GitHub"));
    scene.validated("1.1.0", "older");
    scene.validated("1.1.0", "2 MB of <b>4</b>");
    let proposed = scene.propose(&scene.input("acme@1.1.0", None), &forge).unwrap();
    let json = serde_json::to_value(&proposed).unwrap();
    let expected = serde_json::json!({
        "alias": "champion", "ref": "acme@1.1.0", "previous": "acme@1.0.0",
        "pull-request": 1, "url": "https://forge.example/pull/1",
    });
    assert_eq!(json, expected);
    let written = forge.written();
    let opened = &written.pull_requests["outerloop/promote-acme-champion"];
    assert_eq!(opened.title, "Promote acme@1.1.0 to champion");
    assert_eq!(
        (&*opened.path, opened.base.as_deref()),
        ("model/outerloop-pins.yaml", Some("main"))
    );
    assert!(opened.content.ends_with("acme:\n  champion: 1.1.0\n"), "{}", opened.content);
    for part in [
        "Pins the alias <code>champion</code> to <code>acme@1.1.0</code>",
        "points at <code>acme@1.0.0</code> now",
        "validated as **pass** against <code>1.0.0</code>",
        "- **pass** size: 2 MB of &lt;b&gt;4&lt;/b&gt;",
        "Merging this is the promotion",
    ] {
        assert!(opened.body.contains(part), "{part}: {}", opened.body);
    }
    assert!(!opened.body.contains("older") && !opened.body.contains("@ada"), "{}", opened.body);
    assert_eq!(scene.champion(), "1.0.0", "the registry is not touched");
}

#[test]
fn proposed_again_it_is_the_same_pull_request_brought_up_to_date() {
    let (scene, forge) = (Scene::new(), SimulatedForge::new("GitHub"));
    let first = scene.propose(&scene.input("acme@1.1.0", None), &forge).unwrap();
    assert_eq!(first.change, Change::Created);
    let again = scene.propose(&scene.input("acme@1.1.0", None), &forge).unwrap();
    assert_eq!((again.change, again.pull_request), (Change::Unchanged, first.pull_request));
    let newer = scene.propose(&scene.input("acme@1.2.0", None), &forge).unwrap();
    assert_eq!((newer.change, newer.pull_request), (Change::Updated, first.pull_request));
    assert_eq!(forge.written().pull_requests.len(), 1);
}

#[test]
fn what_is_pinned_already_needs_no_pull_request() {
    let pins = "acme:\n  champion: 1.1.0 # ours\n";
    let forge = SimulatedForge::new("GitHub").file("model/outerloop-pins.yaml", pins);
    let proposed = Scene::new();
    let proposed = proposed.propose(&proposed.input("acme@1.1.0", None), &forge).unwrap();
    assert_eq!((proposed.change, proposed.pull_request), (Change::Unchanged, None));
}

#[test]
fn nothing_is_proposed_that_cannot_come_about() {
    let (scene, forge) = (Scene::new(), SimulatedForge::new("GitHub"));
    let kind = |input: &PromoteInput| scene.propose(input, &forge).unwrap_err().kind();
    assert_eq!(kind(&scene.input("acme@9.9.9", None)), ErrorKind::NotFound);
    assert_eq!(kind(&scene.input("acme@1.1.0", Some("none"))), ErrorKind::Conflict);
    assert_eq!(kind(&scene.input("acme@1.1.0", Some("1.2.0"))), ErrorKind::Conflict);
    let name = "acme".parse().unwrap();
    let version = "1.2.0".parse().unwrap();
    scene.registry.set_archived(&name, &version, true, &Origin::default()).unwrap();
    assert_eq!(kind(&scene.input("acme@1.2.0", None)), ErrorKind::Usage);
    assert!(forge.written().calls.is_empty());
    let strange = SimulatedForge::new("GitHub").file("model/outerloop-pins.yaml", "- acme\n");
    let error = scene.propose(&scene.input("acme@1.1.0", None), &strange).unwrap_err();
    assert!(error.to_string().starts_with("model/outerloop-pins.yaml:1: "), "{error}");
    assert!(strange.written().pull_requests.is_empty());
}

#[test]
fn pins_are_applied_once_and_only_for_the_model() {
    let scene = Scene::new();
    let pins = "acme:\n  champion: 1.1.0\n  staging: 1.2.0\nother:\n  champion: 7.0.0\n";
    let moved = scene.apply(pins).unwrap();
    let told: Vec<_> = moved.iter().map(|p| (p.alias.to_string(), p.event.is_some())).collect();
    assert_eq!(told, [("champion".to_owned(), true), ("staging".to_owned(), true)]);
    assert_eq!(moved[0].previous, Some("acme@1.0.0".parse().unwrap()));
    assert_eq!(scene.champion(), "1.1.0");
    assert!(scene.apply(pins).unwrap().iter().all(|p| p.event.is_none()));
}

#[test]
fn a_pin_that_cannot_be_followed_moves_nothing_and_names_its_line() {
    let scene = Scene::new();
    let name = "acme".parse().unwrap();
    let version = "1.2.0".parse().unwrap();
    scene.registry.set_archived(&name, &version, true, &Origin::default()).unwrap();
    for (pins, part) in [
        ("acme:\n  champion: 1.1.0\n  staging: 9.9.9\n", "pins.yaml:3: "),
        ("acme:\n  champion: 1.1.0\n\n  staging: 1.2.0\n", "pins.yaml:4: `acme@1.2.0` is archived"),
        ("other:\n  champion: 1.1.0\n", "pins.yaml pins no alias of `acme`"),
    ] {
        let error = scene.apply(pins).unwrap_err();
        assert!(error.to_string().starts_with(part), "{error}");
        assert!(error.hint_text().is_some());
        assert_eq!(scene.champion(), "1.0.0");
    }
}
