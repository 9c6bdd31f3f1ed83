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
use outerloop_core::conformance::cut_off::{self, System};
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

    fn register(&self, content: &str) -> Result<RegisterOutcome> {
        self.open().register(&Registration {
            model: "acme".parse()?,
            wanted: Wanted::Next(Bump::Minor),
            digest: Digest::of(content.as_bytes()),
            uri: "azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/d/paths/p"
                .to_owned(),
            format: Format::Mlflow,
            bytes: 10,
            commit: None,
            origin: Origin { actor: "ada".to_owned(), ..Origin::default() },
        })
    }

    fn promote(&self, version: &str) -> Result<PromoteOutcome> {
        self.open().promote(&Promotion {
            model: "acme".parse()?,
            alias: "champion".parse()?,
            version: version.parse()?,
            expected: Expected::Current,
            origin: Origin::default(),
        })
    }

    /// What the workspace shows as the aliases of the version.
    fn aliases(&self, version: &str) -> serde_json::Value {
        let state = self.fake.state();
        let versions = &state.models["acme"].versions;
        let shown = &versions.iter().find(|(v, _)| v == version).expect("shown").1;
        shown["tags"]["outerloop.aliases"].clone()
    }

    /// The fault at each call of a register and of a promote; gives how many calls there are.
    fn survives(&self, side: Side, name: &str, fault: &Fault) -> usize {
        let (mut call, mut went_on) = (0, true);
        while went_on {
            let content = format!("{side:?}: {name} {call}");
            self.inject(side, Rule::next(fault.clone()).after(call));
            let first = self.register(&content);
            went_on = !self.heal(side);
            let again = self.register(&content).unwrap_or_else(|e| panic!("{content}: {e}"));
            match first {
                Ok(first) => assert_eq!(first.record, again.record, "{content}"),
                Err(error) => assert!(error.hint_text().is_some(), "{content}: {error}"),
            }
            let version = again.record.version.to_string();
            self.inject(side, Rule::next(fault.clone()).after(call));
            let first = self.promote(&version);
            let left = self.heal(side);
            let again = self.promote(&version).unwrap_or_else(|e| panic!("{content}: {e}"));
            assert!(first.is_err() || !again.moved, "{content}");
            assert_eq!(self.aliases(&version), "champion", "{content}");
            went_on |= !left;
            call += 1;
        }
        let registry = self.open();
        let model = registry.model(&"acme".parse().expect("a name")).expect("reads");
        let what = format!("{side:?}: {name}");
        assert_eq!(model.versions.len(), call, "{what}: registered twice, or not at all");
        assert_eq!(model.events, 2 * call as u64, "{what}");
        let verified = registry.verify().expect("verifies");
        assert!(verified.verified, "{what}: {:?}", verified.problems);
        assert_eq!(self.fake.state().models["acme"].versions.len(), call, "{what}");
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
                cut_off::run(&system, &source.expect("opens"), 4);
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
