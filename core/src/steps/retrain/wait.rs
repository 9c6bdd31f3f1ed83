//! Waits for a training that was started to end.

use std::time::Duration;

use super::decision::words;
use crate::domain::error::{Error, Result};
use crate::ports::clock::Clock;
use crate::ports::host::Host;
use crate::ports::trigger::{RunState, Started, Trigger};

/// First pause between two looks; it grows by half each time …
const FIRST: Duration = Duration::from_secs(2);
/// … up to this.
const LONGEST: Duration = Duration::from_secs(30);
/// Looks in a row that may fail in passing.
const HICCUPS: u32 = 5;

/// How a training ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waited {
    /// It did what it should.
    pub success: bool,
    /// `success`, `failure`, `canceled` …
    pub conclusion: String,
    /// Address of the run, where the server said one.
    pub url: Option<String>,
}

/// Looks at the training until it has ended, and says each change.
///
/// # Errors
/// It takes longer than `timeout`; the server cannot be asked. Both leave the training running.
pub fn wait(
    started: &Started,
    trigger: &dyn Trigger,
    timeout: Duration,
    clock: &dyn Clock,
    host: &dyn Host,
) -> Result<Waited> {
    let began = clock.now();
    let elapsed = || Duration::try_from(clock.now().duration_since(began)).unwrap_or_default();
    let (mut pause, mut failed, mut last) = (FIRST, 0, String::new());
    let mut address = started.run.clone();
    loop {
        match trigger.state(started) {
            Ok(RunState::Ended { success, conclusion, url }) => {
                return Ok(Waited { success, conclusion, url });
            }
            Ok(RunState::Running { status, url }) => {
                failed = 0;
                address = url.unwrap_or(address);
                if status != last {
                    host.say(&format!("{address}: {status} after {}", words(elapsed())));
                }
                last = status;
            }
            Err(e) if e.is_retryable() && failed < HICCUPS => failed += 1,
            Err(e) => return Err(e.during(format!("look at {address}"))),
        }
        if elapsed() >= timeout {
            return Err(too_long(&address, timeout));
        }
        host.progress(share(elapsed(), timeout), &last);
        clock.sleep(pause.min(timeout.saturating_sub(elapsed())));
        pause = (pause * 3 / 2).min(LONGEST);
    }
}

/// Percent of the time that is used up; never all of it.
fn share(elapsed: Duration, timeout: Duration) -> u8 {
    let percent = elapsed.as_secs_f64() / timeout.as_secs_f64().max(1.0) * 100.0;
    percent.clamp(0.0, 99.0) as u8
}

fn too_long(address: &str, timeout: Duration) -> Error {
    Error::timeout(format!("{address} has not ended within {}", words(timeout)))
        .hint("it goes on running: look at it there, or give `retrain.timeout` more time")
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use jiff::Timestamp;

    use super::*;
    use crate::domain::digest::Digest;
    use crate::domain::error::ErrorKind;
    use crate::ports::host::HostKind;
    use crate::ports::trigger::TrainingRequest;
    use crate::steps::simulated_host::SimulatedHost;

    struct Scripted(Mutex<Vec<Result<RunState>>>);

    impl Trigger for Scripted {
        fn name(&self) -> &'static str {
            "github-workflow"
        }

        fn describe(&self) -> String {
            String::new()
        }

        fn start(&self, _: &TrainingRequest) -> Result<Started> {
            Err(Error::internal("is not started here"))
        }

        fn state(&self, _: &Started) -> Result<RunState> {
            let mut script = self.0.lock().unwrap();
            if script.is_empty() { running("in_progress") } else { script.remove(0) }
        }
    }

    struct Stopped(Mutex<(Timestamp, Vec<Duration>)>);

    impl Clock for Stopped {
        fn now(&self) -> Timestamp {
            self.0.lock().unwrap().0
        }

        fn sleep(&self, duration: Duration) {
            let mut state = self.0.lock().unwrap();
            state.0 += jiff::SignedDuration::try_from(duration).unwrap();
            state.1.push(duration);
        }
    }

    fn running(status: &str) -> Result<RunState> {
        let url = Some("https://forge.example/runs/9".to_owned());
        Ok(RunState::Running { status: status.to_owned(), url })
    }

    fn ended(success: bool, conclusion: &str) -> Result<RunState> {
        Ok(RunState::Ended { success, conclusion: conclusion.to_owned(), url: None })
    }

    fn waited(script: Vec<Result<RunState>>) -> (Result<Waited>, Vec<String>, Vec<Duration>) {
        let clock = Stopped(Mutex::new(("2026-01-01T00:00:00Z".parse().unwrap(), Vec::new())));
        let host = SimulatedHost::new(HostKind::GitHub);
        let event = Digest::of(b"event");
        let started = Started { run: "run 9".to_owned(), id: Some("9".to_owned()), event };
        let timeout = Duration::from_secs(600);
        let outcome = wait(&started, &Scripted(Mutex::new(script)), timeout, &clock, &host);
        let said = host.said.lock().unwrap().clone();
        (outcome, said, clock.0.into_inner().unwrap().1)
    }

    #[test]
    fn each_change_is_said_once_and_the_pauses_grow() {
        let script = vec![
            running("queued"),
            running("queued"),
            running("in_progress"),
            running("in_progress"),
            ended(true, "success"),
        ];
        let (outcome, said, pauses) = waited(script);
        assert_eq!(outcome.unwrap().conclusion, "success");
        let expected = [
            "https://forge.example/runs/9: queued after 0s",
            "https://forge.example/runs/9: in_progress after 5s",
        ];
        assert_eq!(said, expected);
        assert!(pauses.windows(2).all(|p| p[0] < p[1]) && pauses[0] == FIRST, "{pauses:?}");
    }

    #[test]
    fn a_training_that_failed_is_an_answer_and_no_error() {
        let (outcome, _, _) = waited(vec![ended(false, "canceled")]);
        let outcome = outcome.unwrap();
        assert_eq!((outcome.success, &*outcome.conclusion), (false, "canceled"));
    }

    #[test]
    fn it_waits_no_longer_than_it_may_and_names_the_run() {
        let (outcome, _, pauses) = waited(Vec::new());
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.to_string().contains("https://forge.example/runs/9"), "{error}");
        assert_eq!(pauses.iter().sum::<Duration>(), Duration::from_secs(600));
        assert!(pauses.iter().all(|pause| *pause <= LONGEST));
    }

    #[test]
    fn a_few_failed_looks_are_forgiven_and_a_refusal_is_not() {
        let down = || Err(Error::unavailable("no answer").retryable());
        let mut script: Vec<_> = (0..5).map(|_| down()).collect();
        script.push(ended(true, "success"));
        assert!(waited(script).0.is_ok());
        let script = (0..6).map(|_| down()).collect();
        assert_eq!(waited(script).0.unwrap_err().kind(), ErrorKind::Unavailable);
        let refused = Err(Error::new(ErrorKind::Permission, "no"));
        let (outcome, _, pauses) = waited(vec![refused]);
        assert_eq!((outcome.unwrap_err().kind(), pauses.len()), (ErrorKind::Permission, 0));
    }
}
