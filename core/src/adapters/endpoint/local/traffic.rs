//! Who answers which request: the shares, laid out once and walked by a counter.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::slot::Slot;
use crate::domain::endpoint::Traffic;
use crate::domain::error::{Error, Result};
use crate::domain::name::ModelName;

/// The slots and the shares, as one value: a request sees one or the other.
#[derive(Default)]
pub(super) struct Table {
    /// Loaded slots by name.
    pub(super) slots: BTreeMap<String, Arc<Slot>>,
    /// The shares.
    pub(super) traffic: Traffic,
    schedule: Vec<Arc<Slot>>,
    by_weight: Vec<Arc<Slot>>,
    mirror: Option<Arc<Slot>>,
}

impl Table {
    /// A table of these slots and shares.
    ///
    /// # Errors
    /// Shares that do not sum to 100, or name a slot that is not loaded.
    pub(super) fn new(slots: BTreeMap<String, Arc<Slot>>, traffic: Traffic) -> Result<Self> {
        check(&slots, &traffic)?;
        let find = |name: &String| slots.get(name).map(Arc::clone);
        let order = round_robin(&traffic.weights);
        let schedule = order.iter().filter_map(find).collect();
        let mut heaviest: Vec<(&String, u8)> =
            traffic.weights.iter().map(|(n, w)| (n, *w)).collect();
        heaviest.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
        let by_weight = heaviest.into_iter().filter_map(|(name, _)| find(name)).collect();
        let mirror = traffic.mirror.as_ref().and_then(|m| find(&m.slot));
        Ok(Self { slots, traffic, schedule, by_weight, mirror })
    }

    /// The slot for the next request.
    pub(super) fn pick(&self, turn: &AtomicU64) -> Option<&Arc<Slot>> {
        let len = u64::try_from(self.schedule.len()).ok().filter(|n| *n > 0)?;
        let index = usize::try_from(turn.fetch_add(1, Ordering::Relaxed) % len).ok()?;
        self.schedule.get(index)
    }

    /// The other slots that the traffic names, heaviest first; a weight of 0 stands by.
    pub(super) fn others<'a>(&'a self, slot: &'a Slot) -> impl Iterator<Item = &'a Arc<Slot>> {
        self.by_weight.iter().filter(|other| other.name != slot.name)
    }

    /// Whether the slot answers more than half of the requests.
    pub(super) fn is_majority(&self, slot: &Slot) -> bool {
        self.traffic.weights.get(&slot.name).is_some_and(|w| *w > 50)
    }

    /// The slot that gets a copy of the next request, exactly `percent` of a hundred.
    pub(super) fn mirror(&self, turn: &AtomicU64) -> Option<&Arc<Slot>> {
        let slot = self.mirror.as_ref()?;
        let percent = u64::from(self.traffic.mirror.as_ref()?.percent);
        let turn = turn.fetch_add(1, Ordering::Relaxed) % 100;
        ((turn + 1) * percent / 100 > turn * percent / 100).then_some(slot)
    }

    /// The model that is served, once one is.
    pub(super) fn model(&self) -> Option<&ModelName> {
        self.slots.values().next().map(|slot| &slot.model)
    }

    /// Whether the slot gets requests or copies.
    pub(super) fn is_used(&self, slot: &str) -> bool {
        self.traffic.weights.get(slot).is_some_and(|w| *w > 0)
            || self.traffic.mirror.as_ref().is_some_and(|m| m.slot == slot)
    }

    /// Whether some slot can answer.
    pub(super) fn is_ready(&self) -> bool {
        self.by_weight.iter().any(|slot| slot.is_healthy())
    }

    /// The heaviest slot, which speaks for the model.
    pub(super) fn heaviest(&self) -> Option<&Arc<Slot>> {
        self.by_weight.first().or_else(|| self.slots.values().next())
    }
}

fn check(slots: &BTreeMap<String, Arc<Slot>>, traffic: &Traffic) -> Result<()> {
    check_shares(traffic)?;
    let named = traffic.weights.keys().chain(traffic.mirror.iter().map(|m| &m.slot));
    match named.into_iter().find(|name| !slots.contains_key(*name)) {
        Some(name) => Err(Error::not_found(format!("no version {name} is loaded"))
            .hint("load it before it gets traffic")),
        None => Ok(()),
    }
}

fn check_shares(traffic: &Traffic) -> Result<()> {
    let sum: u32 = traffic.weights.values().map(|w| u32::from(*w)).sum();
    if !traffic.weights.is_empty() && sum != 100 {
        return Err(Error::usage(format!("the weights sum to {sum}"))
            .hint("give percentages that sum to 100"));
    }
    match &traffic.mirror {
        Some(mirror) if !(1..=100).contains(&mirror.percent) => {
            Err(Error::usage(format!("the mirror's percent is {}", mirror.percent))
                .hint("give a percentage from 1 to 100, or no mirror"))
        }
        _ => Ok(()),
    }
}

/// Smooth weighted round robin over one full cycle: each turn, every slot gains its weight, the
/// highest is taken and pays the sum. Exact over a cycle, and as evenly spread as can be.
fn round_robin(weights: &BTreeMap<String, u8>) -> Vec<String> {
    let sum: i32 = weights.values().map(|w| i32::from(*w)).sum();
    let divisor = weights.values().fold(0, |a, b| gcd(a, i32::from(*b))).max(1);
    let mut credit: Vec<(&String, i32, i32)> =
        weights.iter().map(|(name, w)| (name, i32::from(*w), 0)).collect();
    let mut order = Vec::new();
    for _ in 0..sum / divisor {
        credit.iter_mut().for_each(|(_, weight, have)| *have += *weight);
        if let Some(best) = credit.iter_mut().rev().max_by_key(|(_, _, have)| *have) {
            best.2 -= sum;
            order.push(best.0.clone());
        }
    }
    order
}

fn gcd(a: i32, b: i32) -> i32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(list: &[(&str, u8)]) -> BTreeMap<String, u8> {
        list.iter().map(|(n, w)| ((*n).to_owned(), *w)).collect()
    }

    #[test]
    fn a_cycle_has_the_exact_shares_and_spreads_them() {
        let order = round_robin(&weights(&[("a", 90), ("b", 10)]));
        assert_eq!(order.len(), 10);
        assert_eq!(order.iter().filter(|n| *n == "b").count(), 1);
        let order = round_robin(&weights(&[("a", 37), ("b", 33), ("c", 30), ("d", 0)]));
        let count = |name: &str| order.iter().filter(|n| *n == name).count();
        assert_eq!((count("a"), count("b"), count("c"), count("d")), (37, 33, 30, 0));
        let order = round_robin(&weights(&[("a", 50), ("b", 50)]));
        assert_ne!(order[0], order[1]);
        assert!(round_robin(&weights(&[])).is_empty());
    }

    #[test]
    fn wrong_shares_are_refused() {
        for list in [&[("a", 99)][..], &[("a", 60), ("b", 60)], &[("a", 0)]] {
            let traffic = Traffic { weights: weights(list), mirror: None };
            assert!(check_shares(&traffic).is_err(), "{list:?}");
        }
        assert!(check_shares(&Traffic::default()).is_ok());
    }
}
