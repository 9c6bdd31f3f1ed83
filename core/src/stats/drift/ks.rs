//! Two-sample Kolmogorov-Smirnov test.

use super::chi_squared::Test;
use super::kolmogorov;

/// Largest sample for which [`two_samples`] works out the exact p-value, as scipy does.
const EXACT_UP_TO: usize = 10_000;

/// The largest distance between the empirical distribution functions of two sorted samples, 0–1.
/// `None` where either is empty.
pub fn statistic(baseline: &[f64], current: &[f64]) -> Option<f64> {
    if baseline.is_empty() || current.is_empty() {
        return None;
    }
    let (n, m) = (baseline.len() as f64, current.len() as f64);
    let (mut i, mut j) = (0, 0);
    let mut largest = 0.0f64;
    while i < baseline.len() && j < current.len() {
        let next = baseline[i].min(current[j]);
        while baseline.get(i).is_some_and(|x| *x <= next) {
            i += 1;
        }
        while current.get(j).is_some_and(|x| *x <= next) {
            j += 1;
        }
        largest = largest.max((i as f64 / n - j as f64 / m).abs());
    }
    Some(largest)
}

/// The test of two sorted samples: exact up to 10,000 values each, else [`asymptotic`]. `None`
/// where either is empty.
pub fn two_samples(baseline: &[f64], current: &[f64]) -> Option<Test> {
    let statistic = statistic(baseline, current)?;
    let (n, m) = (baseline.len(), current.len());
    let p_value = if n.max(m) <= EXACT_UP_TO {
        exact(statistic, n, m)
    } else {
        asymptotic(statistic, n as f64, m as f64)
    };
    Some(Test { statistic, p_value })
}

/// The p-value of a statistic of samples of `n` and `m` values, from the distribution of the
/// one-sample statistic with nm / (n + m) values, rounded (scipy's choice: 0.5–7 % closer than
/// Smirnov's limit).
pub fn asymptotic(statistic: f64, n: f64, m: f64) -> f64 {
    kolmogorov::survival(statistic, (n * m / (n + m)).round_ties_even())
}

/// The exact p-value of a statistic of samples of `n` and `m` values without ties: the share of the
/// orders of n + m values, all equally likely, whose walk leaves the band at some point. Mass that
/// leaves is added up as it leaves, so that small p-values keep their digits.
pub fn exact(statistic: f64, n: usize, m: usize) -> f64 {
    // |i / n − j / m| ≥ D in whole numbers: |i·m − j·n| ≥ D·n·m, free of rounding.
    let bound = (statistic * n as f64 * m as f64 - 0.5).ceil() as i64;
    if bound <= 0 {
        return 1.0;
    }
    let outside = |i: usize, j: usize| (i as i64 * m as i64 - j as i64 * n as i64).abs() >= bound;
    // inside[j]: probability of having reached (i, j) without leaving.
    let mut inside = vec![0.0; m + 1];
    let mut left = 0.0;
    inside[0] = 1.0;
    for i in 0..=n {
        let (from, to) = band(i, n, m, bound);
        for j in from..=to {
            let mass = inside[j];
            if mass == 0.0 {
                continue;
            }
            let remaining = (n + m - i - j) as f64;
            if i < n {
                let step = mass * (n - i) as f64 / remaining;
                inside[j] = if outside(i + 1, j) { 0.0 } else { step };
                left += if outside(i + 1, j) { step } else { 0.0 };
            }
            if j < m {
                let step = mass * (m - j) as f64 / remaining;
                if outside(i, j + 1) {
                    left += step;
                } else {
                    inside[j + 1] += step;
                }
            }
        }
    }
    left.clamp(0.0, 1.0)
}

/// The j for which (i, j) lies inside: |i·m − j·n| < bound.
fn band(i: usize, n: usize, m: usize, bound: i64) -> (usize, usize) {
    let (center, n) = (i as i64 * m as i64, n as i64);
    let from = (center - bound).div_euclid(n) + 1;
    let to = (center + bound - 1).div_euclid(n);
    (from.max(0) as usize, to.clamp(0, m as i64) as usize)
}
