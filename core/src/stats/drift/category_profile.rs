//! Categories against the stored profile of categories.

use std::collections::HashMap;

use statrs::function::gamma::checked_gamma_lr;

use super::bins::shares;
use super::chi_squared;
use super::profile::{BinNames, Bins, Comparison, distances};
use crate::domain::profile::CategoryProfile;

/// Fewest rows that a level should have in both samples to get a bin of its own.
const FEWEST: f64 = 5.0;
/// A level of which this many are expected, and none came, is lost.
const EXPECTED: f64 = 10.0;
/// Name of the bin of what has no bin of its own.
const REST: &str = "(other)";

/// Compares rows by level with the profile of `count` values.
pub(super) fn compare(
    before: &CategoryProfile,
    count: u64,
    current: &HashMap<&str, u64>,
) -> Comparison {
    let mut found = Comparison::default();
    let rows: u64 = current.values().sum();
    if count == 0 || rows == 0 {
        return found;
    }
    let (names, baseline, counted) = bin(before, count, current, rows);
    distances(&mut found, &baseline, &counted);
    if let Some(test) = chi_squared::two_samples(&baseline, &counted, false) {
        found.metrics.insert("chi-squared".to_owned(), test.statistic);
        found.metrics.insert("chi-squared-p-value".to_owned(), test.p_value);
        found.shape_p = Some(test.p_value);
    }
    novelty(before, count, current, rows, &mut found);
    found.lost = lost(before, count, current, rows);
    found.bins = drawn(names, &baseline, &counted);
    found
}

fn bin(
    before: &CategoryProfile,
    count: u64,
    current: &HashMap<&str, u64>,
    rows: u64,
) -> (Vec<String>, Vec<u64>, Vec<u64>) {
    let smaller = count.min(rows) as f64;
    let own = before.levels.iter().filter(|l| l.count as f64 / count as f64 * smaller >= FEWEST);
    let (mut names, mut baseline, mut counted) = (Vec::new(), Vec::new(), Vec::new());
    for level in own {
        names.push(level.name.clone());
        baseline.push(level.count);
        counted.push(current.get(level.name.as_str()).copied().unwrap_or(0));
    }
    let rest = (count - baseline.iter().sum::<u64>(), rows - counted.iter().sum::<u64>());
    if rest != (0, 0) {
        names.push(REST.to_owned());
        baseline.push(rest.0);
        counted.push(rest.1);
    }
    (names, baseline, counted)
}

/// New categories and how likely so many are. Good and Turing: the chance that the next value is a
/// new one is about the share of values that occurred once; the number of new ones is then about
/// Poisson.
fn novelty(
    before: &CategoryProfile,
    count: u64,
    current: &HashMap<&str, u64>,
    rows: u64,
    found: &mut Comparison,
) {
    let known: HashMap<&str, u64> =
        before.levels.iter().map(|l| (l.name.as_str(), l.count)).collect();
    let mut new: Vec<(&str, u64)> = current
        .iter()
        .filter(|(name, n)| **n > 0 && !known.contains_key(*name))
        .map(|(name, n)| (*name, *n))
        .collect();
    new.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let values: u64 = new.iter().map(|(_, n)| n).sum();
    let once = before.levels.iter().filter(|l| l.count == 1).count() as u64;
    let expected = rows as f64 * (once + before.other + 1) as f64 / (count + 1) as f64;
    found.metrics.insert("new-categories".to_owned(), values as f64 / rows as f64);
    found.novelty_p =
        if values == 0 { Some(1.0) } else { checked_gamma_lr(values as f64, expected).ok() };
    found.new = new.into_iter().map(|(name, _)| name.to_owned()).collect();
}

fn lost(
    before: &CategoryProfile,
    count: u64,
    current: &HashMap<&str, u64>,
    rows: u64,
) -> Vec<String> {
    let expected = |n: u64| n as f64 / count as f64 * rows as f64;
    let absent = |name: &str| current.get(name).is_none_or(|n| *n == 0);
    before
        .levels
        .iter()
        .filter(|l| expected(l.count) >= EXPECTED && absent(&l.name))
        .map(|l| l.name.clone())
        .collect()
}

fn drawn(names: Vec<String>, baseline: &[u64], current: &[u64]) -> Option<Bins> {
    Some(Bins {
        names: BinNames::Levels(names),
        baseline: shares(baseline)?,
        current: shares(current)?,
    })
}
