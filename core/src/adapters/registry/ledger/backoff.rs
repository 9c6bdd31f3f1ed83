//! Waiting between tries while others write too.

use std::time::{Duration, Instant};

use crate::domain::error::{Error, Result};
use crate::ports::clock::Clock;

/// Waits longer and longer, with jitter, until its patience is over.
pub(in crate::adapters::registry) struct Backoff<'a> {
    clock: &'a dyn Clock,
    deadline: Instant,
    next: Duration,
    hint: &'static str,
}

impl<'a> Backoff<'a> {
    const FIRST: Duration = Duration::from_millis(20);
    const LONGEST: Duration = Duration::from_secs(4);

    /// Starts now; `hint` says what to do when the patience is over.
    pub fn new(clock: &'a dyn Clock, patience: Duration, hint: &'static str) -> Self {
        Self { clock, deadline: Instant::now() + patience, next: Self::FIRST, hint }
    }

    /// Waits once.
    ///
    /// # Errors
    /// Conflict when the patience is over.
    pub fn wait(&mut self) -> Result<()> {
        if Instant::now() >= self.deadline {
            let error = Error::conflict("others keep writing to the registry");
            return Err(error.hint(self.hint).retryable());
        }
        self.clock.sleep(self.next.mul_f64(rand::random_range(0.3..1.0)));
        self.next = (self.next * 2).min(Self::LONGEST);
        Ok(())
    }
}
