//! Evidently 0.7.23's defaults: nulls and infinities are dropped, then a test or a distance is
//! chosen by the baseline's rows, the kind and the distinct values of both samples.

use super::super::chi_squared::{self, Test};
use super::super::pair::{Pair, align, distinct, sorted};
use super::super::{
    anderson_darling, bins, cramer_von_mises, energy, g_test, hellinger, jensen_shannon, ks,
    proportions, psi, total_variation, wasserstein,
};
use super::Compared;
use crate::domain::drift::{Definition, Measured, Side};

/// Up to this many rows of the baseline a test decides, above a distance.
const FEW_ROWS: usize = 1000;
/// Numbers of up to this many distinct values are taken as categories.
const FEW_VALUES: usize = 5;
const P_VALUE: f64 = 0.05;
const DISTANCE: f64 = 0.1;

const KS: Definition = Definition {
    measure: "ks-p-value",
    text: "two-sample Kolmogorov-Smirnov test: exact up to 10,000 values, above by the one-sample distribution with nm/(n+m) values",
};
const CHI: Definition = Definition {
    measure: "chi-squared-p-value",
    text: "Pearson's chi-squared test of the current counts against the baseline's shares, taken as known; 0 where the current data has a value that the baseline lacks",
};
const Z: Definition = Definition {
    measure: "z-test-p-value",
    text: "z-test of two proportions, pooled variance, two-sided",
};
const WASSERSTEIN: Definition = Definition {
    measure: "wasserstein-normed",
    text: "Wasserstein distance over the baseline's standard deviation (divisor n, at least 0.001)",
};
const JS: Definition = Definition {
    measure: "jensen-shannon",
    text: "root of the Jensen-Shannon divergence, natural logarithm; one bin a value for up to 20 distinct ones of the baseline, else bins of both by Sturges' rule",
};
const PSI: Definition = Definition {
    measure: "psi",
    text: "Σ (p − q) ln(p/q) over the same bins; an empty share counts as 0.0001, or a millionth of the smallest when that is not larger",
};
const HELLINGER: Definition = Definition {
    measure: "hellinger",
    text: "√(1 − Σ √(pq)); numbers: of densities over bins by Sturges' rule of the distinct values",
};
const ANDERSON: Definition = Definition {
    measure: "anderson-darling-p-value",
    text: "k-sample Anderson-Darling test with middle ranks, between 0.001 and 0.25",
};
const CRAMER: Definition = Definition {
    measure: "cramer-von-mises-p-value",
    text: "two-sample Cramér-von Mises test, exact up to 20 values a side, above by the limiting distribution; meaningless with many ties",
};
const ENERGY: Definition =
    Definition { measure: "energy", text: "energy distance √(2 ∫ (F − G)² dx)" };
const VARIATION: Definition =
    Definition { measure: "total-variation", text: "½ Σ |p − q| over the categories" };

const G_TEST: Definition = Definition {
    measure: "g-test-p-value",
    text: "G-test of the current counts against the baseline's, for sides of equal size: 2 Σ current · ln(current / baseline)",
};

pub(super) fn compare(pair: &Pair<'_>, more: bool) -> Compared {
    match pair {
        Pair::Numbers { baseline, current, whole } => {
            numbers(&sorted(baseline), &sorted(current), *whole, more)
        }
        Pair::Categories { baseline, current } => {
            let found = align(baseline, current);
            let rows = found.baseline.iter().sum::<u64>() as usize;
            let mut compared = Compared::default();
            if rows == 0 || found.current.iter().all(|n| *n == 0) {
                return compared;
            }
            let (p, q) = (&found.baseline, &found.current);
            counts(&mut compared, p, q, rows);
            if more {
                compared.show(JS, jensen_shannon::nats(p, q));
                compared.show(PSI, psi::filled(p, q));
                compared.show(HELLINGER, hellinger::by_overlap(p, q));
                compared.show(VARIATION, total_variation::distance(p, q));
                if let Some(test) = g_test::against_counts(p, q) {
                    compared.show(G_TEST, Some(test.p_value));
                }
            }
            compared
        }
    }
}

fn numbers(baseline: &[f64], current: &[f64], whole: bool, more: bool) -> Compared {
    let mut compared = Compared::default();
    if baseline.is_empty() || current.is_empty() {
        return compared;
    }
    if distinct(baseline, current, FEW_VALUES) <= FEW_VALUES {
        let (p, q) = bins::by_value(baseline, current);
        counts(&mut compared, &p, &q, baseline.len());
    } else if baseline.len() <= FEW_ROWS {
        let p_value = ks::two_samples(baseline, current).map(|t| t.p_value);
        compared.judge(Measured::judged(KS, p_value, Side::Below, P_VALUE));
    } else {
        let distance = wasserstein::normed(baseline, current);
        compared.judge(Measured::judged(WASSERSTEIN, distance, Side::Above, DISTANCE).at_least());
    }
    if more {
        shown(&mut compared, baseline, current, whole);
    }
    compared
}

/// Categories, and numbers of few distinct values.
fn counts(compared: &mut Compared, p: &[u64], q: &[u64], rows: usize) {
    let levels = p.iter().zip(q).filter(|(a, b)| **a + **b > 0).count();
    if rows > FEW_ROWS {
        let distance = jensen_shannon::nats(p, q);
        compared.judge(Measured::judged(JS, distance, Side::Above, DISTANCE).at_least());
    } else if levels > 2 {
        let p_value = chi_squared::against_shares(p, q).map_or(0.0, |t| t.p_value);
        compared.judge(Measured::judged(CHI, Some(p_value), Side::Below, P_VALUE));
    } else {
        let (n, m) = (p.iter().sum(), q.iter().sum());
        let test = proportions::two_samples(p[0], n, q[0], m);
        let p_value = test.map_or(1.0, |t| t.p_value);
        compared.judge(Measured::judged(Z, Some(p_value), Side::Below, P_VALUE));
    }
}

fn shown(compared: &mut Compared, a: &[f64], b: &[f64], whole: bool) {
    let p_value = |test: Option<Test>| test.map(|t| t.p_value);
    if let Some((p, q)) = bins::evidently(a, b, whole) {
        compared.show(JS, jensen_shannon::nats(&p, &q));
        compared.show(PSI, psi::filled(&p, &q));
    }
    compared.show(KS, p_value(ks::two_samples(a, b)));
    compared.show(WASSERSTEIN, wasserstein::normed(a, b));
    compared.show(HELLINGER, hellinger::of_densities(a, b, whole));
    compared.show(ENERGY, energy::distance(a, b));
    let anderson = p_value(anderson_darling::two_samples(a, b));
    if anderson.is_none() {
        let why = "peer-raises: Evidently raises on Anderson-Darling where both sides hold one value alone";
        compared.notes.push(why.to_owned());
    }
    compared.show(ANDERSON, anderson);
    compared.show(CRAMER, p_value(cramer_von_mises::two_samples(a, b)));
}
