//! The G-test (likelihood ratio).

use super::chi_squared::{Test, of_statistic};

/// Whether two sets of counts come from one distribution: 2 Σ observed · ln(observed / expected)
/// over a 2 × k contingency table, without a correction. Levels that neither has do not count.
/// `None` where either set is empty or only one level is left.
pub fn two_samples(baseline: &[u64], current: &[u64]) -> Option<Test> {
    let pairs = baseline.iter().zip(current);
    let seen: Vec<(f64, f64)> =
        pairs.filter(|(a, b)| **a + **b > 0).map(|(a, b)| (*a as f64, *b as f64)).collect();
    let (n, m) = seen.iter().fold((0.0, 0.0), |(n, m), (a, b)| (n + a, m + b));
    if n == 0.0 || m == 0.0 || seen.len() < 2 {
        return None;
    }
    let term = |o: f64, e: f64| if o > 0.0 { o * (o / e).ln() } else { 0.0 };
    let sum: f64 = seen
        .iter()
        .map(|(a, b)| {
            let share = (a + b) / (n + m);
            term(*a, share * n) + term(*b, share * m)
        })
        .sum();
    of_statistic((2.0 * sum).max(0.0), seen.len() - 1)
}

/// Whether counts have the distribution of others that are taken as known (Evidently's G-test):
/// 2 Σ current · ln(current / baseline), k − 1 degrees of freedom. Levels that neither has do not
/// count; one that only the current counts have makes the statistic infinite. `None` where the
/// totals differ, for which the test is not defined, and where either is empty or only one level
/// is left.
pub fn against_counts(baseline: &[u64], current: &[u64]) -> Option<Test> {
    let total = baseline.iter().sum::<u64>();
    let levels = baseline.iter().zip(current).filter(|(a, b)| **a + **b > 0).count();
    if total == 0 || total != current.iter().sum::<u64>() || levels < 2 {
        return None;
    }
    let pairs = baseline.iter().zip(current).filter(|(_, observed)| **observed > 0);
    let sum: f64 = pairs.map(|(e, o)| *o as f64 * (*o as f64 / *e as f64).ln()).sum();
    if sum.is_infinite() {
        return Some(Test { statistic: sum, p_value: 0.0 });
    }
    of_statistic((2.0 * sum).max(0.0), levels - 1)
}
