//! Numbers of few distinct values, counted.

use std::collections::HashMap;

/// Distinct values at which counting gives up.
pub(super) const TOO_MANY: usize = 1024;
/// Places of the table in front of the map: a power of two.
const PLACES: usize = 4096;
/// Stands in a free place; no finite value has these bits.
const FREE: u64 = u64::MAX;

/// Distinct values, ascending, with how often either side has them, and how many of each side are
/// missing.
type Counted = (Vec<(f64, u64, u64)>, (u64, u64));

/// The distinct values of both; `None` where there are too many.
pub(super) fn count(a: &[f64], b: &[f64]) -> Option<Counted> {
    let mut counts = Counts::new();
    let missing = (counts.add::<0>(a)?, counts.add::<1>(b)?);
    Some((counts.ascending(), missing))
}

/// The first value that comes to a place has it; others of the same place go into the map.
struct Counts {
    table: Vec<(u64, [u64; 2])>,
    others: HashMap<u64, [u64; 2]>,
    taken: usize,
}

impl Counts {
    fn new() -> Self {
        Self { table: vec![(FREE, [0; 2]); PLACES], others: HashMap::new(), taken: 0 }
    }

    /// Counts the finite values of a side; how many are not. `None` where there are too many
    /// distinct ones.
    fn add<const SIDE: usize>(&mut self, values: &[f64]) -> Option<u64> {
        let mut missing = 0;
        for x in values {
            if !x.is_finite() {
                missing += 1;
                continue;
            }
            let bits = (x + 0.0).to_bits();
            let hash = bits.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let place = &mut self.table[(hash >> (64 - PLACES.trailing_zeros())) as usize];
            if place.0 == bits {
                place.1[SIDE] += 1;
            } else if place.0 == FREE {
                *place = (bits, [0; 2]);
                place.1[SIDE] = 1;
                self.taken += 1;
            } else {
                self.others.entry(bits).or_default()[SIDE] += 1;
            }
            if self.taken + self.others.len() > TOO_MANY {
                return None;
            }
        }
        Some(missing)
    }

    fn ascending(&self) -> Vec<(f64, u64, u64)> {
        let table = self.table.iter().filter(|(bits, _)| *bits != FREE).copied();
        let others = self.others.iter().map(|(bits, counts)| (*bits, *counts));
        let value = |(bits, [before, now]): (u64, [u64; 2])| (f64::from_bits(bits), before, now);
        let mut found: Vec<(f64, u64, u64)> = table.chain(others).map(value).collect();
        found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        found
    }
}
