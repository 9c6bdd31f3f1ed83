//! Two samples of numbers, compared exactly: everything that the default preset asks of them.

use super::merged::steps;
use super::pair::sorted;
use super::profile::Bins;
use super::{bars, buckets};

/// Distinct values of the baseline up to which each gets a bin of its own.
pub const ONE_EACH: usize = 20;
/// Bins of equal probability that richer columns get.
pub const GROUPS: u64 = 10;

/// Two samples of numbers. Values that are null or infinite are counted and left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Numeric {
    /// Usable values of the baseline and of the current data.
    pub counts: (u64, u64),
    /// Values that are null or infinite.
    pub missing: (u64, u64),
    /// Largest distance of the distribution functions.
    pub ks: f64,
    /// Area between the distribution functions.
    pub wasserstein: f64,
    /// Mean of the baseline.
    pub mean: f64,
    /// Standard deviation of the baseline, divisor n.
    pub std: f64,
    /// Current values below the smallest or above the largest of the baseline.
    pub outside: u64,
    /// Bins of the baseline's own: see [`Groups`].
    pub groups: Groups,
    /// The distributions, to draw.
    pub drawn: Option<Bins>,
}

/// Bins that come from the baseline alone: one a value, or ten that hold a tenth of it each as far
/// as its values allow. Each ends at a value of the baseline, which it includes; the last has no
/// upper end, the first no lower one.
#[derive(Debug, Clone, PartialEq)]
pub struct Groups {
    /// The last value in each bin.
    pub ends: Vec<f64>,
    /// Values of the baseline in each.
    pub baseline: Vec<u64>,
    /// Values of the current data in each.
    pub current: Vec<u64>,
}

/// Ranks of the baseline, from 1, at which its tenths end.
pub fn group_ranks(n: u64) -> Vec<u64> {
    (1..=GROUPS).map(|k| (k * n).div_ceil(GROUPS)).collect()
}

/// Values of both sides from which sorting all of them is avoided.
const MANY: usize = 20_000;

/// Compares two samples, exactly. `None` where either has no usable value.
pub fn compare(baseline: &[f64], current: &[f64]) -> Option<Numeric> {
    let many = baseline.len() + current.len() >= MANY;
    let quick = if many { buckets::compare(baseline, current) } else { None };
    quick.or_else(|| by_sorting(baseline, current))
}

/// Compares two samples by sorting both. `None` where either has no usable value.
pub fn by_sorting(baseline: &[f64], current: &[f64]) -> Option<Numeric> {
    let (a, b) = (sorted(baseline), sorted(current));
    let found: Vec<(f64, u64, u64)> = steps(&a, &b).collect();
    let missing = (baseline.len() - a.len(), current.len() - b.len());
    of_steps(&found, (missing.0 as u64, missing.1 as u64))
}

/// Compares two samples by their distinct values, ascending, each with how often either has it.
pub(super) fn of_steps(found: &[(f64, u64, u64)], missing: (u64, u64)) -> Option<Numeric> {
    let sum = |of: fn(&(f64, u64, u64)) -> u64| found.iter().map(of).sum::<u64>();
    let (n, m) = (sum(|s| s.1), sum(|s| s.2));
    if n == 0 || m == 0 {
        return None;
    }
    let (mean, std) = weighted_moments(found, n);
    let (ks, wasserstein) = apart(found, n, m);
    let low = found.iter().find(|s| s.1 > 0)?.0;
    let high = found.iter().rfind(|s| s.1 > 0)?.0;
    let beyond = found.iter().filter(|s| s.0 < low || s.0 > high);
    Some(Numeric {
        counts: (n, m),
        missing,
        ks,
        wasserstein,
        mean,
        std,
        outside: beyond.map(|s| s.2).sum(),
        groups: groups(found, n),
        drawn: bars::drawn(found),
    })
}

/// The largest distance of the distribution functions, and the area between them.
fn apart(found: &[(f64, u64, u64)], n: u64, m: u64) -> (f64, f64) {
    let product = n as f64 * m as f64;
    let (mut ahead, mut largest, mut area) = (0i128, 0u128, 0.0);
    let mut last = found[0].0;
    for (value, a, b) in found {
        area += ahead.unsigned_abs() as f64 / product * (value - last);
        last = *value;
        ahead += i128::from(*a) * i128::from(m) - i128::from(*b) * i128::from(n);
        largest = largest.max(ahead.unsigned_abs());
    }
    (largest as f64 / product, area)
}

fn weighted_moments(found: &[(f64, u64, u64)], n: u64) -> (f64, f64) {
    let largest = found.iter().fold(0.0f64, |most, s| most.max(s.0.abs()));
    let (scale, n) = (if largest > 1e100 { largest } else { 1.0 }, n as f64);
    let mean = found.iter().map(|s| s.0 / scale * s.1 as f64).sum::<f64>() / n;
    let square = |s: &(f64, u64, u64)| (s.0 / scale - mean).powi(2) * s.1 as f64;
    let variance = found.iter().map(square).sum::<f64>() / n;
    (mean * scale, variance.sqrt() * scale)
}

fn groups(found: &[(f64, u64, u64)], n: u64) -> Groups {
    let own: Vec<&(f64, u64, u64)> = found.iter().filter(|s| s.1 > 0).collect();
    let mut ends: Vec<f64> = Vec::new();
    if own.len() <= ONE_EACH {
        ends.extend(own.iter().map(|s| s.0));
    } else {
        let (mut ranks, mut upto) = (group_ranks(n).into_iter().peekable(), 0);
        for step in own {
            upto += step.1;
            if ranks.next_if(|rank| *rank <= upto).is_some() {
                ends.push(step.0);
                while ranks.next_if(|rank| *rank <= upto).is_some() {}
            }
        }
    }
    let (baseline, current) = bars::counted(found, &ends);
    Groups { ends, baseline, current }
}
