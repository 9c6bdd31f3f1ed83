//! Intervals of a share, such as an accuracy: successes among independent trials.

use super::binomial::{at_least, probability};
use super::test::{Untested, checked_level};
use crate::domain::metric::Task;
use crate::domain::verdict::Interval;
use crate::stats::{Metric, Sample, normal};

/// Right answers, and the rows that could have one, where a metric is such a share: `accuracy`,
/// and in a binary task `recall`, `specificity` and `precision`. None for another metric, and where
/// rows have weights: then they are no independent trials of the same worth.
pub fn of_metric(metric: Metric, sample: &Sample<'_>) -> Option<(u64, u64)> {
    let asked: fn(&Sample<'_>, usize) -> bool = match (metric.name(), sample.task) {
        ("accuracy", Task::Binary | Task::Multiclass) => |_, _| true,
        ("recall", Task::Binary) => |sample, i| sample.labels[i] == 1.0,
        ("specificity", Task::Binary) => |sample, i| sample.labels[i] == 0.0,
        ("precision", Task::Binary) => |sample, i| sample.scores[i] >= sample.threshold,
        _ => return None,
    };
    if sample.weights.is_some() {
        return None;
    }
    let rows = (0..sample.rows()).filter(|i| asked(sample, *i));
    Some(rows.fold((0, 0), |(right, all), i| (right + u64::from(sample.is_right(i)), all + 1)))
}

/// Wilson's score interval (1927): the shares that the score test does not refuse. Its coverage is
/// near the level on average over all shares, and it never leaves 0–1.
///
/// # Errors
/// No trials, more successes than trials, a level that is not between 0 and 1.
pub fn wilson(successes: u64, trials: u64, level: f64) -> Result<Interval, Untested> {
    checked(successes, trials, level)?;
    let z = normal::quantile(0.5 + level / 2.0);
    let (n, k) = (trials as f64, successes as f64);
    let (share, square) = (k / n, z * z);
    let centre = (k + square / 2.0) / (n + square);
    let spread = z / (n + square) * (n * share * (1.0 - share) + square / 4.0).sqrt();
    Ok(Interval {
        low: if successes == 0 { 0.0 } else { (centre - spread).max(0.0) },
        high: if successes == trials { 1.0 } else { (centre + spread).min(1.0) },
        level,
    })
}

/// The interval of Clopper and Pearson (1934): the shares that neither one-sided exact test
/// refuses. Its coverage is never below the level, and often well above.
///
/// # Errors
/// As [`wilson`].
pub fn clopper_pearson(successes: u64, trials: u64, level: f64) -> Result<Interval, Untested> {
    checked(successes, trials, level)?;
    let tail = (1.0 - level) / 2.0;
    let low = exact_low(successes, trials, tail);
    let high = 1.0 - exact_low(trials - successes, trials, tail);
    Ok(Interval { low, high, level })
}

/// The share p with P(X ≥ successes) = tail, by Newton's method inside a bracket.
fn exact_low(successes: u64, trials: u64, tail: f64) -> f64 {
    if successes == 0 {
        return 0.0;
    }
    let (k, n) = (successes as f64, trials as f64);
    if successes == trials {
        return tail.powf(1.0 / n);
    }
    let (mut low, mut high) = (0.0, k / n);
    let mut p = high / 2.0;
    for _ in 0..200 {
        let off = at_least(successes, trials, p) - tail;
        if off > 0.0 {
            high = p;
        } else {
            low = p;
        }
        // d/dp P(X ≥ k) = n P(Y = k − 1) with Y of one trial fewer.
        let newton = p - off / (n * probability(successes - 1, trials - 1, p));
        let next = if newton > low && newton < high { newton } else { f64::midpoint(low, high) };
        if (next - p).abs() <= 1e-15 * p {
            return next;
        }
        p = next;
    }
    p
}

fn checked(successes: u64, trials: u64, level: f64) -> Result<(), Untested> {
    checked_level(level)?;
    if trials == 0 {
        return Err(Untested::TooFew { rows: 0, needed: 1 });
    }
    if successes > trials {
        return Err(Untested::Option { what: "number of successes", value: successes as f64 });
    }
    Ok(())
}
