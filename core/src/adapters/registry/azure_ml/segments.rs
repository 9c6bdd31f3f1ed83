//! Reads events: those that were gathered in segments, then one by one, side by side.
//!
//! A segment holds the canonical JSON of [`EVENTS`] events, each on a line of its own; canonical
//! JSON has no line breaks. It only makes reading quick. Events stay where they are, and whoever
//! wrote another segment than they add up to is found out by the chain of their digests.

use rayon::prelude::*;

use super::place;
use crate::adapters::azure::blob::Container;
use crate::adapters::registry::ledger::Stored;
use crate::domain::error::Result;
use crate::domain::name::ModelName;

/// Events in a segment.
pub(super) const EVENTS: u64 = 256;
/// Events that are looked for at once behind the last known one.
const AHEAD: u64 = 4;
/// Most events that are on their way at once.
const ABREAST: usize = 64;

/// The events from `from` on; there are `known` at least.
pub(super) fn read(
    container: &Container,
    model: &ModelName,
    from: u64,
    known: u64,
) -> Result<Vec<Stored>> {
    let first = (from.max(1) - 1) / EVENTS;
    // Of a segment that is nearly read, the rest is quicker one by one.
    let first = if (from.max(1) - 1) % EVENTS > EVENTS / 2 { first + 1 } else { first };
    let whole: Vec<Option<Vec<Stored>>> = (first..known / EVENTS)
        .into_par_iter()
        .map(|number| segment(container, model, number))
        .collect::<Result<_>>()?;
    let mut found = Vec::new();
    let mut next = from.max(1);
    for events in whole.into_iter().map_while(|segment| segment) {
        if events.first().is_some_and(|event| event.sequence > next) {
            found.extend(one_by_one(container, model, next, events[0].sequence - 1)?);
        }
        found.extend(events.into_iter().filter(|event| event.sequence >= from));
        next = found.last().map_or(next, |event: &Stored| event.sequence + 1);
    }
    found.extend(one_by_one(container, model, next, known)?);
    next = next.max(found.last().map_or(next, |event| event.sequence + 1));
    if next <= known {
        return Ok(found);
    }
    loop {
        let ahead = one_by_one(container, model, next, next + AHEAD - 1)?;
        let full = ahead.len() as u64 == AHEAD;
        next += ahead.len() as u64;
        found.extend(ahead);
        if !full {
            return Ok(found);
        }
    }
}

/// The events `first` to `last`, up to the first that is missing.
fn one_by_one(
    container: &Container,
    model: &ModelName,
    first: u64,
    last: u64,
) -> Result<Vec<Stored>> {
    let numbers: Vec<u64> = (first..=last).collect();
    let mut found = Vec::new();
    for some in numbers.chunks(ABREAST) {
        let read: Vec<Option<Stored>> = some
            .par_iter()
            .map(|sequence| {
                let bytes = container.read(&place::event(model, *sequence))?;
                Ok(bytes.map(|bytes| Stored { sequence: *sequence, bytes }))
            })
            .collect::<Result<_>>()?;
        let is_whole = read.iter().all(Option::is_some);
        found.extend(read.into_iter().map_while(|event| event));
        if !is_whole {
            break;
        }
    }
    Ok(found)
}

fn segment(container: &Container, model: &ModelName, number: u64) -> Result<Option<Vec<Stored>>> {
    let Some(bytes) = container.read(&place::segment(model, number))? else { return Ok(None) };
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let numbered = (number * EVENTS + 1..).zip(lines);
    let events = numbered.map(|(sequence, line)| Stored { sequence, bytes: line.to_vec() });
    let events: Vec<Stored> = events.collect();
    Ok((events.len() as u64 == EVENTS).then_some(events))
}

/// Gathers the events up to `sequence`, the last of a segment. That only makes reading quick: what
/// goes wrong is said and no failure.
pub(super) fn gather(container: &Container, model: &ModelName, sequence: u64) {
    let number = sequence / EVENTS - 1;
    let gathered = one_by_one(container, model, number * EVENTS + 1, sequence).and_then(|events| {
        if events.len() as u64 == EVENTS {
            let lines: Vec<Vec<u8>> = events.into_iter().map(|event| event.bytes).collect();
            container.create(
                &place::segment(model, number),
                "application/jsonl",
                &lines.join(&b'\n'),
            )?;
        }
        Ok(())
    });
    if let Err(error) = gathered {
        tracing::info!("the events up to {sequence} of {model} are not gathered: {error}");
    }
}
