//! Creating a thing exactly once, although answers get lost.

use std::time::Duration;

use crate::adapters::http;
use crate::ports::clock::Clock;

/// How often creating is tried when nobody knows whether it was done.
const ROUNDS: usize = 3;
/// Time that a call whose answer was lost gets to take effect before it is looked for. A call that
/// timed out here is long over there: GitHub ends a request after ten seconds.
const SETTLE: Duration = Duration::from_secs(2);

/// Creates a thing. When the answer is lost, `look` says whether it is there, and only what is not
/// there is created again.
///
/// # Errors
/// What `create` and `look` say; after a few lost answers, the last of them.
pub fn create_once<T>(
    clock: &dyn Clock,
    create: impl Fn() -> http::Result<T>,
    look: impl Fn() -> http::Result<Option<T>>,
) -> http::Result<T> {
    let mut round = 0;
    loop {
        round += 1;
        let lost = match create() {
            Ok(thing) => return Ok(thing),
            Err(failure) if failure.is_ambiguous() => failure,
            Err(failure) => return Err(failure),
        };
        clock.sleep(SETTLE);
        if let Some(thing) = look()? {
            return Ok(thing);
        }
        if round == ROUNDS {
            return Err(lost);
        }
    }
}
