//! Counts of numbers of which there are few distinct ones.

use crate::domain::profile::{EXACT_LEVELS, Point, Points};

/// Places of the table: a power of two, of which at most two fifths are taken.
const PLACES: usize = 512;

/// Each distinct number with its count, while they are few.
#[derive(Debug, Clone)]
pub(super) struct Few {
    values: Vec<f64>,
    counts: Vec<u64>,
    taken: usize,
}

impl Few {
    pub(super) fn new() -> Self {
        Self { values: vec![0.0; PLACES], counts: vec![0; PLACES], taken: 0 }
    }

    /// Counts values from the front; how many, until one came that is one too many.
    pub(super) fn add(&mut self, values: &[f64]) -> usize {
        values.iter().position(|x| !self.count(*x, 1)).unwrap_or(values.len())
    }

    /// Counts every value; false, with nothing counted of what follows, where they are too many.
    pub(super) fn merge(&mut self, points: &Points) -> bool {
        points.points.iter().all(|p| self.count(p.value, p.upto - p.below))
    }

    fn count(&mut self, value: f64, count: u64) -> bool {
        let hash = value.to_bits().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut at = (hash >> (64 - PLACES.trailing_zeros())) as usize;
        loop {
            if self.counts[at] == 0 {
                break;
            }
            if self.values[at] == value {
                self.counts[at] += count;
                return true;
            }
            at = (at + 1) % PLACES;
        }
        if self.taken == EXACT_LEVELS {
            return false;
        }
        self.taken += usize::from(count > 0);
        (self.values[at], self.counts[at]) = (value, count);
        true
    }

    /// Every value.
    pub(super) fn points(&self) -> Points {
        let pairs = self.values.iter().copied().zip(self.counts.iter().copied());
        let mut pairs: Vec<(f64, u64)> = pairs.filter(|(_, count)| *count > 0).collect();
        pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut below = 0;
        let point = |(value, count)| {
            let point = Point { value, below, upto: below + count };
            below = point.upto;
            point
        };
        Points { points: pairs.into_iter().map(point).collect(), error: 0 }
    }
}
