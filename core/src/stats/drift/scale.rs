//! Buckets in the order of the values.

use crate::stats::order::sort_key;

/// Number of buckets.
pub(super) const BUCKETS: usize = 4096;
/// A sample that would meet itself in its own bucket more often than this is spread too badly.
const WORST: f64 = 0.1;

/// How values become buckets: never a lower one for a higher value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scale {
    /// Buckets of equal width.
    Even(Even),
    /// Buckets of the leading bits of the numbers: about equal on a logarithmic scale.
    Bits(Bits),
}

/// Buckets of equal width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Even {
    low: f64,
    factor: f64,
}

/// Buckets of leading bits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bits {
    low: u64,
    shift: u32,
}

impl Even {
    /// The bucket of a finite value.
    pub(super) fn place(self, x: f64) -> usize {
        // Bucket 0 is for what is below; the cast keeps what is too small or too large at the ends.
        (((x - self.low) * self.factor) as usize).min(BUCKETS - 1)
    }
}

impl Bits {
    /// The bucket of a finite value.
    pub(super) fn place(self, x: f64) -> usize {
        ((sort_key(x).saturating_sub(self.low) >> self.shift) as usize).min(BUCKETS - 1)
    }
}

impl Scale {
    /// The scale that spreads a sorted sample best, between its outermost values or further in;
    /// `None` where none does well.
    pub(super) fn choose(sample: &[f64]) -> Option<Self> {
        let last = sample.len().checked_sub(1)?;
        let mut options = Vec::new();
        for part in [1000, 200, 50, 20] {
            let (low, high) = (sample[last / part], sample[last - last / part]);
            let factor = (BUCKETS - 2) as f64 / (high - low);
            if factor.is_finite() && factor > 0.0 {
                options.push(Self::Even(Even { low: low - 1.0 / factor, factor }));
            }
            let (from, to) = (sort_key(low), sort_key(high));
            let shift = u64::BITS - ((to - from) / (BUCKETS as u64 - 1)).leading_zeros();
            options.push(Self::Bits(Bits { low: from, shift }));
        }
        let crowded = options.into_iter().map(|scale| (scale.crowding(sample), scale));
        let (crowding, best) = crowded.min_by(|a, b| a.0.total_cmp(&b.0))?;
        (crowding <= WORST).then_some(best)
    }

    fn place(self, x: f64) -> usize {
        match self {
            Self::Even(even) => even.place(x),
            Self::Bits(bits) => bits.place(x),
        }
    }

    /// Chance that two values of the sample share a bucket.
    fn crowding(self, sample: &[f64]) -> f64 {
        let mut counts = vec![0u32; BUCKETS];
        sample.iter().for_each(|x| counts[self.place(*x)] += 1);
        let n = sample.len() as f64;
        counts.iter().map(|c| (f64::from(*c) / n).powi(2)).sum()
    }

    /// The lowest value of every bucket but the first.
    pub(super) fn edges(self) -> Vec<f64> {
        (1..BUCKETS).map(|k| self.edge(k)).collect()
    }

    /// What values of each bucket are measured from: its lower edge, of the first its upper one.
    pub(super) fn origins(self) -> Vec<f64> {
        let edges = self.edges();
        std::iter::once(edges[0]).chain(edges.iter().copied()).collect()
    }

    /// The lowest finite value whose bucket is `k` or above; the largest finite one where there is
    /// none.
    fn edge(self, k: usize) -> f64 {
        let (mut low, mut high) = (sort_key(f64::MIN), sort_key(f64::MAX));
        if let Self::Even(even) = self {
            // Rounding moves the edge by a few steps at most: look close by first.
            let near = sort_key((even.low + k as f64 / even.factor).clamp(f64::MIN, f64::MAX));
            let around = (near.saturating_sub(64).max(low), near.saturating_add(64).min(high));
            if self.place(value(around.0)) < k && self.place(value(around.1)) >= k {
                (low, high) = around;
            }
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if self.place(value(middle)) >= k {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        value(low)
    }
}

/// The number of a key: the inverse of [`sort_key`].
fn value(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_the_lowest_values_of_their_buckets() {
        let even = Scale::choose(&(0..999).map(|i| f64::from(i) / 7.0).collect::<Vec<_>>());
        let bits = Scale::choose(&(0..999).map(|i| f64::from(i).exp2()).collect::<Vec<_>>());
        for scale in [even.expect("even"), bits.expect("bits")] {
            let edges = scale.edges();
            assert!(edges.is_sorted());
            for (k, edge) in edges.iter().enumerate().filter(|(_, e)| **e < f64::MAX) {
                assert!(scale.place(*edge) > k, "{scale:?} {k}");
                assert!(scale.place(value(sort_key(*edge) - 1)) <= k, "{scale:?} {k}");
            }
        }
        assert!(matches!(bits, Some(Scale::Bits(_))) && matches!(even, Some(Scale::Even(_))));
    }
}
