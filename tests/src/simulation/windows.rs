//! How often a metric's own history makes an alarm from window to window, and in how many windows it
//! tells a shift: mean ± 3 standard deviations, and the detectors, as `monitor` uses them.

use outerloop_core::stats::control::band;
use outerloop_core::stats::drift::stream::{Detector, Told, Watch, Window};
use outerloop_core::stats::generator::Generator;
use rayon::prelude::*;

/// Labelled rows of a window.
const ROWS: u64 = 500;
/// Accuracy where nothing changed.
const ACCURACY: f64 = 0.9;
/// Bins of a PSI, but one.
const DEGREES: u32 = 9;
/// PSI of two samples of one population is about (1/n + 1/m) χ² (Yurdakul and Naranjo 2020).
const PSI: f64 = 1.0 / 2000.0 + 1.0 / ROWS as f64;
/// Windows after a shift in which it should be told.
pub const WITHIN: usize = 20;

/// A metric, one value a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// The accuracy of 500 rows, 0.9, as a normal number; alarms when it falls.
    Accuracy,
    /// The same with twice the standard deviation: windows differ by more than their rows explain.
    Uneven,
    /// The PSI of ten bins, 2,000 rows against 500; alarms when it rises.
    Psi,
}

impl Metric {
    /// All, with what they are called.
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::Accuracy, "accuracy 0.9 of 500 rows, below"),
        (Self::Uneven, "the same, spread twice as wide"),
        (Self::Psi, "PSI of 2,000 and 500 rows, above"),
    ];

    /// A value; of the accuracy `worse` standard deviations lower.
    fn draw(self, generator: &mut Generator, worse: f64) -> f64 {
        match self {
            Self::Accuracy => ACCURACY + deviation() * (generator.normal() - worse),
            Self::Uneven => ACCURACY + deviation() * 2.0 * (generator.normal() - worse),
            Self::Psi => PSI * (0..DEGREES).map(|_| generator.normal().powi(2)).sum::<f64>(),
        }
    }
}

/// The accuracy's standard deviation.
fn deviation() -> f64 {
    (ACCURACY * (1.0 - ACCURACY) / ROWS as f64).sqrt()
}

/// What a signal may be held to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    /// Mean ± 3 standard deviations of the last 20 windows that did not breach.
    History,
    /// A detector.
    Detector(Detector),
}

impl Method {
    /// All with their default settings, and what they are called.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::History, "`history`"),
        (Self::Detector(PAGE_HINKLEY), "`page-hinkley`"),
        (Self::Detector(Detector::Ddm { deviations: 3.0 }), "`ddm`"),
        (Self::Detector(ADWIN), "`adwin`"),
    ];

    fn suits(self, metric: Metric) -> bool {
        metric != Metric::Psi || !matches!(self, Self::Detector(Detector::Ddm { .. }))
    }
}

const PAGE_HINKLEY: Detector = Detector::PageHinkley { allowance: 0.5, threshold: 5.0 };
const ADWIN: Detector = Detector::Adwin { delta: 0.002 };

/// The windows that breach, by their numbers.
fn alarms(method: Method, metric: Metric, values: impl Iterator<Item = f64>) -> Vec<usize> {
    let is_up = metric == Metric::Psi;
    match method {
        Method::Detector(detector) => {
            let mut watch = Watch::new(detector);
            let mut breaches = |value| match watch.take(Window { value, rows: ROWS }) {
                Told::Changed(change) => change.up == is_up,
                _ => false,
            };
            values.enumerate().filter_map(|(i, v)| breaches(v).then_some(i)).collect()
        }
        Method::History => {
            let mut calm = Vec::new();
            let mut breaches = |value: f64| {
                let last = &calm[calm.len().saturating_sub(20)..];
                let beyond = band(last, 5).is_some_and(|band| match is_up {
                    true => value > band.high,
                    false => value < band.low,
                });
                if !beyond {
                    calm.push(value);
                }
                beyond
            };
            values.enumerate().filter_map(|(i, v)| breaches(v).then_some(i)).collect()
        }
    }
}

/// Alarms per window where nothing changes, in the first 10, 50 and 200 windows.
pub fn false_alarms(method: Method, metric: Metric, runs: u64) -> [f64; 3] {
    let lengths = [10, 50, 200];
    let counts = |run| {
        let mut generator = Generator::new(1, run);
        let values = (0..lengths[2]).map(|_| metric.draw(&mut generator, 0.0));
        let found = alarms(method, metric, values);
        lengths.map(|length| found.iter().filter(|i| **i < length).count())
    };
    let all: Vec<[usize; 3]> = (0..runs).into_par_iter().map(counts).collect();
    [0, 1, 2]
        .map(|k| all.iter().map(|c| c[k]).sum::<usize>() as f64 / (runs as f64 * lengths[k] as f64))
}

/// After `before` calm windows the accuracy falls by so many standard deviations and stays there:
/// the share of the runs in which that is told within [`WITHIN`] windows, and in those the median
/// of how many it takes.
pub fn told(method: Method, before: usize, worse: f64, runs: u64) -> (f64, Option<usize>) {
    let first = |run| {
        let mut generator = Generator::new(2, run);
        let of = |i| if i < before { 0.0 } else { worse };
        let values = (0..before + WITHIN).map(|i| Metric::Accuracy.draw(&mut generator, of(i)));
        let found = alarms(method, Metric::Accuracy, values);
        found.into_iter().find(|i| *i >= before).map(|i| i + 1 - before)
    };
    let mut found: Vec<usize> = (0..runs).into_par_iter().filter_map(first).collect();
    found.sort_unstable();
    (found.len() as f64 / runs as f64, found.get(found.len() / 2).copied())
}

/// Windows that ADWIN takes to tell a fall by `size`, after `before` windows: the median of the
/// runs; none where that is more than 2,000.
pub fn adwin_takes(before: usize, size: f64, runs: u64) -> Option<usize> {
    let worse = size / deviation();
    let first = |run| {
        let mut generator = Generator::new(3, run);
        let mut watch = Watch::new(ADWIN);
        let told = |i: &usize| {
            let worse = if *i < before { 0.0 } else { worse };
            let value = Metric::Accuracy.draw(&mut generator, worse);
            let told = watch.take(Window { value, rows: ROWS });
            *i >= before && matches!(told, Told::Changed(_))
        };
        let mut windows = 0..before + 2000;
        windows.find(told).map_or(usize::MAX, |i| i + 1 - before)
    };
    let mut found: Vec<usize> = (0..runs).into_par_iter().map(first).collect();
    found.sort_unstable();
    found.get(found.len() / 2).copied().filter(|median| *median < usize::MAX)
}

/// The tables of docs/statistics.md, with the number of runs divided by `fewer`.
pub fn print(fewer: u64) {
    let (runs, few) = ((10_000 / fewer).max(1), (200 / fewer).max(1));
    println!("| held to | metric | alarms in 100 of the first 10 windows | 50 | 200 |");
    println!("|---|---|---|---|---|");
    for (metric, of) in Metric::ALL {
        for (method, name) in Method::ALL.into_iter().filter(|(m, _)| m.suits(metric)) {
            let cells = false_alarms(method, metric, runs).map(|s| format!("{:.2}", s * 100.0));
            println!("| {name} | {of} | {} |", cells.join(" | "));
        }
    }
    println!("\n| held to | windows before | 1 standard deviation | 2 |\n|---|---|---|---|");
    for before in [10, 50, 200] {
        for (method, name) in Method::ALL {
            let cells = [1.0, 2.0].map(|worse| match told(method, before, worse, runs) {
                (share, Some(median)) if share > 0.005 => {
                    format!("{:.0} %, {median}", share * 100.0)
                }
                (share, _) => format!("{:.0} %", share * 100.0),
            });
            println!("| {name} | {before} | {} |", cells.join(" | "));
        }
    }
    println!("\n| windows before | 0.05 | 0.1 | 0.2 | 0.4 |\n|---|---|---|---|---|");
    for before in [20, 50, 200, 1000] {
        let cells = [0.05, 0.1, 0.2, 0.4].map(|size| {
            adwin_takes(before, size, few).map_or("–".to_owned(), |takes| takes.to_string())
        });
        println!("| {before} | {} |", cells.join(" | "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detectors_alarm_rarely_without_cause_and_tell_a_shift() {
        let [(history, _), (page_hinkley, _), (ddm, _), (adwin, _)] = Method::ALL;
        let calm = |method| false_alarms(method, Metric::Accuracy, 200)[2];
        assert!(calm(history) < 0.008 && calm(page_hinkley) < 0.004 && calm(adwin) == 0.0);
        for (method, least) in [(page_hinkley, 0.95), (ddm, 0.6)] {
            let (share, median) = told(method, 50, 2.0, 100);
            assert!(share >= least, "{method:?}: {share}");
            assert!((2..13).contains(&median.expect("is told")), "{method:?}: {median:?}");
        }
        assert!(told(adwin, 50, 2.0, 20).0 < 0.1, "its bound is made for large shifts");
        let takes = adwin_takes(200, 0.4, 5).expect("is told");
        assert!((10..60).contains(&takes), "{takes}");
    }
}
