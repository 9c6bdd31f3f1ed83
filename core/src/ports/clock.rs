//! Time, so that tests can hold it still.

use std::time::Duration;

use jiff::Timestamp;

/// Time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
    /// Waits.
    fn sleep(&self, duration: Duration);
}
