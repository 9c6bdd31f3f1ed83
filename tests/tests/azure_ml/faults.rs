//! Whatever goes wrong between us and the workspace or its blobs: nothing is registered twice, nothing
//! is half-visible, and the same command completes it.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use outerloop_core::adapters::clock::SystemClock;
use outerloop_core::adapters::http::RetryPolicy;
use outerloop_core::adapters::registry::azure_ml::{self, AzureMlRegistry};
use outerloop_core::adapters::registry::git::{GitRegistry, Options, RemoteChoice};
use outerloop_core::conformance::cut_off::{System, a_copy, a_write, lived};
use outerloop_core::domain::digest::Digest;
use outerloop_core::domain::error::Result;
use outerloop_core::domain::package::Format;
use outerloop_core::domain::version::Bump;
use outerloop_core::ports::registry::{
    Expected, Origin, PromoteOutcome, Promotion, RegisterOutcome, Registration, Registry, Wanted,
};
use outerloop_tests::azure_ml::AzureMlFake;
use outerloop_tests::fake::{Fake, Fault, Reply, Rule};
use outerloop_tests::faults::Forward;
use serde_json::json;

use crate::setting::workspace_at;

/// Who is called.
#[derive(Debug, Clone, Copy)]
enum Side {
    /// Resource Manager, and who gives the tokens.
    Manager,
    /// The blobs of the datastore.
    Blobs,
}

/// A process is ended at one call in so many.
const EVERY: usize = 3;
/// How many calls may be in trouble at once.
const AT_ONCE: usize = 4;

struct Scene {
    fake: AzureMlFake,
    /// Before the blobs, where they are in trouble.
    blobs: Option<Fake<Forward>>,
}

impl Scene {
    fn new(side: Side) -> Self {
        let fake = AzureMlFake::with_blobs();
        let account = fake.account();
        let (server, _) = account.rsplit_once('/').expect("an account");
        let blobs = match side {
            Side::Manager => None,
            Side::Blobs => Some(Forward::before(server)),
        };
        Self { fake, blobs }
    }

    fn blobs(&self) -> &Fake<Forward> {
        self.blobs.as_ref().expect("a proxy before the blobs")
    }

    /// The registry as a process opens it; one that waits for a call no longer than a moment.
    fn open(&self) -> AzureMlRegistry {
        self.open_trying(RetryPolicy::default().attempts)
    }

    /// As one opens it that makes each call so often.
    fn open_trying(&self, attempts: u32) -> AzureMlRegistry {
        let account = self.fake.account();
        let (_, name) = account.rsplit_once('/').expect("an account");
        let retry = RetryPolicy {
            first: Duration::from_millis(5),
            stalled: Duration::from_millis(800),
            attempts,
            ..RetryPolicy::default()
        };
        let account = match &self.blobs {
            Some(blobs) => format!("{}/{name}", blobs.url),
            None => account.clone(),
        };
        let workspace = workspace_at(&self.fake, account, retry);
        azure_ml::open(&workspace, Arc::new(SystemClock))
    }

    fn inject(&self, side: Side, rule: Rule) {
        match side {
            Side::Manager => self.fake.inject(rule),
            Side::Blobs => self.blobs().inject(rule),
        }
    }

    /// How many calls there were since the last time.
    fn calls(&self, side: Side) -> usize {
        match side {
            Side::Manager => self.fake.take_calls().len(),
            Side::Blobs => self.blobs().take_calls().len(),
        }
    }

    /// Takes back what was injected; whether it was not met.
    fn heal(&self, side: Side) -> bool {
        match side {
            Side::Manager => self.fake.heal(),
            Side::Blobs => self.blobs().heal(),
        }
    }

    fn register(registry: &dyn Registry, model: &str) -> Result<RegisterOutcome> {
        registry.register(&Registration {
            model: model.parse()?,
            wanted: Wanted::Next(Bump::Minor),
            digest: Digest::of(b"acme"),
            uri: "azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/d/paths/p"
                .to_owned(),
            format: Format::Mlflow,
            bytes: 10,
            commit: None,
            origin: Origin { actor: "ada".to_owned(), ..Origin::default() },
        })
    }

    fn promote(registry: &dyn Registry, model: &str) -> Result<PromoteOutcome> {
        registry.promote(&Promotion {
            model: model.parse()?,
            alias: "champion".parse()?,
            version: "1.0.0".parse()?,
            expected: Expected::Current,
            origin: Origin::default(),
        })
    }

    /// There is one version with its alias, and nothing else.
    fn is_whole(&self, registry: &dyn Registry, model: &str, what: &str) {
        let record = registry.model(&model.parse().expect("a name")).expect("reads");
        assert_eq!(record.versions.len(), 1, "{what}: registered twice, or not at all");
        assert_eq!(record.events, 2, "{what}");
        let state = self.fake.state();
        let versions = &state.models[model].versions;
        assert_eq!(versions.len(), 1, "{what}");
        assert_eq!(versions[0].1["tags"]["outerloop.aliases"], "champion", "{what}");
    }

    /// The fault at each call of a register and of a promote; gives how many calls there are. Each
    /// has a model of its own: a longer history takes more calls.
    fn survives(&self, side: Side, name: &str, fault: &Fault) -> usize {
        let (mut call, mut went_on) = (0, true);
        // Who comes again; who comes first is a process of its own each time.
        let sound = self.open();
        while went_on {
            let (what, model) = (format!("{side:?}: {name} at {call}"), format!("acme-{call}"));
            self.inject(side, Rule::next(fault.clone()).after(call));
            let first = Self::register(&self.open(), &model);
            went_on = !self.heal(side);
            let again = Self::register(&sound, &model).unwrap_or_else(|e| panic!("{what}: {e}"));
            match first {
                Ok(first) => assert_eq!(first.record, again.record, "{what}"),
                Err(error) => assert!(error.hint_text().is_some(), "{what}: {error}"),
            }
            self.inject(side, Rule::next(fault.clone()).after(call));
            let first = Self::promote(&self.open(), &model);
            went_on |= !self.heal(side);
            let again = Self::promote(&sound, &model).unwrap_or_else(|e| panic!("{what}: {e}"));
            assert!(first.is_err() || !again.moved, "{what}");
            self.is_whole(&sound, &model, &what);
            call += 1;
        }
        let verified = sound.verify().expect("verifies");
        assert!(verified.verified, "{side:?}: {name}: {:?}", verified.problems);
        call
    }
}

fn faults() -> Vec<(&'static str, Fault)> {
    let html = || Reply::bytes(200, "text/html", b"<html>sign in</html>".to_vec());
    let expired = json!({"error": {"code": "ExpiredAuthenticationToken"}});
    vec![
        ("cut before", Fault::CutBefore),
        ("cut after", Fault::CutAfter),
        ("429", Fault::Instead(Reply::empty(429).header("retry-after", "0"))),
        ("429 without a time", Fault::Instead(Reply::empty(429))),
        ("503", Fault::Instead(Reply::empty(503))),
        ("503 after", Fault::AndThen(Reply::empty(503))),
        ("401", Fault::Instead(Reply::json(401, &expired))),
        ("a page", Fault::Instead(html())),
        ("a page after", Fault::AndThen(html())),
        ("refused", Fault::Instead(Reply::empty(500))),
        ("half an answer", Fault::Truncated),
        ("silence before", Fault::Silent),
        ("silence after", Fault::SilentAfter),
        ("silence in the middle", Fault::SilentWithin),
    ]
}

fn each_call_may_fail(side: Side, faults: &[(&str, Fault)], least: usize) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let next = || next.fetch_add(1, Ordering::Relaxed);
                while let Some((name, fault)) = faults.get(next()) {
                    let begun = std::time::Instant::now();
                    let calls = Scene::new(side).survives(side, name, fault);
                    eprintln!("{side:?}: {name}: {calls} calls, {:?}", begun.elapsed());
                    assert!(calls > least, "{side:?}: {name}: {calls}");
                }
            });
        }
    });
}

/// A scene in which one side's calls end.
struct Ending {
    scene: Scene,
    side: Side,
    limit: AtomicUsize,
}

impl System for Ending {
    fn open(&self) -> Box<dyn Registry> {
        Box::new(self.scene.open())
    }

    fn ending(&self, calls: usize, done: bool) -> Box<dyn Registry> {
        // The login and the look at the datastore are calls, too.
        self.scene.calls(self.side);
        self.limit.store(calls, Ordering::Relaxed);
        if done {
            self.scene.inject(self.side, Rule::next(Fault::CutAfter).after(calls));
        }
        let gone = Rule::next(Fault::CutBefore).after(calls).times(usize::MAX);
        self.scene.inject(self.side, gone);
        Box::new(self.scene.open_trying(1))
    }

    fn ended(&self) -> bool {
        self.scene.heal(self.side);
        self.scene.calls(self.side) > self.limit.load(Ordering::Relaxed)
    }
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn nothing_is_half_visible_wherever_a_process_ends() {
    std::thread::scope(|scope| {
        for side in [Side::Manager, Side::Blobs] {
            scope.spawn(move || {
                let folder = tempfile::tempdir().expect("a folder");
                let mut git = Command::new("git");
                let made = git.args(["init", "-q"]).current_dir(folder.path()).status();
                assert!(made.expect("git runs").success());
                let options = Options { remote: RemoteChoice::None, ..Options::default() };
                let source = GitRegistry::open(folder.path(), options, Arc::new(SystemClock));
                let limit = AtomicUsize::new(0);
                let system = Ending { scene: Scene::new(side), side, limit };
                let source = source.expect("opens");
                for (done, first) in [(false, 0), (true, 1)] {
                    let calls = || (first..).step_by(EVERY);
                    let named = |kind: &str, calls: usize| format!("{kind}-{calls}-{done}");
                    let writes = calls().take_while(|calls| {
                        a_write(&system, &named("write", *calls), (*calls, done))
                    });
                    let writes = writes.count();
                    let copies = calls().take_while(|calls| {
                        let history = lived(&source, &named("copy", *calls));
                        a_copy(&system, &history, (*calls, done))
                    });
                    let copies = copies.count();
                    assert!(writes > 0 && copies > 0, "{side:?}: {writes} {copies}");
                }
            });
        }
    });
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn each_call_to_the_workspace_may_fail_and_the_retry_completes() {
    each_call_may_fail(Side::Manager, &faults(), 4);
}

#[test]
#[ignore = "needs Azurite, which cargo xtask test installs"]
fn each_call_to_its_blobs_may_fail_and_the_retry_completes() {
    // Each other fault at each call of the container is tested with the store.
    let chosen = ["half an answer", "silence before", "silence after", "silence in the middle"];
    let mut faults = faults();
    faults.retain(|(name, _)| chosen.contains(name));
    each_call_may_fail(Side::Blobs, &faults, 4);
}
