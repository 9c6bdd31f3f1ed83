//! Numbers against the stored profile of numbers.

use super::bins::shares;
use super::ks;
use super::profile::{BinNames, Bins, Comparison, distances};
use crate::domain::profile::{Distribution, NumberProfile};

/// Most bins where every value of the baseline is known.
const GROUPS_EXACT: u64 = 20;
/// Bins where quantiles are known.
const GROUPS_QUANTILES: u64 = 10;

/// Compares sorted, finite values with the profile of `count` values.
pub(super) fn compare(before: &NumberProfile, count: u64, sorted: &[f64]) -> Comparison {
    let mut found = Comparison::default();
    let steps = Steps::of(&before.distribution);
    if count == 0 || sorted.is_empty() || steps.values.is_empty() {
        return found;
    }
    let sorted = &steps.snapped(sorted);
    let bins = steps.group();
    let counted = bins.count(sorted);
    distances(&mut found, &bins.baseline, &counted);
    let (n, m) = (count as f64, sorted.len() as f64);
    let statistic = steps.largest_gap(sorted);
    let p_value = ks::asymptotic(statistic, n, m);
    let outside = outside(before, sorted);
    for (name, value) in [
        ("ks", statistic),
        ("ks-p-value", p_value),
        ("wasserstein-normed", steps.wasserstein(sorted) / scale(before)),
        ("out-of-range", outside as f64 / m),
    ] {
        found.metrics.insert(name.to_owned(), value);
    }
    found.shape_p = Some(p_value);
    found.range_p = Some(range_p_value(count, sorted.len() as u64, outside));
    found.bins = bins.drawn(&counted);
    found
}

/// The standard deviation; of a constant, its size, so that a change is measured against it.
fn scale(before: &NumberProfile) -> f64 {
    if before.std > 0.0 { before.std } else { before.mean.abs().max(0.001) }
}

fn outside(before: &NumberProfile, sorted: &[f64]) -> u64 {
    let below = sorted.partition_point(|x| *x < before.min);
    let up_to = sorted.partition_point(|x| *x <= before.max);
    (below + sorted.len() - up_to) as u64
}

/// Chance that of n + m values of one distribution, in any order, at least `outside` of the m lie
/// beyond the smallest and largest of the n: for each split over both ends, the outermost values of
/// all must be current ones. An upper bound (the splits are added up).
fn range_p_value(n: u64, m: u64, outside: u64) -> f64 {
    let all_current: f64 = (0..outside)
        .map(|i| (m - i) as f64 / (n + m - i) as f64)
        .take_while(|f| *f > 0.0)
        .product();
    ((outside + 1) as f64 * all_current).min(1.0)
}

/// What is known of the baseline's distribution function: at each of these ascending values, its
/// height just below and at the value, out of `total`.
struct Steps {
    values: Vec<f64>,
    below: Vec<u64>,
    upto: Vec<u64>,
    total: u64,
    exact: bool,
}

impl Steps {
    fn of(distribution: &Distribution) -> Self {
        let mut steps =
            Self { values: Vec::new(), below: Vec::new(), upto: Vec::new(), total: 0, exact: true };
        match distribution {
            Distribution::Exact { values, counts } => {
                for (value, count) in values.iter().zip(counts) {
                    steps.push(*value, steps.total, steps.total + count);
                    steps.total += count;
                }
            }
            Distribution::Quantiles { values } => {
                steps.exact = false;
                steps.total = values.len().saturating_sub(1) as u64;
                for (k, value) in values.iter().enumerate() {
                    steps.push(*value, k as u64, k as u64);
                }
            }
        }
        steps
    }

    fn push(&mut self, value: f64, below: u64, upto: u64) {
        match self.upto.last_mut() {
            Some(last) if self.values.last() == Some(&value) => *last = upto,
            _ => {
                self.values.push(value);
                self.below.push(below);
                self.upto.push(upto);
            }
        }
    }

    /// The sample with values that are a known one in single precision set to that one: a model
    /// that takes single precision logs 1/3 as 0.33333334, and that is no drift.
    fn snapped(&self, sorted: &[f64]) -> Vec<f64> {
        let mut spelt: Vec<(f64, f64)> = Vec::new();
        for known in &self.values {
            let single = *known as f32;
            let decimal = single.to_string().parse().unwrap_or(*known);
            let others = [f64::from(single), decimal];
            spelt.extend(others.into_iter().filter(|o| o != known).map(|o| (o, *known)));
        }
        spelt.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let known = |x: &f64| match spelt.binary_search_by(|(other, _)| other.total_cmp(x)) {
            Ok(at) => spelt[at].1,
            Err(_) => *x,
        };
        let mut snapped: Vec<f64> = sorted.iter().map(known).collect();
        snapped.sort_unstable_by(f64::total_cmp);
        snapped
    }

    /// Between the known values one function is monotone and the other constant or unknown, so
    /// that the ends of each gap are enough.
    fn largest_gap(&self, sorted: &[f64]) -> f64 {
        let (m, total) = (sorted.len() as f64, self.total as f64);
        let mut largest = 0.0f64;
        for (i, value) in self.values.iter().enumerate() {
            let under = sorted.partition_point(|x| x < value) as f64 / m;
            let at = sorted.partition_point(|x| x <= value) as f64 / m;
            largest = largest
                .max((under - self.below[i] as f64 / total).abs())
                .max((at - self.upto[i] as f64 / total).abs());
        }
        largest
    }

    fn wasserstein(&self, sorted: &[f64]) -> f64 {
        let m = sorted.len() as f64;
        if self.exact {
            return self.wasserstein_exact(sorted);
        }
        // Beyond the outermost quantiles only the extremes are known, and they jump from sample to
        // sample: the last step on either side is left out.
        let step = 1.0 / self.total as f64;
        let known = step..=1.0 - step;
        let shares = sorted.iter().enumerate().map(|(i, x)| ((i as f64 + 0.5) / m, x));
        let inner = shares.filter(|(share, _)| known.contains(share));
        inner.map(|(share, x)| (x - self.quantile(share)).abs() / m).sum()
    }

    fn wasserstein_exact(&self, sorted: &[f64]) -> f64 {
        let (m, total) = (sorted.len() as f64, self.total as f64);
        let (mut i, mut j) = (0, 0);
        let mut last = self.values[0].min(sorted[0]);
        let mut area = 0.0;
        while i < self.values.len() || j < sorted.len() {
            let next = match (self.values.get(i), sorted.get(j)) {
                (Some(a), Some(b)) => a.min(*b),
                (Some(x), None) | (None, Some(x)) => *x,
                (None, None) => break,
            };
            let height = if i == 0 { 0.0 } else { self.upto[i - 1] as f64 / total };
            area += (height - j as f64 / m).abs() * (next - last);
            last = next;
            i += usize::from(self.values.get(i) == Some(&next));
            j += usize::from(sorted.get(j) == Some(&next));
        }
        area
    }

    /// The value at this share of the baseline, straight between two known ones.
    fn quantile(&self, share: f64) -> f64 {
        let wanted = share * self.total as f64;
        let at = self.upto.partition_point(|u| (*u as f64) < wanted).min(self.values.len() - 1);
        if at == 0 || wanted >= self.below[at] as f64 {
            return self.values[at];
        }
        let (from, to) = (self.upto[at - 1] as f64, self.below[at] as f64);
        let part = (wanted - from) / (to - from);
        self.values[at - 1] * (1.0 - part) + self.values[at] * part
    }

    fn group(&self) -> Groups {
        let one_each = self.exact && self.values.len() as u64 <= GROUPS_EXACT;
        let groups = if self.exact { GROUPS_EXACT } else { GROUPS_QUANTILES };
        let mut bins = Groups { edges: Vec::new(), baseline: Vec::new(), one_each };
        let mut counted = 0;
        for (value, upto) in self.values.iter().zip(&self.upto) {
            let due = (bins.edges.len() as u64 + 1) * self.total;
            if one_each || *upto == self.total || upto * groups >= due {
                bins.edges.push(*value);
                bins.baseline.push(upto - counted);
                counted = *upto;
            }
        }
        bins
    }
}

/// Bins with their upper edges (the last open) and the baseline's weight in each.
struct Groups {
    edges: Vec<f64>,
    baseline: Vec<u64>,
    one_each: bool,
}

impl Groups {
    fn count(&self, sorted: &[f64]) -> Vec<u64> {
        let mut counted = 0;
        let inner = self.edges.len() - 1;
        let mut counts: Vec<u64> = self.edges[..inner]
            .iter()
            .map(|edge| {
                let upto = sorted.partition_point(|x| x <= edge) as u64;
                let here = upto - counted;
                counted = upto;
                here
            })
            .collect();
        counts.push(sorted.len() as u64 - counted);
        counts
    }

    fn drawn(self, current: &[u64]) -> Option<Bins> {
        let (baseline, current) = (shares(&self.baseline)?, shares(current)?);
        let names =
            if self.one_each { BinNames::Values(self.edges) } else { BinNames::UpTo(self.edges) };
        Some(Bins { names, baseline, current })
    }
}
