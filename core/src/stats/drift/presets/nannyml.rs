//! NannyML 0.13.1's defaults: Jensen-Shannon distance over bins of the baseline. Its threshold is
//! the mean of the distances of ten chunks of the baseline, in the order of the rows, and three
//! standard deviations above.

use super::super::pair::{Labels, Pair, align, sorted};
use super::super::{bins, chi_squared, hellinger, jensen_shannon, total_variation};
use super::{Compared, estimated};
use crate::domain::drift::{Definition, Measured, Side};

/// Chunks that the rows are cut into; a rest makes one more.
const CHUNKS: usize = 10;
const DEVIATIONS: f64 = 3.0;

const JS: Definition = Definition {
    measure: "jensen-shannon",
    text: "root of the Jensen-Shannon divergence, base 2, over the baseline's bins (numbers: Doane's rule) and one for what falls outside; threshold: mean + 3 standard deviations over ten chunks of the baseline",
};
const HELLINGER: Definition =
    Definition { measure: "hellinger", text: "√(½ Σ (√p − √q)²) over the same bins" };
const KS: Definition = Definition {
    measure: "ks",
    text: "largest distance of the distribution functions; from 10,000 values of the baseline on at the ends of 10,000 equal bins of its range",
};
const WASSERSTEIN: Definition = Definition {
    measure: "wasserstein",
    text: "Wasserstein distance in the unit of the values; from 10,000 values of the baseline on at the ends of 10,000 equal bins of its range",
};
const CHI: Definition = Definition {
    measure: "chi-squared",
    text: "Pearson's chi-squared of the two samples' counts, with Yates' correction for two levels",
};
const CHI_P: Definition =
    Definition { measure: "chi-squared-p-value", text: "p-value of the same" };
const LARGEST: Definition =
    Definition { measure: "l-infinity", text: "largest |p − q| of a category" };

pub(super) fn compare(pair: &Pair<'_>, more: bool) -> Compared {
    match pair {
        Pair::Numbers { baseline, current, .. } => numbers(baseline, current, more),
        Pair::Categories { baseline, current } => categories(baseline, current, more),
    }
}

fn numbers(baseline: &[f64], current: &[f64], more: bool) -> Compared {
    let mut compared = Compared::default();
    let present = |values: &[f64]| values.iter().any(|x| !x.is_nan());
    if !present(baseline) || !present(current) {
        return compared;
    }
    if baseline.iter().any(|x| x.is_infinite()) {
        let why =
            "peer-raises: NannyML raises on an infinite value of the baseline; no answer here";
        compared.notes.push(why.to_owned());
        return compared;
    }
    let kept: Vec<f64> = baseline.iter().copied().filter(|x| !x.is_nan()).collect();
    let Some(edges) = bins::doane(&kept) else { return compared };
    let before = bins::histogram(&kept, &edges);
    let against = |rows: &[f64]| {
        let counts = bins::histogram(rows, &edges);
        let present = rows.iter().filter(|x| !x.is_nan()).count() as u64;
        with_outside(&before, counts, present)
    };
    judge(&mut compared, baseline, current, |rows| {
        let (p, q) = against(rows);
        jensen_shannon::bits(&p, &q)
    });
    if more {
        let (p, q) = against(current);
        compared.show(HELLINGER, hellinger::distance(&p, &q));
        let (a, b) = (sorted(baseline), sorted(current));
        compared.show(KS, estimated::kolmogorov(&a, &b));
        compared.show(WASSERSTEIN, estimated::wasserstein(&a, &b));
    }
    compared
}

fn categories(baseline: &Labels<'_>, current: &Labels<'_>, more: bool) -> Compared {
    let mut compared = Compared::default();
    let found = align(baseline, current);
    let (p, q) = (&found.baseline, &found.current);
    if p.iter().all(|n| *n == 0) || q.iter().all(|n| *n == 0) {
        return compared;
    }
    // Both sides by one set of codes; a null is beyond all of them.
    let own = align(baseline, &Labels { levels: baseline.levels, codes: baseline.codes }).places;
    let recode = |labels: &Labels<'_>, places: &[usize]| -> Vec<usize> {
        let place = |code: &u32| places.get(*code as usize).copied().unwrap_or(usize::MAX);
        labels.codes.iter().map(place).collect()
    };
    let (before, now) = (recode(baseline, &own), recode(current, &found.places));
    let known = p.iter().filter(|n| **n > 0).count();
    let against = |rows: &[usize]| {
        let mut counts = vec![0; known];
        let mut present = 0;
        for place in rows.iter().filter(|place| **place != usize::MAX) {
            present += 1;
            if let Some(count) = counts.get_mut(*place) {
                *count += 1;
            }
        }
        with_outside(&p[..known], counts, present)
    };
    judge(&mut compared, &before, &now, |rows| {
        let (p, q) = against(rows);
        jensen_shannon::bits(&p, &q)
    });
    if more {
        let (known, counted) = against(&now);
        compared.show(HELLINGER, hellinger::distance(&known, &counted));
        let test = chi_squared::two_samples(p, q, true);
        compared.show(CHI, test.map(|t| t.statistic));
        compared.show(CHI_P, test.map(|t| t.p_value));
        compared.show(LARGEST, total_variation::largest(p, q));
    }
    compared
}

/// A last bin for what the baseline's bins do not hold.
fn with_outside(before: &[u64], mut now: Vec<u64>, present: u64) -> (Vec<u64>, Vec<u64>) {
    let mut before = before.to_vec();
    before.push(0);
    now.push(present - now.iter().sum::<u64>());
    (before, now)
}

/// Holds the distance of all current rows to the spread of the baseline's chunks, and says which
/// chunks of the current rows lie beyond it.
fn judge<T>(
    compared: &mut Compared,
    baseline: &[T],
    current: &[T],
    distance: impl Fn(&[T]) -> Option<f64>,
) {
    let chunks = |rows: &[T]| -> Option<Vec<f64>> {
        let size = rows.len() / CHUNKS;
        let parts = (size > 0).then(|| rows.chunks(size))?;
        Some(parts.map(|part| distance(part).unwrap_or(f64::NAN)).collect())
    };
    let whole = distance(current);
    let Some(spread) = chunks(baseline) else {
        let why = "peer-raises: NannyML needs ten rows of the baseline to cut chunks from";
        compared.notes.push(why.to_owned());
        return compared.show(JS, whole);
    };
    let threshold = upper(&spread);
    if threshold.is_nan() {
        let why = "no-threshold: a chunk of the baseline has no value, so that NannyML's threshold is no number and never fires";
        compared.notes.push(why.to_owned());
        return compared.show(JS, whole);
    }
    compared.judge(Measured::judged(JS, whole, Side::Above, threshold));
    let now = chunks(current).unwrap_or_default();
    let beyond = now.iter().filter(|d| **d > threshold).count();
    if beyond > 0 {
        let all = now.len();
        compared.notes.push(format!(
            "chunks-above-threshold: {beyond} of {all} chunks of the current rows are above"
        ));
    }
}

/// Mean and three standard deviations (divisor n) of chunks.
fn upper(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    mean + DEVIATIONS * variance.sqrt()
}
