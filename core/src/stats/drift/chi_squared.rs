//! Pearson's chi-squared tests.

use statrs::function::gamma::checked_gamma_ur;

/// A test's statistic and p-value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Test {
    /// The statistic.
    pub statistic: f64,
    /// Probability of a statistic at least as large when both samples come from one distribution.
    pub p_value: f64,
}

/// Whether two sets of counts come from one distribution (a 2 × k contingency table). With
/// `yates`, a table of two levels gets Yates' correction, as scipy and NannyML do. Levels that
/// neither has do not count. `None` where either set is empty or only one level is left.
pub fn two_samples(baseline: &[u64], current: &[u64], yates: bool) -> Option<Test> {
    let seen: Vec<(f64, f64)> = baseline
        .iter()
        .zip(current)
        .filter(|(a, b)| **a + **b > 0)
        .map(|(a, b)| (*a as f64, *b as f64))
        .collect();
    let (n, m) = seen.iter().fold((0.0, 0.0), |(n, m), (a, b)| (n + a, m + b));
    if n == 0.0 || m == 0.0 || seen.len() < 2 {
        return None;
    }
    let correction = if yates && seen.len() == 2 { 0.5 } else { 0.0 };
    let term = |observed: f64, expected: f64| {
        let apart = ((observed - expected).abs() - correction).max(0.0);
        apart * apart / expected
    };
    let statistic = seen
        .iter()
        .map(|(a, b)| {
            let share = (a + b) / (n + m);
            term(*a, share * n) + term(*b, share * m)
        })
        .sum();
    of_statistic(statistic, seen.len() - 1)
}

/// Whether `current` follows the shares of `baseline`, taken as known (goodness of fit, as
/// Evidently and Azure Machine Learning do). `None` where either set is empty, fewer than two
/// levels are left, or the current data has a level that the baseline lacks.
pub fn against_shares(baseline: &[u64], current: &[u64]) -> Option<Test> {
    let (n, m) = (baseline.iter().sum::<u64>() as f64, current.iter().sum::<u64>() as f64);
    let seen: Vec<(f64, f64)> = baseline
        .iter()
        .zip(current)
        .filter(|(a, b)| **a + **b > 0)
        .map(|(a, b)| (*a as f64 / n * m, *b as f64))
        .collect();
    if n == 0.0 || m == 0.0 || seen.len() < 2 || seen.iter().any(|(e, _)| *e == 0.0) {
        return None;
    }
    of_statistic(seen.iter().map(|(e, o)| (o - e).powi(2) / e).sum(), seen.len() - 1)
}

/// A statistic that is distributed as chi-squared with this many degrees of freedom.
pub(super) fn of_statistic(statistic: f64, degrees: usize) -> Option<Test> {
    if statistic == 0.0 {
        return Some(Test { statistic, p_value: 1.0 });
    }
    let p_value = checked_gamma_ur(degrees as f64 / 2.0, statistic / 2.0).ok()?;
    Some(Test { statistic, p_value: p_value.clamp(0.0, 1.0) })
}
