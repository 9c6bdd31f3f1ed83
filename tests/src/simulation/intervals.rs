//! Coverage of the intervals that need no resampling.

use outerloop_core::domain::verdict::Interval;
use outerloop_core::stats::delong;
use outerloop_core::stats::generator::Generator;
use outerloop_core::stats::inference::paired_shares::bonett_price;
use outerloop_core::stats::inference::paired_t::PairedT;
use outerloop_core::stats::inference::proportion::{clopper_pearson, wilson};

use super::population::{
    Answers, Binary, CHAMPION, auc, normal_differences, skewed_differences, successes,
};
use super::study::{Cost, Kind, Study, Try, hit};

/// The level of every interval.
pub(super) const LEVEL: f64 = 0.95;

/// A line of the table about coverage.
pub(super) fn coverage(
    method: &'static str,
    population: &'static str,
    expected: [f64; 2],
    one: impl Fn(&mut Generator, usize) -> Option<(Interval, f64)> + Sync + Send + 'static,
) -> Study {
    let one: Try = Box::new(move |generator, rows| {
        let (interval, truth) = one(generator, rows)?;
        Some(hit(interval.low <= truth && truth <= interval.high))
    });
    Study {
        method,
        population,
        kind: Kind::Coverage,
        nominal: LEVEL,
        cost: Cost::Low,
        expected,
        one,
    }
}

/// Every study of these intervals.
pub fn studies() -> Vec<Study> {
    let mut all = shares();
    all.extend([
        coverage("paired t", "normal differences", [0.95, 0.95], |g, n| {
            Some((PairedT::new(&normal_differences(g, n, 0.1)).ok()?.interval(LEVEL).ok()?, 0.1))
        }),
        coverage("paired t", "exponential differences", [0.91, 0.95], |g, n| {
            Some((PairedT::new(&skewed_differences(g, n, 0.1)).ok()?.interval(LEVEL).ok()?, 0.1))
        }),
        coverage("Bonett-Price", "accuracies, 20 % disagreements", [0.94, 0.98], |g, n| {
            difference_of_answers(g, n, [0.12, 0.08])
        }),
        coverage("Bonett-Price", "accuracies, 2 % disagreements", [0.94, 1.0], |g, n| {
            difference_of_answers(g, n, [0.015, 0.005])
        }),
        coverage("DeLong, one model", "AUC 0.80", [0.91, 0.96], |g, n| {
            let rows = Binary::draw(g, n, [CHAMPION; 2]);
            let found = delong::interval(&rows.labels, &rows.scores[0], LEVEL).ok()?;
            Some((found.interval, auc(CHAMPION)))
        }),
        coverage("DeLong, one model", "AUC 0.98", [0.75, 0.96], |g, n| {
            let rows = Binary::draw(g, n, [2.9; 2]);
            let found = delong::interval(&rows.labels, &rows.scores[0], LEVEL).ok()?;
            Some((found.interval, auc(2.9)))
        }),
        coverage("DeLong, paired", "AUC 0.87 against 0.80", [0.92, 0.97], |g, n| {
            let rows = Binary::draw(g, n, [1.6, CHAMPION]);
            let found = delong::paired(&rows.labels, &rows.scores[0], &rows.scores[1]).ok()?;
            Some((found.interval(LEVEL).ok()?, auc(1.6) - auc(CHAMPION)))
        }),
        coverage("DeLong, paired", "AUC 0.98 against 0.96", [0.85, 0.97], |g, n| {
            let rows = Binary::draw(g, n, [2.9, 2.5]);
            let found = delong::paired(&rows.labels, &rows.scores[0], &rows.scores[1]).ok()?;
            Some((found.interval(LEVEL).ok()?, auc(2.9) - auc(2.5)))
        }),
    ]);
    all
}

fn shares() -> Vec<Study> {
    let wilson_of = |population, share: f64, expected| {
        coverage("Wilson", population, expected, move |g, n| {
            Some((wilson(successes(g, n, share), n as u64, LEVEL).ok()?, share))
        })
    };
    let exact_of = |population, share: f64, expected| {
        coverage("Clopper-Pearson", population, expected, move |g, n| {
            Some((clopper_pearson(successes(g, n, share), n as u64, LEVEL).ok()?, share))
        })
    };
    vec![
        wilson_of("a share of 0.5", 0.5, [0.93, 0.97]),
        wilson_of("a share of 0.9", 0.9, [0.93, 0.98]),
        wilson_of("a share of 0.99", 0.99, [0.9, 0.99]),
        exact_of("a share of 0.5", 0.5, [0.95, 0.99]),
        exact_of("a share of 0.9", 0.9, [0.95, 0.99]),
        exact_of("a share of 0.99", 0.99, [0.95, 1.0]),
    ]
}

fn difference_of_answers(
    generator: &mut Generator,
    rows: usize,
    alone: [f64; 2],
) -> Option<(Interval, f64)> {
    let found = Answers::draw(generator, rows, alone).disagreements();
    Some((bonett_price(found, rows as u64, LEVEL).ok()?.interval, alone[0] - alone[1]))
}
