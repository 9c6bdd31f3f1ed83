//! Buckets in the order of the values.

use crate::stats::order::{of_key, sort_key};

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
    last: usize,
}

/// Buckets of leading bits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bits {
    low: u64,
    shift: u32,
    last: usize,
}

impl Even {
    /// The bucket of a finite value.
    pub(super) fn place(self, x: f64) -> usize {
        // Bucket 0 is for what is below; the cast keeps what is too small or too large at the ends.
        (((x - self.low) * self.factor) as usize).min(self.last)
    }
}

impl Even {
    /// As [`Even::place`], in operations of which processors do several at once: behind 2^52 a
    /// number has no fraction, and its last bits are the whole number.
    fn small_place(self, x: f64) -> u16 {
        const WHOLE: f64 = 4_503_599_627_370_496.0;
        let (at, last) = ((x - self.low) * self.factor, self.last as f64);
        let at = if at > 0.0 { at } else { 0.0 };
        let at = if at < last { at } else { last };
        let rounded = (at + WHOLE) - WHOLE;
        let down = if rounded > at { 1.0 } else { 0.0 };
        ((rounded - down) + WHOLE).to_bits() as u16
    }
}

impl Bits {
    /// The bucket of a finite value.
    pub(super) fn place(self, x: f64) -> usize {
        ((sort_key(x).saturating_sub(self.low) >> self.shift) as usize).min(self.last)
    }
}

impl Scale {
    /// The scale that spreads a sorted sample best, between its outermost values or further in;
    /// `None` where none does well.
    pub(super) fn choose(sample: &[f64], buckets: usize) -> Option<Self> {
        let (end, last) = (sample.len().checked_sub(1)?, buckets - 1);
        let mut options = Vec::new();
        for part in [1000, 200, 50, 20] {
            let (low, high) = (sample[end / part], sample[end - end / part]);
            let factor = (buckets - 2) as f64 / (high - low);
            if factor.is_finite() && factor > 0.0 {
                options.push(Self::Even(Even { low: low - 1.0 / factor, factor, last }));
            }
            let (from, to) = (sort_key(low), sort_key(high));
            let shift = u64::BITS - ((to - from) / last as u64).leading_zeros();
            options.push(Self::Bits(Bits { low: from, shift, last }));
        }
        let crowded = options.into_iter().map(|scale| (scale.crowding(sample), scale));
        let (crowding, best) = crowded.min_by(|a, b| a.0.total_cmp(&b.0))?;
        (crowding <= WORST).then_some(best)
    }

    fn last(self) -> usize {
        match self {
            Self::Even(even) => even.last,
            Self::Bits(bits) => bits.last,
        }
    }

    fn place(self, x: f64) -> usize {
        match self {
            Self::Even(even) => even.place(x),
            Self::Bits(bits) => bits.place(x),
        }
    }

    /// The bucket of each value, of which there are at most 65,536. What is not finite has any.
    pub(super) fn places(&self, values: &[f64], places: &mut [u16]) {
        let each = values.iter().zip(places);
        match self {
            Self::Even(even) => each.for_each(|(x, place)| *place = even.small_place(*x)),
            Self::Bits(bits) => each.for_each(|(x, place)| *place = bits.place(*x) as u16),
        }
    }

    /// Chance that two values of the sample share a bucket.
    fn crowding(self, sample: &[f64]) -> f64 {
        let mut counts = vec![0u32; self.last() + 1];
        sample.iter().for_each(|x| counts[self.place(*x)] += 1);
        let n = sample.len() as f64;
        counts.iter().map(|c| (f64::from(*c) / n).powi(2)).sum()
    }

    /// The lowest value of every bucket but the first; the largest finite one where no value has
    /// that bucket or a later one.
    pub(super) fn edges(self) -> Vec<f64> {
        (1..=self.last()).map(|k| self.edge(k)).collect()
    }

    fn edge(self, k: usize) -> f64 {
        match self {
            Self::Even(even) => {
                let near = (even.low + k as f64 / even.factor).clamp(f64::MIN, f64::MAX);
                self.lowest_near(sort_key(near), k)
            }
            Self::Bits(Bits { low, shift, .. }) => {
                let up = (k as u64).checked_shl(shift).filter(|up| up >> shift == k as u64);
                let key = up.and_then(|up| low.checked_add(up)).unwrap_or(u64::MAX);
                of_key(key.clamp(sort_key(f64::MIN), sort_key(f64::MAX)))
            }
        }
    }

    /// Rounding moves an edge by a few steps at most: looks close by, else everywhere.
    fn lowest_near(self, near: u64, k: usize) -> f64 {
        let (mut low, mut high) = (sort_key(f64::MIN), sort_key(f64::MAX));
        for reach in [1, 64] {
            let around =
                (near.saturating_sub(reach).max(low), near.saturating_add(reach).min(high));
            if self.place(of_key(around.0)) < k && self.place(of_key(around.1)) >= k {
                (low, high) = around;
                break;
            }
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if self.place(of_key(middle)) >= k {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        of_key(low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_places_at_once_are_those_of_one_by_one() {
        let sample: Vec<f64> = (0..999).map(|i| f64::from(i) / 7.0 - 30.0).collect();
        let scale = Scale::choose(&sample, 16_384).expect("even");
        let Scale::Even(even) = scale else { panic!("even: {scale:?}") };
        let edges = scale.edges();
        let near = edges.iter().flat_map(|x| [*x, x.next_down(), x.next_up(), x + 1e-4]);
        let others = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, 0.0, -0.0];
        let values: Vec<f64> = near.chain(others).collect();
        let mut places = vec![9; values.len()];
        scale.places(&values, &mut places);
        for (x, place) in values.iter().zip(places) {
            assert_eq!(usize::from(place), even.place(*x), "{x}");
        }
    }

    #[test]
    fn edges_are_the_lowest_values_of_their_buckets() {
        let even = Scale::choose(&(0..999).map(|i| f64::from(i) / 7.0).collect::<Vec<_>>(), 4096);
        let bits = Scale::choose(&(0..999).map(|i| f64::from(i).exp2()).collect::<Vec<_>>(), 4096);
        for scale in [even.expect("even"), bits.expect("bits")] {
            let edges = scale.edges();
            assert!(edges.is_sorted());
            for (k, edge) in edges.iter().enumerate().filter(|(_, e)| **e < f64::MAX) {
                assert!(scale.place(*edge) > k, "{scale:?} {k}");
                assert!(scale.place(of_key(sort_key(*edge) - 1)) <= k, "{scale:?} {k}");
            }
        }
        assert!(matches!(bits, Some(Scale::Bits(_))) && matches!(even, Some(Scale::Even(_))));
    }
}
