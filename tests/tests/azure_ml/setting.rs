//! What the tests share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use outerloop_core::adapters::azure::arm::Arm;
use outerloop_core::adapters::azure::identity::{Choice, Cloud, Tokens};
use outerloop_core::adapters::azure::ml::{Place, Workspace};
use outerloop_core::adapters::clock::SystemClock;
use outerloop_core::adapters::http::RetryPolicy;
use outerloop_core::domain::error::Result;
use outerloop_core::ports::clock::Clock;
use outerloop_tests::azure_ml::{AzureMlFake, GROUP, SUBSCRIPTION, WORKSPACE};

/// Time that passes only while somebody sleeps.
pub struct StillClock(Mutex<(Timestamp, Vec<Duration>)>);

impl StillClock {
    /// A clock that begins now.
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new((Timestamp::now(), Vec::new()))))
    }

    /// Every sleep since the last time, in seconds.
    pub fn slept(&self) -> Vec<f64> {
        let slept = std::mem::take(&mut self.0.lock().unwrap().1);
        slept.iter().map(Duration::as_secs_f64).collect()
    }
}

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap().0
    }

    fn sleep(&self, duration: Duration) {
        let mut held = self.0.lock().unwrap();
        held.0 += duration;
        held.1.push(duration);
    }
}

/// What is hidden from logs.
pub type Hidden = Arc<Mutex<Vec<String>>>;

/// The tokens that these variables lead to, and what was hidden.
pub fn tokens(
    variables: &BTreeMap<String, String>,
    clock: &Arc<StillClock>,
) -> Result<(Arc<Tokens>, Hidden)> {
    let get = |name: &str| variables.get(name).cloned();
    let choice = Choice::find(&get, None)?;
    let hidden = Hidden::default();
    let hides = Arc::clone(&hidden);
    let mask = Arc::new(move |secret: &str| hides.lock().unwrap().push(secret.to_owned()));
    let tokens = Tokens::new(Cloud::of(&get, None)?, choice, Arc::clone(clock) as _, mask);
    Ok((Arc::new(tokens), hidden))
}

/// The workspace of the fake, as each process opens it.
pub fn workspace(fake: &AzureMlFake) -> Arc<Workspace> {
    let retry = RetryPolicy { first: Duration::from_millis(5), ..RetryPolicy::default() };
    workspace_with(fake, retry)
}

/// The same with these tries.
pub fn workspace_with(fake: &AzureMlFake, retry: RetryPolicy) -> Arc<Workspace> {
    workspace_at(fake, fake.account(), retry)
}

/// The same with its blobs at this account.
pub fn workspace_at(fake: &AzureMlFake, account: String, retry: RetryPolicy) -> Arc<Workspace> {
    let variables = fake.variables();
    let (tokens, _) = tokens(&variables, &StillClock::new()).expect("a login");
    let arm = Arc::new(Arm::new(tokens, Arc::new(SystemClock), retry));
    let place = Place {
        subscription: SUBSCRIPTION.to_owned(),
        group: GROUP.to_owned(),
        name: WORKSPACE.to_owned(),
    };
    Arc::new(Workspace::new(arm, place, Some(account), retry))
}

/// Azure Resource Manager with the login of these variables.
pub fn arm(variables: &BTreeMap<String, String>, clock: &Arc<StillClock>) -> Arc<Arm> {
    let (tokens, _) = tokens(variables, clock).expect("a login");
    Arc::new(Arm::new(tokens, Arc::clone(clock) as _, RetryPolicy::default()))
}
