//! Correlations between numeric columns, before and now.

use serde::Serialize;
use statrs::function::erf::erfc;

use crate::stats::inference::multiple;

/// Smallest change that is told.
const LEAST: f64 = 0.1;
/// Most changes that are told.
const TOLD: usize = 20;

/// A correlation that changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CorrelationChange {
    /// One column.
    pub a: String,
    /// The other.
    pub b: String,
    /// `pearson` or `spearman`.
    pub coefficient: &'static str,
    /// In the baseline.
    pub baseline: f64,
    /// Now.
    pub current: f64,
    /// P-value that it has not changed (Fisher's z), corrected by Holm's procedure over all pairs.
    pub p_value: f64,
}

/// A numeric column: some rows of either side, the same rows for all columns.
pub(super) struct Sampled {
    pub(super) name: String,
    pub(super) baseline: Vec<f64>,
    pub(super) current: Vec<f64>,
}

/// The correlations that changed by at least 0.1 and significantly, the largest change first.
pub(super) fn changes(columns: &[Sampled], level: f64) -> Vec<CorrelationChange> {
    let mut found = pairs(columns, "pearson", 1.0, |values| values.to_vec());
    // Fieller, Hartley and Pearson (1957): the variance of Fisher's z of ranks.
    found.extend(pairs(columns, "spearman", 1.06, ranks));
    let adjusted = multiple::holm(&found.iter().map(|c| Some(c.p_value)).collect::<Vec<_>>());
    for (change, p_value) in found.iter_mut().zip(adjusted) {
        change.p_value = p_value.unwrap_or(1.0);
    }
    let size = |c: &CorrelationChange| (c.current - c.baseline).abs();
    found.retain(|c| c.p_value <= level && size(c) >= LEAST);
    found.sort_by(|a, b| size(b).total_cmp(&size(a)).then_with(|| (&a.a, &a.b).cmp(&(&b.a, &b.b))));
    found.truncate(TOLD);
    found
}

fn pairs(
    columns: &[Sampled],
    coefficient: &'static str,
    inflation: f64,
    of: fn(&[f64]) -> Vec<f64>,
) -> Vec<CorrelationChange> {
    let values: Vec<(Vec<f64>, Vec<f64>)> =
        columns.iter().map(|c| (of(&c.baseline), of(&c.current))).collect();
    let mut found = Vec::new();
    for i in 0..columns.len() {
        for j in 0..i {
            let before = pearson(&values[i].0, &values[j].0);
            let now = pearson(&values[i].1, &values[j].1);
            if let (Some((before, n)), Some((now, m))) = (before, now) {
                found.push(CorrelationChange {
                    a: columns[j].name.clone(),
                    b: columns[i].name.clone(),
                    coefficient,
                    baseline: before,
                    current: now,
                    p_value: p_value((before, n), (now, m), inflation),
                });
            }
        }
    }
    found
}

fn p_value((before, n): (f64, f64), (now, m): (f64, f64), inflation: f64) -> f64 {
    let z = |r: f64| r.clamp(-0.999_999, 0.999_999).atanh();
    let spread = (inflation * (1.0 / (n - 3.0) + 1.0 / (m - 3.0))).sqrt();
    erfc(((z(now) - z(before)) / spread).abs() / std::f64::consts::SQRT_2)
}

/// Pearson's coefficient over the rows that both have, and their number; `None` below ten rows or
/// where one does not vary.
fn pearson(x: &[f64], y: &[f64]) -> Option<(f64, f64)> {
    let both = || x.iter().zip(y).filter(|(a, b)| a.is_finite() && b.is_finite());
    let (mut n, mut mean_x, mut mean_y) = (0.0, 0.0, 0.0);
    for (a, b) in both() {
        n += 1.0;
        mean_x += a;
        mean_y += b;
    }
    (mean_x, mean_y) = (mean_x / n, mean_y / n);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (a, b) in both() {
        let (a, b) = (a - mean_x, b - mean_y);
        xx += a * a;
        yy += b * b;
        xy += a * b;
    }
    let r = xy / (xx * yy).sqrt();
    (n >= 10.0 && r.is_finite()).then(|| (r.clamp(-1.0, 1.0), n))
}

/// Ranks of the finite values, the mean of their places for equal ones; others stay NaN.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).filter(|i| values[*i].is_finite()).collect();
    order.sort_unstable_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![f64::NAN; values.len()];
    let mut from = 0;
    for group in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let rank = from as f64 + (group.len() - 1) as f64 / 2.0;
        group.iter().for_each(|i| ranks[*i] = rank);
        from += group.len();
    }
    ranks
}
