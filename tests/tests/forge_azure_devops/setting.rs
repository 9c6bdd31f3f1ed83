//! A server, a forge for it, a clock that never waits, and every fault at every call.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use outerloop_core::adapters::azure::devops::{AgentRun, DevOps};
use outerloop_core::adapters::forge::azure_devops::AzureDevOps;
use outerloop_core::adapters::trigger::azure_pipelines::{AzurePipelinesTrigger, Pipeline};
use outerloop_core::domain::error::Result;
use outerloop_core::ports::clock::Clock;
use outerloop_core::ports::host::PullRequest;
use outerloop_tests::azure_devops::{AzureDevOpsFake, PIPELINE, World};
use outerloop_tests::fake::{Fault, Reply, Rule};
use serde_json::json;

/// A clock whose waiting takes no time.
pub struct Patient {
    now: Mutex<Timestamp>,
}

impl Patient {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { now: Mutex::new(Timestamp::now()) })
    }
}

impl Clock for Patient {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(duration).unwrap();
    }
}

/// The run that `fake` plays, with some of its variables changed; an empty one is not set.
pub fn run(fake: &AzureDevOpsFake, changed: &[(&str, &str)]) -> AgentRun {
    let mut variables = fake.variables();
    for (name, value) in changed {
        variables.insert((*name).to_owned(), (*value).to_owned());
    }
    let get = |name: &str| variables.get(name).filter(|v| !v.is_empty()).cloned();
    AgentRun::read(&get).unwrap().unwrap()
}

pub fn forge(fake: &AzureDevOpsFake) -> AzureDevOps {
    AzureDevOps::new(run(fake, &[]), Patient::new()).unwrap()
}

pub fn trigger(fake: &AzureDevOpsFake) -> AzurePipelinesTrigger {
    let devops = DevOps::new(run(fake, &[]), Patient::new()).unwrap();
    let pipeline = Pipeline { id: PIPELINE, ..Pipeline::default() };
    AzurePipelinesTrigger::new(devops, pipeline).unwrap()
}

pub fn pull_request(from_fork: bool) -> PullRequest {
    PullRequest { number: 1, head: None, base: None, from_fork }
}

/// Every way in which a call can go wrong and still be mended.
fn faults() -> Vec<(&'static str, Fault)> {
    let broken = || Reply::json(500, &json!({"message": "TF400898: an internal error"}));
    vec![
        ("cut before", Fault::CutBefore),
        ("cut after", Fault::CutAfter),
        ("500 instead", Fault::Instead(broken())),
        ("500 afterwards", Fault::AndThen(broken())),
        ("503", Fault::Instead(Reply::empty(503).header("retry-after", "2"))),
        ("503 without a time", Fault::AndThen(Reply::empty(503))),
        ("429", Fault::Instead(Reply::empty(429).header("retry-after", "20"))),
    ]
}

/// Lets every fault happen at every call of `act`, each in a world of its own that `prepare` made;
/// `check` says what must be there in the end.
pub fn at_every_call<T>(
    prepare: impl Fn(&AzureDevOpsFake),
    act: impl Fn(&AzureDevOpsFake) -> Result<T>,
    check: impl Fn(&World, &T, &str),
) {
    for (name, fault) in faults() {
        for calls_before in 0.. {
            let fake = AzureDevOpsFake::start();
            prepare(&fake);
            fake.inject(Rule::next(fault.clone()).after(calls_before));
            let outcome = act(&fake);
            if fake.heal() {
                assert!(calls_before > 0, "no call was made");
                break;
            }
            let what = format!("{name} at call {calls_before}");
            let outcome = outcome.unwrap_or_else(|e| panic!("{what}: {e}"));
            check(&fake.state(), &outcome, &what);
            fake.assert_no_violations();
        }
    }
}
