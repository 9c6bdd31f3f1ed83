//! The ticket of a retraining, over a real registry and a forge in memory.

use std::collections::BTreeSet;

use super::ticket::{close, open};
use super::{Requested, Training};
use crate::adapters::registry::git::GitRegistry;
use crate::adapters::registry::git::fixture::{git, open as registry, package};
use crate::config::valid::TicketConfig;
use crate::domain::digest::Digest;
use crate::domain::drift::DriftStatus;
use crate::domain::event::{Monitored, RetrainRequested, Validated, What};
use crate::domain::retrain::Reason;
use crate::domain::verdict::Verdict;
use crate::ports::registry::{Entry, Origin, Registration, Registry as _};
use crate::ports::trigger::Started;
use crate::steps::promote::{PromoteInput, Promoted, run};
use crate::steps::simulated_forge::SimulatedForge;

struct Scene {
    _folder: tempfile::TempDir,
    registry: GitRegistry,
    forge: SimulatedForge,
}

fn because(cause: Option<Digest>) -> Origin {
    Origin { actor: "ada".to_owned(), run: None, cause }
}

impl Scene {
    /// 1.0.0 is the champion.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-q"]);
        let registry = registry(folder.path());
        registry.register(&package("1.0.0")).unwrap();
        let scene = Self { registry, forge: SimulatedForge::new("GitHub"), _folder: folder };
        scene.promote("1.0.0", "champion");
        scene
    }

    fn record(&self, what: What, cause: Option<Digest>) -> Digest {
        let model = "acme".parse().unwrap();
        let entry = Entry { model, what, only_after: None, origin: because(cause) };
        self.registry.record(&entry).unwrap().id
    }

    /// A recorded request with its ticket.
    fn requested(&self, evidence: &str) -> Digest {
        let champion = self.registry.resolve(&"acme@champion".parse().unwrap()).unwrap();
        let message = "drift <b> @ada".to_owned();
        let reasons = vec![Reason { code: "drift".to_owned(), message }];
        let request = RetrainRequested {
            version: champion.version.clone(),
            reasons: reasons.clone(),
            evidence: Digest::of(evidence.as_bytes()),
            trigger: "github-workflow".to_owned(),
        };
        let event = self.record(What::RetrainRequested(request), None);
        let monitored = Monitored {
            version: champion.version.clone(),
            status: DriftStatus::Drift,
            rows: 1200,
            window: Digest::of(b"window"),
            drifted: vec!["AGE`P".to_owned(), "WAGE".to_owned()],
            summary: Vec::new(),
            performance: Vec::new(),
            signals: Vec::new(),
            alerts: Vec::new(),
            span: None,
            chunks: Vec::new(),
            labels: None,
        };
        let started = Started { run: "https://forge.example/runs/9".to_owned(), id: None, event };
        let requested = Requested {
            champion: &champion,
            event,
            reasons: &reasons,
            monitored: Some(&monitored),
            training: Training::Started(&started),
        };
        let settings = TicketConfig { labels: vec!["ml".to_owned()], kind: "Bug".to_owned() };
        open(&requested, &settings, Some("https://forge.example/runs/8"), &self.forge).unwrap();
        event
    }

    fn register(&self, cause: Option<Digest>) -> String {
        let number = self.registry.model(&"acme".parse().unwrap()).unwrap().versions.len();
        let next = Registration { origin: because(cause), ..package(&format!("p{number}")) };
        self.registry.register(&next).unwrap().record.version.to_string()
    }

    fn promote(&self, version: &str, alias: &str) -> Promoted {
        let input = PromoteInput {
            reference: format!("acme@{version}").parse().unwrap(),
            alias: alias.parse().unwrap(),
            expect: None,
            origin: because(None),
        };
        run(&input, &self.registry).unwrap()
    }

    fn closes(&self, promoted: &Promoted) -> bool {
        close(promoted, &self.registry, &self.forge).unwrap().is_some()
    }
}

#[test]
fn the_ticket_carries_the_evidence_and_there_is_one() {
    let scene = Scene::new();
    let event = scene.requested("a");
    scene.requested("b");
    let written = scene.forge.written();
    assert_eq!(written.tickets.keys().collect::<BTreeSet<_>>().len(), 1);
    let ticket = &written.tickets["retrain:acme"];
    assert_eq!((&*ticket.title, &*ticket.kind), ("Retrain acme: drift", "Bug"));
    for part in [
        "A retraining of <code>acme@1.0.0</code>",
        "- **drift**: drift &lt;b&gt; @\u{200b}ada",
        "Drifted in the newest 1\u{2009}200 rows: <code>AGE&#96;P</code>, <code>WAGE</code>",
        "Training: [<code>https://forge.example/runs/9</code>](https://forge.example/runs/9)",
        "[this run](https://forge.example/runs/8)",
    ] {
        assert!(ticket.markdown.contains(part), "{part}: {}", ticket.markdown);
    }
    assert!(!ticket.markdown.contains(&event.to_string()), "the newest request is told");
}

#[test]
fn the_promotion_that_answers_it_closes_it_and_says_how_it_was_judged() {
    let scene = Scene::new();
    let event = scene.requested("a");
    let version = scene.register(Some(event));
    let judged = Validated {
        version: version.parse().unwrap(),
        against: None,
        verdict: Verdict::Warn,
        findings: Vec::new(),
        verdict_file: None,
    };
    scene.record(What::Validated(judged), None);
    let promoted = scene.promote(&version, "champion");
    assert!(scene.closes(&promoted));
    assert!(!scene.closes(&promoted), "there is none open any more");
    let written = scene.forge.written();
    assert!(written.tickets.is_empty());
    let (key, text) = &written.closed[0];
    assert_eq!(key, "retrain:acme");
    for part in ["acme@1.1.0", "**warn**", "replaces <code>1.0.0</code>", &event.to_string()] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn what_does_not_answer_it_leaves_it_open() {
    let scene = Scene::new();
    let older = scene.requested("a");
    let late = scene.register(Some(older));
    let unrelated = scene.register(None);
    assert!(!scene.closes(&scene.promote(&unrelated, "champion")), "another version");
    assert!(!scene.closes(&scene.promote(&late, "staging")), "another alias");
    scene.requested("b");
    assert!(!scene.closes(&scene.promote(&late, "champion")), "an older request");
    assert_eq!(scene.forge.written().tickets.len(), 1);
}

#[test]
fn a_ticket_that_could_not_be_closed_is_closed_by_the_next_promotion() {
    let scene = Scene::new();
    let event = scene.requested("a");
    let version = scene.register(Some(event));
    scene.promote(&version, "champion");
    let again = scene.promote(&version, "champion");
    assert_eq!(again.event, None);
    let closed = close(&again, &scene.registry, &scene.forge).unwrap();
    assert!(closed.is_some());
}
