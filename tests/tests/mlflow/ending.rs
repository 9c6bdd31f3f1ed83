//! Processes that end between two calls to the server: nothing is half-visible, and the next one
//! completes it.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use outerloop_core::adapters::clock::SystemClock;
use outerloop_core::adapters::http::RetryPolicy;
use outerloop_core::adapters::registry::git::{GitRegistry, Options, RemoteChoice};
use outerloop_core::conformance::cut_off::{System, a_copy, a_write, lived};
use outerloop_core::ports::registry::Registry;
use outerloop_tests::fake::{Fake, Fault, Rule};
use outerloop_tests::faults::Forward;
use outerloop_tests::mlflow::{MlflowServer, registry, registry_trying};

/// One process in so many is ended, at a different call for each kind: who finds the claim of one
/// waits until it is taken for dead.
const EVERY: usize = 9;
/// Calls of a register and a promote, and some more.
const CALLS: usize = 36;

struct Behind {
    mlflow: &'static MlflowServer,
    proxy: Fake<Forward>,
    limit: AtomicUsize,
}

impl System for Behind {
    fn open(&self) -> Box<dyn Registry> {
        Box::new(registry(self.mlflow.url(), 3))
    }

    fn ending(&self, calls: usize, done: bool) -> Box<dyn Registry> {
        self.proxy.take_calls();
        self.limit.store(calls, Ordering::Relaxed);
        if done {
            self.proxy.inject(Rule::next(Fault::CutAfter).after(calls));
        }
        self.proxy.inject(Rule::next(Fault::CutBefore).after(calls).times(usize::MAX));
        let retry = RetryPolicy { attempts: 1, ..RetryPolicy::default() };
        Box::new(registry_trying(&self.proxy.url, 0, retry))
    }

    fn ended(&self) -> bool {
        self.proxy.heal();
        self.proxy.take_calls().len() > self.limit.load(Ordering::Relaxed)
    }
}

#[test]
#[ignore = "needs MLflow, which cargo xtask test installs"]
fn nothing_is_half_visible_wherever_a_process_ends() {
    let mlflow = MlflowServer::shared();
    let folder = tempfile::tempdir().expect("a folder");
    let made = Command::new("git").args(["init", "-q"]).current_dir(folder.path()).status();
    assert!(made.expect("git runs").success());
    let options = Options { remote: RemoteChoice::None, ..Options::default() };
    let source = GitRegistry::open(folder.path(), options, Arc::new(SystemClock)).expect("opens");
    let kinds = [(false, false), (false, true), (true, false), (true, true)];
    let met = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for (first, (copies, done)) in kinds.into_iter().enumerate() {
            for calls in (first * 2..CALLS).step_by(EVERY) {
                let model = format!("ending-{first}-{calls}");
                let history = copies.then(|| lived(&source, &model));
                let met = &met;
                scope.spawn(move || {
                    let (proxy, limit) = (Forward::before(mlflow.url()), AtomicUsize::new(0));
                    let system = Behind { mlflow, proxy, limit };
                    let ended = match &history {
                        Some(history) => a_copy(&system, history, (calls, done)),
                        None => a_write(&system, &model, (calls, done)),
                    };
                    met.fetch_add(usize::from(ended), Ordering::Relaxed);
                });
            }
        }
    });
    let met = met.into_inner();
    assert!(met > CALLS / EVERY, "only {met} processes were ended");
}
