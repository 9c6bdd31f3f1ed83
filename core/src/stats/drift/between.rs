//! Distances of shares that are only known to lie between two.
//!
//! Each distance here is a sum over the bins of a term that is convex in both shares together and 0
//! where they are equal. Over a rectangle it is largest at a corner; it is smallest where the shares
//! come nearest to each other, at a corner too unless they may be equal.

use super::{bins, psi};

/// What is known of a sample in bins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    /// How many values each bin holds, as far as is known.
    pub(super) counts: &'a [u64],
    /// Most by which the share of values up to an end of a bin can be wrong.
    pub(super) error: f64,
}

/// The least and the most that something can be.
pub(super) type Range = (f64, f64);

impl Known<'_> {
    /// The share of each bin; the outermost two have one uncertain end.
    fn shares(&self) -> Option<Vec<Range>> {
        let shares = bins::shares(self.counts)?;
        let last = shares.len() - 1;
        let range = |(k, share): (usize, &f64)| {
            let ends = u8::from(k > 0) + u8::from(k < last);
            let slack = f64::from(ends) * self.error;
            ((share - slack).max(0.0), (share + slack).min(1.0))
        };
        Some(shares.iter().enumerate().map(range).collect())
    }

    /// The same, with what [`psi::filled`] puts in the place of an empty share: at the most 0.0001,
    /// at the least a millionth of what one value is.
    fn filled(&self) -> Option<Vec<Range>> {
        if self.error == 0.0 {
            let shares = psi::fill(bins::shares(self.counts)?);
            return Some(shares.into_iter().map(|share| (share, share)).collect());
        }
        let one = 1.0 / self.counts.iter().sum::<u64>() as f64;
        let fill = |(low, high): Range| match low < one {
            true => (one / 1e6, high.max(1e-4)),
            false => (low, high),
        };
        self.shares().map(|shares| shares.into_iter().map(fill).collect())
    }
}

/// [`psi::filled`].
pub(super) fn psi(baseline: Known<'_>, current: Known<'_>) -> Option<Range> {
    let term = |p: f64, q: f64| (p - q) * (p / q).ln();
    Some(sum(&baseline.filled()?, &current.filled()?, term))
}

/// [`super::jensen_shannon::bits`].
pub(super) fn jensen_shannon(baseline: Known<'_>, current: Known<'_>) -> Option<Range> {
    let part = |a: f64, middle: f64| if a > 0.0 { a * (a / middle).log2() } else { 0.0 };
    let term = |p: f64, q: f64| (part(p, (p + q) / 2.0) + part(q, (p + q) / 2.0)) / 2.0;
    let (low, high) = sum(&baseline.shares()?, &current.shares()?, term);
    Some((low.max(0.0).sqrt(), high.max(0.0).sqrt().min(1.0)))
}

/// [`super::total_variation::distance`].
pub(super) fn total_variation(baseline: Known<'_>, current: Known<'_>) -> Option<Range> {
    let (low, high) = sum(&baseline.shares()?, &current.shares()?, |p, q| (p - q).abs() / 2.0);
    Some((low, high.min(1.0)))
}

fn sum(p: &[Range], q: &[Range], term: impl Fn(f64, f64) -> f64) -> Range {
    let range = |(p, q): (&Range, &Range)| {
        let corners = [(p.0, q.0), (p.0, q.1), (p.1, q.0), (p.1, q.1)];
        let high = corners.into_iter().map(|(p, q)| term(p, q)).fold(0.0, f64::max);
        let low = if p.0 > q.1 {
            term(p.0, q.1)
        } else if q.0 > p.1 {
            term(p.1, q.0)
        } else {
            0.0
        };
        (low, high)
    };
    let ranges = p.iter().zip(q).map(range);
    ranges.fold((0.0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{jensen_shannon, total_variation};
    use super::*;

    /// Counts of values up to each end, moved by at most `most`, and ascending.
    fn moved(counts: &[u64], by: &[i64], most: i64) -> Vec<u64> {
        let total: u64 = counts.iter().sum();
        let (mut upto, mut last) = (0i64, 0);
        let inner = counts.len() - 1;
        let mut found: Vec<u64> = counts[..inner]
            .iter()
            .zip(by)
            .map(|(count, by)| {
                upto += *count as i64;
                let end = (upto + by.clamp(&-most, &most)).clamp(last, total as i64);
                let here = end - last;
                last = end;
                here as u64
            })
            .collect();
        found.push(total - last as u64);
        found
    }

    proptest! {
        /// Whatever the counts are within their errors, the distances lie between the bounds.
        #[test]
        fn what_can_be_lies_between(
            p in prop::collection::vec(0u64..300, 2..12),
            seed in prop::collection::vec(0u64..300, 12),
            by in prop::collection::vec(-40i64..40, 24),
            errors in (0i64..40, 0i64..40),
        ) {
            let q = &seed[..p.len()];
            let (n, m) = (p.iter().sum::<u64>(), q.iter().sum::<u64>());
            prop_assume!(n > 0 && m > 0);
            let known = |counts, error: i64, total| Known { counts, error: error as f64 / total as f64 };
            let (a, b) = (known(&p, errors.0, n), known(q, errors.1, m));
            let (x, y) = (moved(&p, &by[..12], errors.0), moved(q, &by[12..], errors.1));
            let inside = |(low, high): Range, value: f64| {
                low - 1e-12 <= value && value <= high + 1e-12
            };
            let value = psi::filled(&x, &y).expect("counts");
            prop_assert!(inside(psi(a, b).expect("counts"), value), "psi {value}");
            let value = jensen_shannon::bits(&x, &y).expect("counts");
            prop_assert!(inside(jensen_shannon(a, b).expect("counts"), value), "js {value}");
            let value = total_variation::distance(&x, &y).expect("counts");
            prop_assert!(inside(total_variation(a, b).expect("counts"), value), "tv {value}");
        }
    }
}
