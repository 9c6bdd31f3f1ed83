//! The components of Azure Machine Learning's model monitoring, with their defaults: normed
//! Wasserstein distance of numbers, Jensen-Shannon distance of categories, both drift above 0.5.
//! They drop every row that has a null in any column first.

use super::super::pair::{Labels, Pair, align, sorted};
use super::super::{bins, chi_squared, jensen_shannon, ks, psi, wasserstein};
use super::Compared;
use crate::domain::drift::{Definition, Measured, Side};

const THRESHOLD: f64 = 0.5;
/// Rows from which the components refuse the Kolmogorov-Smirnov test.
const TOO_MANY: usize = 10_000;

const WASSERSTEIN: Definition = Definition {
    measure: "wasserstein-normed",
    text: "Wasserstein distance over the baseline's standard deviation (divisor n − 1, at least 0.001), of rows without any null",
};
const JS: Definition = Definition {
    measure: "jensen-shannon",
    text: "root of the Jensen-Shannon divergence, base 2; numbers over ⌈log₂ n + 1⌉ bins of equal width, n the rows of the smaller side; of rows without any null",
};
const PSI: Definition = Definition {
    measure: "psi",
    text: "Σ (q − p) ln(q/p) over the same bins, every count one higher; of rows without any null",
};
const KS: Definition = Definition {
    measure: "ks-p-value",
    text: "two-sample Kolmogorov-Smirnov test, exact; refused from 10,000 rows on",
};
const CHI: Definition = Definition {
    measure: "chi-squared-p-value",
    text: "Pearson's chi-squared test of the current counts against the baseline's shares",
};

/// The rows that have a value in every column; infinite ones count as missing. `columns` holds for
/// each column which rows have one, and `rows` their number.
pub fn complete_rows(columns: &[Vec<bool>], rows: usize) -> Vec<usize> {
    (0..rows).filter(|row| columns.iter().all(|c| c.get(*row).copied().unwrap_or(false))).collect()
}

pub(super) fn compare(pair: &Pair<'_>, more: bool) -> Compared {
    match pair {
        Pair::Numbers { baseline, current, .. } => {
            numbers(&sorted(baseline), &sorted(current), more)
        }
        Pair::Categories { baseline, current } => categories(baseline, current, more),
    }
}

fn numbers(a: &[f64], b: &[f64], more: bool) -> Compared {
    let mut compared = Compared::default();
    if a.is_empty() || b.is_empty() {
        return compared;
    }
    let distance = wasserstein::normed_by_sample(a, b);
    compared.judge(Measured::judged(WASSERSTEIN, distance, Side::Above, THRESHOLD));
    if !more {
        return compared;
    }
    let (p, q) = histograms(a, b);
    compared.show(JS, jensen_shannon::bits(&p, &q));
    compared.show(PSI, Some(psi::laplace_of((&p[..], a.len()), (&q[..], b.len()))));
    let refused = a.len().max(b.len()) >= TOO_MANY;
    if refused {
        let why =
            "peer-raises: the components refuse the Kolmogorov-Smirnov test from 10,000 rows on";
        compared.notes.push(why.to_owned());
    }
    let test = if refused { None } else { ks::two_samples(a, b) };
    compared.show(KS, test.map(|t| t.p_value));
    compared
}

/// Counts of two sorted samples over their bins.
pub(crate) fn histograms(a: &[f64], b: &[f64]) -> (Vec<u64>, Vec<u64>) {
    let (low, high) = (a[0].min(b[0]), a[a.len() - 1].max(b[b.len() - 1]));
    let edges = edges(low, high, bins::azure_count(a.len(), b.len()));
    (histogram(a, &edges), histogram(b, &edges))
}

fn edges(low: f64, high: f64, bins: usize) -> Vec<f64> {
    if low == high {
        let around = if low == 0.0 { 0.005 } else { (low * 0.005).abs() };
        return vec![low - around, low + around];
    }
    let width = (high - low) / bins as f64;
    (0..=bins).map(|i| if i == 0 { low } else { low + i as f64 * width }).collect()
}

/// Spark's histogram: bins that are equally wide to 1e-10 are found by division, others by search.
/// A value above the last edge, which rounding can put below the largest, is not counted.
fn histogram(values: &[f64], edges: &[f64]) -> Vec<u64> {
    let (bins, low, high) = (edges.len() - 1, edges[0], edges[edges.len() - 1]);
    let widths = || edges.windows(2).map(|pair| pair[1] - pair[0]);
    let spread =
        widths().fold(f64::NEG_INFINITY, f64::max) - widths().fold(f64::INFINITY, f64::min);
    let width = (high - low) / bins as f64;
    let mut counts = vec![0; bins];
    for x in values.iter().filter(|x| (low..=high).contains(*x)) {
        let at = if spread < 1e-10 {
            ((x - low) / width) as usize
        } else {
            edges.partition_point(|e| e <= x) - 1
        };
        counts[at.min(bins - 1)] += 1;
    }
    counts
}

fn categories(baseline: &Labels<'_>, current: &Labels<'_>, more: bool) -> Compared {
    let mut compared = Compared::default();
    let found = align(baseline, current);
    let (p, q) = (&found.baseline, &found.current);
    if p.iter().all(|n| *n == 0) || q.iter().all(|n| *n == 0) {
        return compared;
    }
    let distance = jensen_shannon::bits(p, q);
    compared.judge(Measured::judged(JS, distance, Side::Above, THRESHOLD));
    if more {
        compared.show(PSI, psi::laplace(p, q));
        let p_value = chi_squared::against_shares(p, q).map(|t| t.p_value);
        compared.show(CHI, p_value);
    }
    compared
}
