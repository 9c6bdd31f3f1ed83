//! Coverage of the intervals that resample.

use outerloop_core::domain::verdict::Interval;
use outerloop_core::stats::bootstrap::{Method, Options, estimate, paired_difference};
use outerloop_core::stats::generator::Generator;
use outerloop_core::stats::{Metric, Sample};

use super::intervals::{LEVEL, coverage};
use super::population::{Answers, Binary, CHAMPION, auc, errors, f1, groups};
use super::study::{Cost, Study};

const PERCENTILE: &str = "bootstrap, percentile";
const BCA: &str = "bootstrap, BCa";

/// Every study of the bootstrap.
pub fn studies() -> Vec<Study> {
    let mut all = Vec::new();
    for (method, name) in [(Method::Percentile, PERCENTILE), (Method::Bca, BCA)] {
        all.extend([
            coverage(name, "AUC 0.87 against 0.80", [0.91, 0.97], move |g, n| {
                let rows = Binary::draw(g, n, [1.6, CHAMPION]);
                let interval = difference(Metric::ROC_AUC, rows.samples(), g, method)?;
                rows.has_both().then_some((interval, auc(1.6) - auc(CHAMPION)))
            }),
            coverage(name, "AUC 0.98 against 0.96", [0.8, 0.97], move |g, n| {
                let rows = Binary::draw(g, n, [2.9, 2.5]);
                let interval = difference(Metric::ROC_AUC, rows.samples(), g, method)?;
                rows.has_both().then_some((interval, auc(2.9) - auc(2.5)))
            }),
            coverage(name, "F1 0.69 against 0.61", [0.9, 0.97], move |g, n| {
                let rows = Binary::draw(g, n, [1.6, CHAMPION]);
                let interval = difference(Metric::F1, rows.samples(), g, method)?;
                rows.has_both().then_some((interval, f1(1.6) - f1(CHAMPION)))
            }),
            coverage(name, "RMSE 0.9 against 1", [0.9, 0.97], move |g, n| {
                let [ours, theirs] = errors(g, n, [0.9, 1.0]);
                let labels = vec![0.0; n];
                let samples = [&ours, &theirs].map(|scores| Sample::regression(&labels, scores));
                Some((difference(Metric::RMSE, samples, g, method)?, 0.9 - 1.0))
            }),
        ]);
    }
    all.extend([
        coverage(PERCENTILE, "accuracies, 20 % disagreements", [0.9, 0.97], |g, n| {
            let rows = Answers::draw(g, n, [0.12, 0.08]);
            let found = difference(Metric::ACCURACY, rows.samples(), g, Method::Percentile)?;
            Some((found, 0.12 - 0.08))
        }),
        coverage(PERCENTILE, "accuracies, 2 % disagreements", [0.5, 1.0], |g, n| {
            let rows = Answers::draw(g, n, [0.015, 0.005]);
            let found = difference(Metric::ACCURACY, rows.samples(), g, Method::Percentile)?;
            Some((found, 0.015 - 0.005))
        }),
        coverage("bootstrap, one model", "AUC 0.80", [0.9, 0.97], |g, n| {
            let rows = Binary::draw(g, n, [CHAMPION; 2]);
            let options = options(g, Method::Percentile);
            let found = estimate(Metric::ROC_AUC, rows.samples()[0], &options).ok()?;
            rows.has_both().then_some((found.interval, auc(CHAMPION)))
        }),
        coverage("bootstrap of rows", "groups of 5 alike rows", [0.6, 0.85], |g, n| {
            grouped(g, n, false)
        }),
        coverage("bootstrap of groups", "groups of 5 alike rows", [0.85, 0.95], |g, n| {
            grouped(g, n, true)
        }),
    ]);
    for study in &mut all {
        study.cost = if study.method == BCA { Cost::Jackknifed } else { Cost::Resampled };
    }
    all
}

/// A thousand resamples with a seed of their own.
fn options(generator: &mut Generator, method: Method) -> Options<'static> {
    Options { level: LEVEL, seed: generator.bits(), method, ..Options::default() }
}

fn difference(
    metric: Metric,
    [challenger, champion]: [Sample<'_>; 2],
    generator: &mut Generator,
    method: Method,
) -> Option<Interval> {
    let options = options(generator, method);
    Some(paired_difference(metric, challenger, champion, &options).ok()?.interval)
}

/// The mean absolute error of answers with mean 2 to labels of 0, against a champion that always
/// answers 2.
fn grouped(generator: &mut Generator, rows: usize, whole: bool) -> Option<(Interval, f64)> {
    let (clusters, answers) = groups(generator, rows);
    let (labels, champion) = (vec![0.0; rows], vec![2.0; rows]);
    let [ours, theirs] = [&answers, &champion].map(|scores| Sample::regression(&labels, scores));
    let options = Options {
        clusters: whole.then_some(clusters.as_slice()),
        ..options(generator, Method::Percentile)
    };
    Some((paired_difference(Metric::MAE, ours, theirs, &options).ok()?.interval, 0.0))
}
