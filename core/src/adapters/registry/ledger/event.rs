//! The event that a change becomes.

use super::view::ModelHead;
use crate::domain::event::{Event, What};
use crate::domain::name::ModelName;
use crate::ports::clock::Clock;
use crate::ports::registry::Origin;

/// The event that comes after `head`, by this machine's clock. Clocks may differ: the place in the
/// history is the sequence, never the time.
pub(in crate::adapters::registry) fn next_event(
    model: ModelName,
    head: Option<&ModelHead>,
    what: What,
    origin: Origin,
    clock: &dyn Clock,
) -> Event {
    let now = clock.now();
    Event {
        model,
        sequence: head.map_or(1, |head| head.events + 1),
        previous: head.map(|head| head.head),
        time: now.round(jiff::Unit::Millisecond).unwrap_or(now),
        actor: origin.actor,
        run: origin.run,
        cause: origin.cause,
        what,
    }
}
