//! What one slot did since a moment, from counters that only grow.

use std::collections::BTreeMap;

use crate::domain::endpoint::SlotCounters;

/// Adds up what a slot did since the meter was made, also over a restart that set its counters
/// back to zero.
#[derive(Debug, Clone)]
pub struct Meter {
    last: SlotCounters,
    sum: SlotCounters,
}

impl Meter {
    /// Begins at `now`.
    pub fn starting_at(now: &SlotCounters) -> Self {
        Self { last: now.clone(), sum: SlotCounters::default() }
    }

    /// Adds what happened since the last reading. Counters that went down were reset: then all of
    /// `now` is new.
    pub fn read(&mut self, now: &SlotCounters) {
        let since = since(now, &self.last).unwrap_or_else(|| now.clone());
        add(&mut self.sum, &since);
        self.last = now.clone();
    }

    /// What the slot did since the meter was made.
    pub fn sum(&self) -> &SlotCounters {
        &self.sum
    }
}

fn since(now: &SlotCounters, then: &SlotCounters) -> Option<SlotCounters> {
    Some(SlotCounters {
        requests: now.requests.checked_sub(then.requests)?,
        errors: now.errors.checked_sub(then.errors)?,
        latency: each_since(&now.latency, &then.latency)?,
        predictions: each_since(&now.predictions, &then.predictions)?,
        categories: categories_since(&now.categories, &then.categories)?,
    })
}

fn each_since(now: &[u64], then: &[u64]) -> Option<Vec<u64>> {
    let at = |counts: &[u64], i: usize| counts.get(i).copied().unwrap_or(0);
    (0..now.len().max(then.len())).map(|i| at(now, i).checked_sub(at(then, i))).collect()
}

fn categories_since(
    now: &BTreeMap<String, u64>,
    then: &BTreeMap<String, u64>,
) -> Option<BTreeMap<String, u64>> {
    if then.keys().any(|name| !now.contains_key(name)) {
        return None;
    }
    now.iter()
        .map(|(name, count)| {
            let before = then.get(name).copied().unwrap_or(0);
            Some((name.clone(), count.checked_sub(before)?))
        })
        .collect()
}

fn add(sum: &mut SlotCounters, more: &SlotCounters) {
    sum.requests += more.requests;
    sum.errors += more.errors;
    add_each(&mut sum.latency, &more.latency);
    add_each(&mut sum.predictions, &more.predictions);
    for (name, count) in &more.categories {
        *sum.categories.entry(name.clone()).or_default() += count;
    }
}

fn add_each(sum: &mut Vec<u64>, more: &[u64]) {
    sum.resize(sum.len().max(more.len()), 0);
    sum.iter_mut().zip(more).for_each(|(s, m)| *s += m);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counters(requests: u64, errors: u64, latency: &[u64]) -> SlotCounters {
        SlotCounters { requests, errors, latency: latency.to_vec(), ..SlotCounters::default() }
    }

    #[test]
    fn only_what_came_after_counts() {
        let mut meter = Meter::starting_at(&counters(10, 1, &[9, 1]));
        meter.read(&counters(15, 1, &[13, 2]));
        assert_eq!(meter.sum(), &counters(5, 0, &[4, 1]));
    }

    #[test]
    fn a_reset_loses_nothing_that_was_read() {
        let mut meter = Meter::starting_at(&counters(10, 1, &[10]));
        meter.read(&counters(15, 2, &[15]));
        meter.read(&counters(3, 1, &[3]));
        meter.read(&counters(4, 1, &[4]));
        assert_eq!(meter.sum(), &counters(9, 2, &[9]));
    }

    #[test]
    fn a_category_that_vanished_is_a_reset() {
        let with = |names: &[(&str, u64)]| SlotCounters {
            categories: names.iter().map(|(n, c)| ((*n).to_owned(), *c)).collect(),
            ..SlotCounters::default()
        };
        let mut meter = Meter::starting_at(&with(&[("yes", 2)]));
        meter.read(&with(&[("no", 3)]));
        assert_eq!(meter.sum(), &with(&[("no", 3)]));
    }
}
