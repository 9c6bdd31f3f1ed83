//! Numbers against the stored profile of numbers.

use super::bars;
use super::between::{self, Known};
use super::bins::shares;
use super::ks;
use super::outside;
use super::profile::{BinNames, Bins, Comparison, distances};
use super::steps::Steps;
use crate::domain::profile::{EXACT_LEVELS, NumberProfile};

/// Most bins where every value of the baseline is known.
const GROUPS_EXACT: u64 = 20;
/// Bins where points are known.
const GROUPS_POINTS: u64 = 10;
/// Shares at which the quantiles of two profiles are compared.
const GRID: u32 = 4096;

/// Current numbers.
#[derive(Clone, Copy)]
pub(super) enum Sample<'a> {
    /// Sorted, finite values.
    Sorted(&'a [f64]),
    /// What is known of them, and the smallest and largest.
    Steps(&'a Steps, (f64, f64)),
}

/// Compares current numbers with the profile of `count` values.
pub(super) fn compare(before: &NumberProfile, count: u64, sample: &Sample<'_>) -> Comparison {
    let mut found = Comparison::default();
    let steps = Steps::of(&before.distribution);
    if count == 0 || sample.len() == 0 || steps.values.is_empty() {
        return found;
    }
    let (sorted, known);
    let sample = match sample {
        Sample::Sorted(values) => {
            sorted = steps.snapped(values);
            Sample::Sorted(&sorted)
        }
        Sample::Steps(own, range) => {
            known = steps.snapped_steps(own);
            Sample::Steps(&known, *range)
        }
    };
    let bins = group(&steps);
    let counted = bins.count(&sample);
    distances(&mut found, &bins.baseline, &counted);
    let (n, m) = (count as f64, sample.len() as f64);
    let statistic = largest_gap(&steps, &sample);
    let p_value = ks::asymptotic(statistic, n, m);
    let outside = sample.outside(before.min, before.max);
    let scale = scale(before);
    for (name, value) in [
        ("ks", statistic),
        ("ks-p-value", p_value),
        ("wasserstein-normed", wasserstein(&steps, &sample) / scale),
        ("out-of-range", outside as f64 / m),
    ] {
        found.metrics.insert(name.to_owned(), value);
    }
    found.shape_p = Some(p_value);
    found.range_p = Some(outside::p_value(count, sample.len(), outside));
    errors(&mut found, &steps, &sample, scale, (&bins.baseline, &counted));
    found.bins = match known_of_both(&steps, &sample) {
        Some(known) => bars::drawn(&known),
        None => bins.drawn(&counted),
    };
    found
}

/// The standard deviation; of a constant, its size, so that a change is measured against it.
fn scale(before: &NumberProfile) -> f64 {
    if before.std > 0.0 { before.std } else { before.mean.abs().max(0.001) }
}

/// Bounds of the errors that come from points instead of values.
fn errors(
    found: &mut Comparison,
    steps: &Steps,
    sample: &Sample<'_>,
    scale: f64,
    (baseline, current): (&[u64], &[u64]),
) {
    let (ours, theirs) = (steps.rank_error, sample.rank_error());
    let (gap, spread) = (steps.gap, steps.spread() + sample.spread());
    let [psi, jensen_shannon, total_variation] = match ours + theirs > 0.0 {
        true => {
            let baseline = Known { counts: baseline, error: ours };
            of_bins(found, baseline, Known { counts: current, error: theirs })
        }
        false => [0.0; 3],
    };
    for (name, error) in [
        ("ks", ours + gap + theirs),
        ("wasserstein-normed", spread / scale),
        ("out-of-range", if found.metrics["out-of-range"] > 0.0 { 2.0 * theirs } else { 0.0 }),
        ("psi", psi),
        ("jensen-shannon", jensen_shannon),
        ("total-variation", total_variation),
    ] {
        found.errors.insert(name.to_owned(), error);
    }
}

/// The most by which each distance can differ from its value, where the ranks at the ends of the bins
/// are within their errors.
fn of_bins(found: &Comparison, baseline: Known<'_>, current: Known<'_>) -> [f64; 3] {
    let ranges = [
        ("psi", between::psi(baseline, current)),
        ("jensen-shannon", between::jensen_shannon(baseline, current)),
        ("total-variation", between::total_variation(baseline, current)),
    ];
    ranges.map(|(name, range)| match found.metrics.get(name).zip(range) {
        Some((value, (low, high))) => (high - value).max(value - low).max(0.0),
        None => 0.0,
    })
}

impl Sample<'_> {
    fn len(&self) -> u64 {
        match self {
            Self::Sorted(sorted) => sorted.len() as u64,
            Self::Steps(steps, _) => steps.total,
        }
    }

    /// How many values are smaller.
    fn below(&self, x: f64) -> f64 {
        match self {
            Self::Sorted(sorted) => sorted.partition_point(|v| *v < x) as f64,
            Self::Steps(steps, _) => steps.rank_below(x),
        }
    }

    /// How many values are smaller or the same.
    fn upto(&self, x: f64) -> f64 {
        match self {
            Self::Sorted(sorted) => sorted.partition_point(|v| *v <= x) as f64,
            Self::Steps(steps, _) => steps.rank_upto(x),
        }
    }

    fn outside(&self, min: f64, max: f64) -> u64 {
        let below = match self {
            Self::Steps(_, (smallest, _)) if *smallest >= min => 0.0,
            _ => self.below(min),
        };
        let above = match self {
            Self::Steps(_, (_, largest)) if *largest <= max => 0.0,
            _ => self.len() as f64 - self.upto(max),
        };
        (below + above).round() as u64
    }

    /// Most by which a rank anywhere may be wrong, as a share.
    fn rank_error(&self) -> f64 {
        match self {
            Self::Sorted(_) => 0.0,
            Self::Steps(steps, _) => steps.rank_error + steps.gap,
        }
    }

    fn spread(&self) -> f64 {
        match self {
            Self::Sorted(_) => 0.0,
            Self::Steps(steps, _) => steps.spread(),
        }
    }

    fn is_exact(&self) -> bool {
        match self {
            Self::Sorted(_) => true,
            Self::Steps(steps, _) => steps.exact,
        }
    }

    /// The distinct values, at most so many, with how often they are there; `None` where only points
    /// are known.
    fn counts(&self, most: usize) -> Option<Vec<(f64, u64)>> {
        match self {
            Self::Sorted(sorted) => {
                let each = sorted.chunk_by(f64::eq).map(|same| (same[0], same.len() as u64));
                Some(each.take(most).collect())
            }
            Self::Steps(steps, _) => steps.counts(),
        }
    }

    /// The i-th distinct step: a value, and how many are smaller or the same. Of sorted values each
    /// is a step.
    fn step(&self, i: usize) -> Option<(f64, u64)> {
        match self {
            Self::Sorted(sorted) => Some((*sorted.get(i)?, i as u64 + 1)),
            Self::Steps(steps, _) => Some((*steps.values.get(i)?, steps.upto[i])),
        }
    }
}

/// The distinct values of both, each with how often either has it, where a profile would keep every
/// one: rows are drawn as their profile is.
fn known_of_both(steps: &Steps, sample: &Sample<'_>) -> Option<Vec<(f64, u64, u64)>> {
    let few = |values: &Vec<(f64, u64)>| values.len() <= EXACT_LEVELS;
    let before = steps.counts()?;
    let now = sample.counts(EXACT_LEVELS + 1).filter(few)?;
    let before = before.into_iter().map(|(value, n)| (value, n, 0));
    let mut all: Vec<_> = before.chain(now.into_iter().map(|(value, n)| (value, 0, n))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            (kept.1, kept.2) = (kept.1 + next.1, kept.2 + next.2);
        }
        same
    });
    Some(all)
}

/// Between the known values one function is monotone and the other constant or unknown, so that
/// the ends of each gap are enough.
fn largest_gap(steps: &Steps, sample: &Sample<'_>) -> f64 {
    let (m, total) = (sample.len() as f64, steps.total as f64);
    let mut largest = 0.0f64;
    for (i, value) in steps.values.iter().enumerate() {
        let (under, at) = (sample.below(*value) / m, sample.upto(*value) / m);
        largest = largest
            .max((under - steps.below[i] as f64 / total).abs())
            .max((at - steps.upto[i] as f64 / total).abs());
    }
    largest
}

fn wasserstein(steps: &Steps, sample: &Sample<'_>) -> f64 {
    if steps.exact && sample.is_exact() {
        return wasserstein_exact(steps, sample);
    }
    let (low, high) = steps.inner();
    match sample {
        Sample::Sorted(sorted) => {
            let m = sorted.len() as f64;
            let shares = sorted.iter().enumerate().map(|(i, x)| ((i as f64 + 0.5) / m, x));
            let inner = shares.filter(|(share, _)| (low..=high).contains(share));
            inner.map(|(share, x)| (x - steps.quantile(share)).abs() / m).sum()
        }
        Sample::Steps(other, _) => {
            let (from, to) = other.inner();
            let shares = (0..GRID).map(|i| (f64::from(i) + 0.5) / f64::from(GRID));
            let inner = shares.filter(|s| (low.max(from)..=high.min(to)).contains(s));
            let distance = |share| (other.quantile(share) - steps.quantile(share)).abs();
            inner.map(|share| distance(share) / f64::from(GRID)).sum()
        }
    }
}

fn wasserstein_exact(steps: &Steps, sample: &Sample<'_>) -> f64 {
    let (m, total) = (sample.len() as f64, steps.total as f64);
    let (mut i, mut j, mut counted) = (0, 0, 0);
    let mut last = f64::NAN;
    let mut area = 0.0;
    loop {
        let (own, other) = (steps.values.get(i), sample.step(j));
        let next = match (own, other) {
            (Some(a), Some((b, _))) => a.min(b),
            (Some(x), None) => *x,
            (None, Some((x, _))) => x,
            (None, None) => return area,
        };
        let height = if i == 0 { 0.0 } else { steps.upto[i - 1] as f64 / total };
        if !last.is_nan() {
            area += (height - counted as f64 / m).abs() * (next - last);
        }
        last = next;
        i += usize::from(own == Some(&next));
        if let Some((_, upto)) = other.filter(|(value, _)| *value == next) {
            counted = upto;
            j += 1;
        }
    }
}

/// Bins out of what is known of the baseline.
fn group(steps: &Steps) -> Groups {
    let one_each = steps.exact && steps.values.len() as u64 <= GROUPS_EXACT;
    let groups = if steps.exact { GROUPS_EXACT } else { GROUPS_POINTS };
    let mut bins = Groups { edges: Vec::new(), baseline: Vec::new(), one_each };
    let mut counted = 0;
    for (value, upto) in steps.values.iter().zip(&steps.upto) {
        let due = (bins.edges.len() as u64 + 1) * steps.total;
        if one_each || *upto == steps.total || upto * groups >= due {
            bins.edges.push(*value);
            bins.baseline.push(upto - counted);
            counted = *upto;
        }
    }
    bins
}

/// Upper ends of the bins behind the distances.
#[cfg(test)]
pub(super) fn ends(before: &NumberProfile) -> Vec<f64> {
    group(&Steps::of(&before.distribution)).edges
}

/// Bins with their upper edges (the last open) and the baseline's weight in each.
struct Groups {
    edges: Vec<f64>,
    baseline: Vec<u64>,
    one_each: bool,
}

impl Groups {
    fn count(&self, sample: &Sample<'_>) -> Vec<u64> {
        let mut counted = 0;
        let inner = self.edges.len() - 1;
        let mut counts: Vec<u64> = self.edges[..inner]
            .iter()
            .map(|edge| {
                let upto = (sample.upto(*edge).round() as u64).max(counted);
                let here = upto - counted;
                counted = upto;
                here
            })
            .collect();
        counts.push(sample.len() - counted);
        counts
    }

    fn drawn(self, current: &[u64]) -> Option<Bins> {
        let (baseline, current) = (shares(&self.baseline)?, shares(current)?);
        let names =
            if self.one_each { BinNames::Values(self.edges) } else { BinNames::UpTo(self.edges) };
        Some(Bins { names, baseline, current })
    }
}
