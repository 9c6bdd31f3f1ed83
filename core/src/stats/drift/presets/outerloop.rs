//! The default preset: a column drifts when a distance is above its threshold and a test, corrected
//! by Holm's procedure over all columns, does not put it down to chance. A threshold alone alarms on
//! few rows, a test alone on many.

use statrs::function::erf::erfc;

use super::super::categories::{Counted, Levels};
use super::super::numeric::Numeric;
use super::super::pair::{Aligned, Labels, Pair, align, sorted};
use super::super::profile::{BinNames, Bins};
use super::super::{
    anderson_darling, bars, bins, chi_squared, cramer_von_mises, energy, g_test, hellinger,
    jensen_shannon, ks, numeric, outside, psi, total_variation, words,
};
use super::{Compared, Undecided};
use crate::domain::drift::{Definition, Side};
use crate::stats::inference::multiple;
use crate::stats::number::p_value;

/// Values of the larger sample up to which the Kolmogorov-Smirnov p-value is exact.
const EXACT_UP_TO: u64 = 1000;

const PSI: Definition = Definition {
    measure: "psi",
    text: "Σ (p − q) ln(p/q); an empty share counts as 0.0001 (a millionth of the smallest when that is not larger). Numbers: one bin a value for up to 20 distinct ones of the baseline, else its tenths. Categories: the most frequent levels of both sides together (five each expected, and no more of them than move the index by 0.1 by chance), the rest together",
};
const JS: Definition = Definition {
    measure: "jensen-shannon",
    text: "root of the Jensen-Shannon divergence, base 2, over the same bins",
};
const KS: Definition = Definition {
    measure: "ks",
    text: "largest distance of the distribution functions, over all values",
};
const KS_P: Definition = Definition {
    measure: "ks-p-value",
    text: "two-sample Kolmogorov-Smirnov test: exact up to 1,000 values, above by the one-sample distribution with nm/(n+m) values; before Holm's correction",
};
const WASSERSTEIN: Definition = Definition {
    measure: "wasserstein-normed",
    text: "area between the distribution functions, over the baseline's standard deviation (divisor n; of a constant, its size)",
};
const RAW: Definition = Definition {
    measure: "wasserstein",
    text: "area between the distribution functions, in the unit of the values",
};
const CHI: Definition = Definition {
    measure: "chi-squared",
    text: "Pearson's chi-squared of both sides' counts, uncorrected, over the same levels",
};
const CHI_P: Definition = Definition {
    measure: "chi-squared-p-value",
    text: "p-value of the same, before Holm's correction",
};
const G: Definition =
    Definition { measure: "g-test", text: "likelihood-ratio statistic of the same counts" };
const G_P: Definition = Definition { measure: "g-test-p-value", text: "p-value of the same" };
const HELLINGER: Definition =
    Definition { measure: "hellinger", text: "√(½ Σ (√p − √q)²) over the same bins" };
const VARIATION: Definition =
    Definition { measure: "total-variation", text: "½ Σ |p − q| over the same bins" };
const LARGEST: Definition =
    Definition { measure: "l-infinity", text: "largest |p − q| of a bin" };
const ENERGY: Definition =
    Definition { measure: "energy", text: "energy distance √(2 ∫ (F − G)² dx)" };
const ANDERSON: Definition = Definition {
    measure: "anderson-darling",
    text: "standardised k-sample Anderson-Darling statistic with middle ranks",
};
const ANDERSON_P: Definition = Definition {
    measure: "anderson-darling-p-value",
    text: "p-value of the same, between 0.001 and 0.25",
};
const CRAMER: Definition = Definition {
    measure: "cramer-von-mises",
    text: "two-sample Cramér-von Mises statistic; meaningless with many ties",
};
const CRAMER_P: Definition = Definition {
    measure: "cramer-von-mises-p-value",
    text: "p-value of the same, limiting distribution",
};

/// What counts as an effect, and as significant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// PSI.
    pub psi: f64,
    /// Jensen-Shannon distance, base 2.
    pub jensen_shannon: f64,
    /// Kolmogorov-Smirnov distance.
    pub ks: f64,
    /// Wasserstein distance over the baseline's standard deviation.
    pub wasserstein: f64,
    /// Rise of the share of missing values.
    pub null_rate: f64,
    /// Share of values beyond the baseline's range.
    pub out_of_range: f64,
    /// Share of values in new categories beyond what was to be expected.
    pub new_categories: f64,
    /// Largest p-value that counts as significant after Holm's correction.
    pub significance: f64,
}

pub(super) fn compare(pair: &Pair<'_>, more: bool) -> Compared {
    match pair {
        Pair::Numbers { baseline, current, .. } => {
            let found = numeric::compare(baseline, current);
            let mut compared = match &found {
                Some(found) => numbers(found),
                None => unusable(missing(baseline), missing(current)),
            };
            if more && found.is_some() {
                more_of_numbers(&mut compared, &sorted(baseline), &sorted(current));
            }
            compared
        }
        Pair::Categories { baseline, current } => categories(baseline, current, more),
    }
}

/// Both distributions, to draw.
pub(super) fn bins_of(pair: &Pair<'_>) -> Option<Bins> {
    match pair {
        Pair::Numbers { baseline, current, .. } => numeric::compare(baseline, current)?.drawn,
        Pair::Categories { baseline, current } => drawn(&align(baseline, current)),
    }
}

fn missing(values: &[f64]) -> (u64, u64) {
    let usable = values.iter().filter(|x| x.is_finite()).count();
    (usable as u64, (values.len() - usable) as u64)
}

/// Nothing to compare but how much is missing.
fn unusable(before: (u64, u64), now: (u64, u64)) -> Compared {
    let mut compared = Compared::default();
    let mut undecided = Undecided::default();
    null_rates(&mut undecided, before, now);
    compared.undecided = Some(undecided);
    compared
}

fn numbers(found: &Numeric) -> Compared {
    let mut compared = Compared::default();
    let (n, m) = found.counts;
    let (p, q) = (&found.groups.baseline, &found.groups.current);
    let scale = if found.std > 0.0 { found.std } else { found.mean.abs().max(0.001) };
    let p_value = if n.max(m) <= EXACT_UP_TO {
        ks::exact(found.ks, n as usize, m as usize)
    } else {
        ks::asymptotic(found.ks, n as f64, m as f64)
    };
    compared.show(PSI, psi::filled(p, q));
    compared.show(JS, jensen_shannon::bits(p, q));
    compared.show(KS, Some(found.ks));
    compared.show(WASSERSTEIN, Some(found.wasserstein / scale));
    compared.show(KS_P, Some(p_value));
    compared.show(RAW, Some(found.wasserstein));
    compared.bins.clone_from(&found.drawn);
    let mut undecided =
        Undecided { out_of_range: Some(found.outside as f64 / m as f64), ..Undecided::default() };
    undecided.tests.shape = Some(p_value);
    undecided.tests.range = Some(outside::p_value(n, m, found.outside));
    null_rates(&mut undecided, (n, found.missing.0), (m, found.missing.1));
    compared.undecided = Some(undecided);
    compared
}

fn more_of_numbers(compared: &mut Compared, a: &[f64], b: &[f64]) {
    if let Some(groups) = numeric::by_sorting(a, b).map(|found| found.groups) {
        compared.show(HELLINGER, hellinger::distance(&groups.baseline, &groups.current));
        let distance = total_variation::distance(&groups.baseline, &groups.current);
        compared.show(VARIATION, distance);
    }
    compared.show(ENERGY, energy::distance(a, b));
    let test = anderson_darling::two_samples(a, b);
    compared.show(ANDERSON, test.map(|t| t.statistic));
    compared.show(ANDERSON_P, test.map(|t| t.p_value));
    let test = cramer_von_mises::two_samples(a, b);
    compared.show(CRAMER, test.map(|t| t.statistic));
    compared.show(CRAMER_P, test.map(|t| t.p_value));
}

/// Of (usable, missing) values before and now: two proportions, one-sided, pooled variance.
fn null_rates(undecided: &mut Undecided, before: (u64, u64), now: (u64, u64)) {
    let (n, m) = ((before.0 + before.1) as f64, (now.0 + now.1) as f64);
    if n == 0.0 || m == 0.0 {
        return;
    }
    let (p, q) = (before.1 as f64 / n, now.1 as f64 / m);
    let pooled = (before.1 + now.1) as f64 / (n + m);
    let deviation = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    let p_value = match deviation > 0.0 {
        true => erfc((q - p) / deviation / std::f64::consts::SQRT_2) / 2.0,
        false => 1.0,
    };
    undecided.null_rates = Some((p, q));
    undecided.tests.nulls = Some(p_value);
}

fn categories(baseline: &Labels<'_>, current: &Labels<'_>, more: bool) -> Compared {
    let found = align(baseline, current);
    let sum = |counts: &[u64]| counts.iter().sum::<u64>();
    let (n, m) = (sum(&found.baseline), sum(&found.current));
    let missing = |labels: &Labels<'_>, usable: u64| labels.codes.len() as u64 - usable;
    let (before, now) = ((n, missing(baseline, n)), (m, missing(current, m)));
    let mut compared = unusable(before, now);
    if n == 0 || m == 0 {
        return compared;
    }
    let levels = Levels {
        names: found.names.clone(),
        baseline: found.baseline.clone(),
        current: found.current.clone(),
        untold: Default::default(),
    };
    let counted = levels.counted();
    shape(&mut compared, counted.as_ref(), more);
    compared.bins = drawn(&found);
    if let Some(undecided) = &mut compared.undecided
        && let Some(novelty) = levels.novelty()
    {
        undecided.novel = Some(novelty.share);
        undecided.tests.novelty = Some(novelty.p_value);
        undecided.new = novelty.names;
    }
    compared.notes.extend(words::lost_categories(&levels.lost()));
    compared.notes.extend(words::not_comparable(counted.map_or(1.0, |c| c.rest)));
    compared
}

/// The distances of the levels that are told apart, and their test.
fn shape(compared: &mut Compared, counted: Option<&Counted>, more: bool) {
    let of = |measure: fn(&[u64], &[u64]) -> Option<f64>| {
        counted.and_then(|c| measure(&c.baseline, &c.current))
    };
    compared.show(PSI, of(psi::filled));
    compared.show(JS, of(jensen_shannon::bits));
    let test = counted.and_then(|c| chi_squared::two_samples(&c.baseline, &c.current, false));
    compared.show(CHI, test.map(|t| t.statistic));
    compared.show(CHI_P, test.map(|t| t.p_value));
    compared.show(VARIATION, of(total_variation::distance));
    if more {
        let likelihood = counted.and_then(|c| g_test::two_samples(&c.baseline, &c.current));
        compared.show(G, likelihood.map(|t| t.statistic));
        compared.show(G_P, likelihood.map(|t| t.p_value));
        compared.show(HELLINGER, of(hellinger::distance));
        compared.show(LARGEST, of(total_variation::largest));
    }
    if let Some(undecided) = &mut compared.undecided {
        undecided.tests.shape = test.map(|t| t.p_value);
    }
}

/// The most frequent levels, and the rest together.
fn drawn(found: &Aligned<'_>) -> Option<Bins> {
    let mut order: Vec<usize> = (0..found.names.len()).collect();
    let weight = |i: &usize| found.baseline[*i] + found.current[*i];
    order.sort_by(|a, b| {
        weight(b).cmp(&weight(a)).then_with(|| found.names[*a].cmp(found.names[*b]))
    });
    let rest = order.split_off(order.len().min(bars::BARS - 1));
    let mut names: Vec<String> = order.iter().map(|i| found.names[*i].to_owned()).collect();
    let pick = |counts: &[u64]| {
        let mut kept: Vec<u64> = order.iter().map(|i| counts[*i]).collect();
        if !rest.is_empty() {
            kept.push(rest.iter().map(|i| counts[*i]).sum());
        }
        bins::shares(&kept)
    };
    if !rest.is_empty() {
        names.push("(other)".to_owned());
    }
    let (baseline, current) = (pick(&found.baseline)?, pick(&found.current)?);
    Some(Bins { names: BinNames::Levels(names), baseline, current })
}

/// Settles the columns that the default preset compared. Each kind of test is a family of its own.
pub(super) fn decide(columns: &mut [Compared], thresholds: &Thresholds) {
    let family = |pick: fn(&Undecided) -> Option<f64>| {
        let p: Vec<Option<f64>> =
            columns.iter().map(|c| c.undecided.as_ref().and_then(pick)).collect();
        multiple::significant(&p, thresholds.significance)
    };
    let shape = family(|u| u.tests.shape);
    let nulls = family(|u| u.tests.nulls);
    let range = family(|u| u.tests.range);
    let novelty = family(|u| u.tests.novelty);
    for (i, column) in columns.iter_mut().enumerate() {
        let Some(undecided) = column.undecided.take() else { continue };
        held(column, thresholds);
        if shape[i] {
            distances(column, &undecided);
        } else {
            column.measures.iter_mut().for_each(|m| m.fired = false);
        }
        let (nulls, range, novelty) = (nulls[i], range[i], novelty[i]);
        column.reasons.extend(nulls.then(|| rose(&undecided, thresholds)).flatten());
        column.reasons.extend(range.then(|| beyond(&undecided, thresholds)).flatten());
        column.reasons.extend(novelty.then(|| unknown(&undecided, thresholds)).flatten());
        column.drifted = !column.reasons.is_empty();
    }
}

/// Holds the distances to their thresholds.
fn held(column: &mut Compared, thresholds: &Thresholds) {
    for measured in &mut column.measures {
        measured.threshold = match measured.measure {
            "psi" => Some(thresholds.psi),
            "jensen-shannon" => Some(thresholds.jensen_shannon),
            "ks" => Some(thresholds.ks),
            "wasserstein-normed" => Some(thresholds.wasserstein),
            _ => None,
        };
        let pair = measured.value.zip(measured.threshold);
        measured.fired = measured.side == Side::Above && pair.is_some_and(|(v, t)| v > t);
    }
}

fn distances(column: &mut Compared, undecided: &Undecided) {
    let p = p_value(undecided.tests.shape.unwrap_or(1.0));
    for measured in column.measures.iter().filter(|m| m.fired) {
        column.reasons.push(format!("{} ({p})", measured.reason()));
    }
}

fn rose(undecided: &Undecided, thresholds: &Thresholds) -> Option<String> {
    let (before, now) = undecided.null_rates?;
    (now - before > thresholds.null_rate).then(|| words::null_rate_rose(before, now))
}

fn beyond(undecided: &Undecided, thresholds: &Thresholds) -> Option<String> {
    let share = undecided.out_of_range.filter(|share| *share > thresholds.out_of_range)?;
    Some(words::out_of_range(share))
}

fn unknown(undecided: &Undecided, thresholds: &Thresholds) -> Option<String> {
    let share = undecided.novel.filter(|share| *share > thresholds.new_categories)?;
    Some(words::new_categories(share, &undecided.new))
}
