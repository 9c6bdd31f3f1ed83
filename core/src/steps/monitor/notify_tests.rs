//! Telling of alerts and the ticket, over a real registry.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::notify::{Telling, tell};
use super::ticket;
use crate::adapters::registry::git::GitRegistry;
use crate::adapters::registry::git::fixture::{git, open as registry, package};
use crate::config::valid::TicketConfig;
use crate::domain::alert::{Alert, AlertState};
use crate::domain::digest::Digest;
use crate::domain::drift::DriftStatus;
use crate::domain::error::{Error, Result};
use crate::domain::event::{Monitored, What};
use crate::ports::clock::Clock;
use crate::ports::forge::Change;
use crate::ports::notifier::{Notice, Notifier};
use crate::ports::registry::{Entry, Origin, Registry as _};
use crate::steps::simulated_forge::SimulatedForge;

#[derive(Default)]
struct Board {
    told: Mutex<Vec<Notice>>,
    down: AtomicBool,
}

impl Notifier for Board {
    fn name(&self) -> &'static str {
        "slack"
    }

    fn notify(&self, notice: &Notice) -> Result<()> {
        if self.down.load(Ordering::SeqCst) {
            return Err(Error::unavailable("the board is down"));
        }
        self.told.lock().unwrap().push(notice.clone());
        Ok(())
    }
}

/// The machine's time, and so many seconds.
#[derive(Default)]
struct Later(AtomicI64);

impl Clock for Later {
    fn now(&self) -> Timestamp {
        Timestamp::now() + SignedDuration::from_secs(self.0.load(Ordering::SeqCst))
    }

    fn sleep(&self, _: Duration) {}
}

struct Scene {
    _folder: tempfile::TempDir,
    registry: GitRegistry,
    board: Board,
    clock: Later,
    forge: SimulatedForge,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-q"]);
        let registry = registry(folder.path());
        registry.register(&package("1.0.0")).unwrap();
        let forge = SimulatedForge::new("GitHub");
        Self { registry, board: Board::default(), clock: Later::default(), forge, _folder: folder }
    }

    fn window(&self, number: u64, alerts: &[(&str, AlertState)]) -> Digest {
        let alert = |(signal, state): &(&str, AlertState)| Alert {
            signal: (*signal).to_owned(),
            state: *state,
            since: Timestamp::UNIX_EPOCH,
            why: "psi <b> is above".to_owned(),
        };
        let found = Monitored {
            version: "1.0.0".parse().unwrap(),
            status: DriftStatus::Drift,
            rows: 500,
            window: Digest::of(&number.to_le_bytes()),
            drifted: Vec::new(),
            summary: Vec::new(),
            performance: Vec::new(),
            signals: Vec::new(),
            alerts: alerts.iter().map(alert).collect(),
            span: None,
            chunks: Vec::new(),
            labels: None,
        };
        let entry = Entry {
            model: "acme".parse().unwrap(),
            what: What::Monitored(found),
            only_after: None,
            origin: Origin { actor: "ada".to_owned(), ..Origin::default() },
        };
        self.registry.record(&entry).unwrap().id
    }

    fn tell(&self, created: Option<Digest>) -> (Vec<Digest>, Option<String>) {
        let telling = Telling {
            model: &"acme".parse().unwrap(),
            created,
            notifier: &self.board,
            registry: &self.registry,
            clock: &self.clock,
            origin: &Origin { actor: "ada".to_owned(), ..Origin::default() },
        };
        let (told, failed) = tell(&telling).unwrap();
        (told, failed.map(|e| e.to_string()))
    }

    fn later(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds, Ordering::SeqCst);
    }

    fn down(&self, down: bool) {
        self.board.down.store(down, Ordering::SeqCst);
    }

    fn told(&self) -> Vec<Digest> {
        self.board.told.lock().unwrap().iter().map(|n| n.event).collect()
    }

    fn ticket(&self) -> Option<Change> {
        let settings = TicketConfig { labels: vec!["monitoring".to_owned()], kind: "Issue".into() };
        let model = "acme".parse().unwrap();
        let posted = ticket::write(&model, &settings, &self.registry, &self.forge).unwrap();
        posted.map(|p| p.change)
    }
}

use AlertState::{Closed, Open, Opened};

#[test]
fn a_change_is_told_once_and_what_stays_is_not() {
    let scene = Scene::new();
    let first = scene.window(1, &[("data-set", Opened)]);
    assert_eq!(scene.tell(Some(first)), (vec![first], None));
    assert_eq!(scene.tell(Some(first)).0, [], "the same run again");
    let second = scene.window(2, &[("data-set", Open)]);
    assert_eq!(scene.tell(Some(second)).0, []);
    let third = scene.window(3, &[("data-set", Closed)]);
    scene.tell(Some(third));
    assert_eq!(scene.told(), [first, third]);
    let open: Vec<u64> = scene.board.told.lock().unwrap().iter().map(|n| n.open).collect();
    assert_eq!(open, [1, 0]);
    assert!(scene.registry.verify().unwrap().verified);
}

#[test]
fn what_failed_is_sent_by_the_next_run_and_in_order() {
    let scene = Scene::new();
    scene.down(true);
    let first = scene.window(1, &[("data-set", Opened)]);
    assert_eq!(scene.tell(Some(first)).1.as_deref(), Some("the board is down"));
    let second = scene.window(2, &[("data-set", Closed)]);
    assert!(scene.tell(Some(second)).1.is_some());
    scene.down(false);
    assert_eq!(scene.tell(None).0, [first], "the second was nobody's yet");
    scene.later(600);
    assert_eq!(scene.tell(None).0, [second]);
    assert_eq!(scene.tell(None).0, []);
}

#[test]
fn what_a_killed_run_left_is_sent_after_a_while_and_not_for_ever() {
    let scene = Scene::new();
    let left = scene.window(1, &[("data-set", Opened)]);
    assert_eq!(scene.tell(None).0, [], "its own run may be at it");
    scene.later(8 * 24 * 3600);
    assert_eq!(scene.tell(None).0, [], "nobody wants to know any more");
    scene.later(-7 * 24 * 3600);
    assert_eq!(scene.tell(None).0, [left]);
}

#[test]
fn of_several_that_would_send_it_again_one_does() {
    let scene = Scene::new();
    scene.down(true);
    let failed = scene.window(1, &[("data-set", Opened)]);
    assert!(scene.tell(Some(failed)).1.is_some());
    scene.down(false);
    let told: usize = std::thread::scope(|scope| {
        let jobs: Vec<_> = (0..4).map(|_| scope.spawn(|| scene.tell(None).0.len())).collect();
        jobs.into_iter().map(|j| j.join().unwrap()).sum()
    });
    assert_eq!((told, scene.told().len()), (1, 1));
}

#[test]
fn the_ticket_is_open_while_an_alert_is() {
    let scene = Scene::new();
    assert_eq!(scene.ticket(), None, "nothing was monitored");
    scene.window(1, &[]);
    assert_eq!((scene.ticket(), scene.forge.written().calls.len()), (None, 0));
    scene.window(2, &[("drift.a|b.psi", Opened)]);
    assert_eq!(scene.ticket(), Some(Change::Created));
    let written = scene.forge.written().tickets["monitor:acme"].clone();
    assert_eq!(written.title, "Monitoring acme: 1 alert open");
    assert!(written.markdown.contains("psi &lt;b&gt;") && !written.markdown.contains("<b>"));
    scene.window(3, &[("drift.a|b.psi", Open), ("data-set", Opened)]);
    scene.ticket();
    assert!(scene.forge.written().tickets["monitor:acme"].title.contains("2 alerts"));
    scene.window(4, &[("drift.a|b.psi", Closed), ("data-set", Closed)]);
    scene.ticket();
    assert!(scene.forge.written().tickets.is_empty());
    assert_eq!(scene.forge.written().closed[0].0, "monitor:acme");
}
