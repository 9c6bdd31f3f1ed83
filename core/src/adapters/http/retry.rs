//! When a call is sent again, and after how long.

use std::time::Duration;

use jiff::Timestamp;

use crate::ports::clock::Clock;

/// Longest time for which a server may say nothing, where nobody says otherwise.
const STALLED: Duration = Duration::from_secs(60);

/// How often and how long a call is tried.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// Most attempts, the first one included.
    pub attempts: u32,
    /// First wait; each further one is twice as long.
    pub first: Duration,
    /// Longest time from the first attempt to the last.
    pub total: Duration,
    /// Longest time for which a server of files or of a registry may say nothing and a connection be
    /// still; other calls have their own (`Options::timeout`).
    pub stalled: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 5,
            first: Duration::from_secs(1),
            total: Duration::from_secs(120),
            stalled: STALLED,
        }
    }
}

/// What went wrong with one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The server was not reached.
    NotReached,
    /// The server did nothing, and asks to come back after this time.
    Turned(Duration),
    /// The server failed, or the connection was cut: perhaps it was done.
    Unclear,
    /// The answer is final.
    Final,
}

impl RetryPolicy {
    /// How long to wait before the next attempt; none: there is none. `once`: the call creates
    /// something. `chance` is between 0 and 1.
    pub(super) fn wait(
        &self,
        trouble: Trouble,
        once: bool,
        tried: u32,
        elapsed: Duration,
        chance: f64,
    ) -> Option<Duration> {
        let backoff = self.first.saturating_mul(1 << tried.saturating_sub(1).min(16));
        // Several runs that were turned away together must not come back together.
        let jittered = backoff.mul_f64(0.5 + chance / 2.0);
        let wait = match trouble {
            Trouble::Final => return None,
            Trouble::Unclear if once => return None,
            Trouble::Unclear | Trouble::NotReached => jittered,
            Trouble::Turned(asked) if asked < jittered => jittered,
            Trouble::Turned(asked) => asked + self.first.mul_f64(chance),
        };
        // One that took long by itself, such as a server that said nothing, has a second one.
        let elapsed = if tried == 1 { Duration::ZERO } else { elapsed };
        (tried < self.attempts && elapsed + wait <= self.total).then_some(wait)
    }
}

/// The attempts of one piece of work that may be repeated, such as reading on in a long file.
pub struct Tries<'a> {
    policy: RetryPolicy,
    clock: &'a dyn Clock,
    begun: Timestamp,
    tried: u32,
}

impl<'a> Tries<'a> {
    /// Before the first attempt.
    pub fn new(policy: RetryPolicy, clock: &'a dyn Clock) -> Self {
        Self { policy, clock, begun: clock.now(), tried: 0 }
    }

    /// Waits until the next attempt; false: there is none. `advanced`: the attempt that failed got
    /// further than those before, so that counting begins anew.
    pub fn again(&mut self, trouble: Trouble, advanced: bool) -> bool {
        if advanced {
            (self.begun, self.tried) = (self.clock.now(), 0);
        }
        self.tried += 1;
        let elapsed = self.clock.now().duration_since(self.begun).try_into().unwrap_or_default();
        match self.policy.wait(trouble, false, self.tried, elapsed, rand::random()) {
            Some(wait) => {
                self.clock.sleep(wait);
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Duration = Duration::ZERO;

    fn wait(trouble: Trouble, once: bool, tried: u32) -> Option<Duration> {
        RetryPolicy::default().wait(trouble, once, tried, NONE, 1.0)
    }

    #[test]
    fn waits_double_and_attempts_end() {
        let waits: Vec<_> = (1..=5).map(|n| wait(Trouble::NotReached, true, n)).collect();
        let seconds = |s| Some(Duration::from_secs(s));
        assert_eq!(waits, [seconds(1), seconds(2), seconds(4), seconds(8), None]);
    }

    #[test]
    fn what_creates_is_not_repeated_when_it_may_have_been_done() {
        assert_eq!(wait(Trouble::Unclear, true, 1), None);
        assert!(wait(Trouble::Unclear, false, 1).is_some());
        assert!(wait(Trouble::Turned(NONE), true, 1).is_some());
    }

    #[test]
    fn a_wait_that_was_asked_for_is_kept_unless_it_is_too_long() {
        let asked = Duration::from_secs(30);
        assert!(wait(Trouble::Turned(asked), true, 1).is_some_and(|w| w >= asked));
        assert_eq!(wait(Trouble::Turned(Duration::from_secs(121)), true, 1), None);
        let late = Duration::from_secs(100);
        let policy = RetryPolicy::default();
        assert_eq!(policy.wait(Trouble::Turned(asked), true, 2, late, 0.0), None);
        let stalled = policy.total * 2;
        assert!(policy.wait(Trouble::NotReached, true, 1, stalled, 0.0).is_some());
        assert_eq!(policy.wait(Trouble::NotReached, true, 2, stalled, 0.0), None);
    }
}
