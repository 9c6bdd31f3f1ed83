//! Coverage of intervals that are looked at again and again: a try is right when the truth was
//! inside at every look.

use outerloop_core::domain::verdict::Interval;
use outerloop_core::stats::generator::Generator;
use outerloop_core::stats::inference::proportion::wilson;
use outerloop_core::stats::inference::sequential;

use super::intervals::LEVEL;
use super::study::{Cost, Kind, Study, Try, hit};

/// Looks at what has come so far, spread evenly.
const LOOKS: usize = 50;

/// Every study of looking again.
pub fn studies() -> Vec<Study> {
    vec![
        every_look("Wilson at each of 50 looks", "a share of 0.1", [0.4, 0.85], |g, n, looks| {
            one_share(g, n, looks, 0.1, |k, n| wilson(k, n, LEVEL).ok())
        }),
        every_look("anytime share", "a share of 0.1", [0.95, 1.0], |g, n, looks| {
            one_share(g, n, looks, 0.1, |k, n| sequential::share(k, n, LEVEL).ok())
        }),
        every_look("anytime share", "a share of 0.01", [0.95, 1.0], |g, n, looks| {
            one_share(g, n, looks, 0.01, |k, n| sequential::share(k, n, LEVEL).ok())
        }),
        every_look("anytime difference", "shares of 0.1 and 0.05", [0.95, 1.0], two_shares),
        every_look("anytime mean", "uniform values", [0.95, 1.0], one_mean),
    ]
}

fn every_look(
    method: &'static str,
    population: &'static str,
    expected: [f64; 2],
    one: impl Fn(&mut Generator, usize, usize) -> Option<bool> + Sync + Send + 'static,
) -> Study {
    let one: Try = Box::new(move |generator, rows| {
        let between = (rows / LOOKS).max(1);
        one(generator, rows, between).map(hit)
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

fn holds(interval: Interval, truth: f64) -> bool {
    interval.low <= truth && truth <= interval.high
}

fn one_share(
    generator: &mut Generator,
    rows: usize,
    between: usize,
    share: f64,
    interval: impl Fn(u64, u64) -> Option<Interval>,
) -> Option<bool> {
    let mut successes = 0;
    for row in 1..=rows {
        successes += u64::from(generator.unit() < share);
        if row % between == 0 && !holds(interval(successes, row as u64)?, share) {
            return Some(false);
        }
    }
    Some(true)
}

/// The second stream gets a third of the rows.
fn two_shares(generator: &mut Generator, rows: usize, between: usize) -> Option<bool> {
    let (mut first, mut second) = ((0, 0), (0, 0));
    for row in 1..=rows {
        let (counts, share) = if row % 3 == 0 { (&mut second, 0.05) } else { (&mut first, 0.1) };
        *counts = (counts.0 + u64::from(generator.unit() < share), counts.1 + 1);
        if row % between == 0 {
            let interval = sequential::difference(first, second, LEVEL).ok()?;
            if !holds(interval, 0.1 - 0.05) {
                return Some(false);
            }
        }
    }
    Some(true)
}

fn one_mean(generator: &mut Generator, rows: usize, between: usize) -> Option<bool> {
    let mut sum = 0.0;
    for row in 1..=rows {
        sum += generator.unit();
        if row % between == 0 {
            let tightest = rows as u64 / 2;
            let interval = sequential::mean(sum, row as u64, (0.0, 1.0), tightest, LEVEL).ok()?;
            if !holds(interval, 0.5) {
                return Some(false);
            }
        }
    }
    Some(true)
}
