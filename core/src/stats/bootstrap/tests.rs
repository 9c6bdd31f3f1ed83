//! Intervals by plan and method, held to what they must be and to scipy.

use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::stats::{Metric, Sample, Undefined, delong};

fn rows(n: u32) -> (Vec<f64>, Vec<f64>) {
    let labels = (0..n).map(|i| f64::from(i * 7 % 5 < 2)).collect();
    let scores = (0..n).map(|i| f64::from(i * 37 % 101) / 101.0).collect();
    (labels, scores)
}

#[test]
fn groups_of_one_row_each_are_rows() {
    let (labels, scores) = rows(200);
    let sample = Sample::binary(&labels, &scores);
    let plain = estimate(Metric::BRIER, sample, &Options::default()).expect("an interval");
    let names: Vec<u32> = (0..200).map(|i| i * 11 + 5).collect();
    let options = Options { clusters: Some(&names), ..Options::default() };
    let grouped = estimate(Metric::BRIER, sample, &options).expect("an interval");
    assert!((grouped.standard_error / plain.standard_error - 1.0).abs() < 0.1);
}

#[test]
fn repeated_rows_are_no_news_when_they_are_one_group() {
    let (labels, scores) = rows(200);
    let plain = Sample::binary(&labels, &scores);
    let plain = estimate(Metric::BRIER, plain, &Options::default()).expect("an interval");
    let four = |column: &[f64]| column.iter().flat_map(|v| [*v; 4]).collect::<Vec<f64>>();
    let (labels, scores) = (four(&labels), four(&scores));
    let groups: Vec<u32> = (0..800).map(|row| row / 4).collect();
    let sample = Sample::binary(&labels, &scores);
    let naive = estimate(Metric::BRIER, sample, &Options::default()).expect("an interval");
    let options = Options { clusters: Some(&groups), ..Options::default() };
    let grouped = estimate(Metric::BRIER, sample, &options).expect("an interval");
    assert!((naive.standard_error * 2.0 / plain.standard_error - 1.0).abs() < 0.1);
    assert!((grouped.standard_error / plain.standard_error - 1.0).abs() < 0.1);
}

#[test]
fn within_classes_no_resample_misses_one() {
    let mut labels = vec![0.0; 40];
    labels[0] = 1.0;
    let scores: Vec<f64> = (0..40).map(f64::from).collect();
    let sample = Sample::binary(&labels, &scores);
    let missing = estimate(Metric::ROC_AUC, sample, &Options::default());
    assert!(matches!(missing, Err(Undefined::Resamples { .. })));
    let options = Options { stratified: true, ..Options::default() };
    let found = estimate(Metric::ROC_AUC, sample, &options).expect("an interval");
    assert_eq!(found.resamples, 1000);
}

#[test]
fn groups_that_cannot_be_resampled_are_refused() {
    let (labels, scores) = rows(50);
    let refused = |clusters: &[u32], stratified| {
        let options = Options { clusters: Some(clusters), stratified, ..Options::default() };
        estimate(Metric::BRIER, Sample::binary(&labels, &scores), &options).expect_err("is refused")
    };
    assert_eq!(refused(&[1, 2], false), Undefined::Clusters { rows: 50, clusters: 2 });
    assert_eq!(refused(&[3; 50], false), Undefined::OneCluster);
    let two: Vec<u32> = (0..50).map(|row| row % 2).collect();
    assert_eq!(refused(&two, true), Undefined::StratifiedClusters);
}

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name);
    std::fs::read_to_string(path).expect("the fixture is there")
}

/// Labels, the challenger's answers, the champion's.
fn columns(name: &str) -> [Vec<f64>; 3] {
    let text = fixture(&format!("eval/{name}.csv"));
    [0, 2, 1].map(|i| {
        let field = |line: &str| line.split(',').nth(i).and_then(|field| field.parse().ok());
        text.lines().skip(1).filter_map(field).collect()
    })
}

/// Both have an error by chance: 40,000 resamples there and 10,000 here, at the ends of the interval
/// about 3 % of a standard error each.
#[test]
fn intervals_agree_with_scipy() {
    let cases: Value = serde_json::from_str(&fixture("bootstrap/expected.json")).expect("is JSON");
    let [labels, challenger, champion] = columns("binary");
    let [truth, later, earlier] = columns("regression");
    let binary = |scores| Sample::binary(&labels, scores);
    for (method, key) in [(Method::Percentile, "percentile"), (Method::Bca, "bca")] {
        let options = Options { resamples: 10_000, method, ..Options::default() };
        let single = |metric| {
            let found = estimate(metric, binary(&challenger), &options).expect("an interval");
            (found.value, found.interval, found.standard_error)
        };
        let paired = |metric, ours, theirs| {
            let found = paired_difference(metric, ours, theirs, &options).expect("an interval");
            (found.difference, found.interval, found.standard_error)
        };
        let models = [&later, &earlier].map(|answers| Sample::regression(&truth, answers));
        for (name, (value, interval, standard_error)) in [
            ("roc-auc", single(Metric::ROC_AUC)),
            ("brier", single(Metric::BRIER)),
            ("roc-auc difference", paired(Metric::ROC_AUC, binary(&challenger), binary(&champion))),
            ("mse difference", paired(Metric::MSE, models[0], models[1])),
        ] {
            let case = &cases[name];
            let number = |value: &Value| value.as_f64().expect("a number");
            let se = number(&case["se"]);
            assert!((value / number(&case["value"]) - 1.0).abs() < 1e-9, "{name}: {value}");
            assert!((standard_error / se - 1.0).abs() < 0.04, "{name}: {standard_error}, {se}");
            let [low, high] = [0, 1].map(|end| number(&case[key][end]));
            assert!((interval.low - low).abs() < 0.1 * se, "{name} {key}: {interval:?}, {low}");
            assert!((interval.high - high).abs() < 0.1 * se, "{name} {key}: {interval:?}, {high}");
        }
    }
}

#[test]
fn the_standard_error_is_that_of_delong() {
    let rows = 6000;
    let labels: Vec<f64> = (0..rows).map(|i| f64::from(i * 7 % 5 < 2)).collect();
    let scores = |times: u32, by: u32| -> Vec<f64> {
        let noise = |i: u32| f64::from(i.wrapping_mul(times).wrapping_mul(i) % 1009) / 1009.0;
        labels.iter().zip(0..rows).map(|(label, i)| label / f64::from(by) + noise(i)).collect()
    };
    let (ours, theirs) = (scores(31, 2), scores(57, 3));
    let options = Options { resamples: 2000, ..Options::default() };
    let [ours_, theirs_] = [&ours, &theirs].map(|scores| Sample::binary(&labels, scores));
    let found = paired_difference(Metric::ROC_AUC, ours_, theirs_, &options).expect("an interval");
    let exact = delong::paired(&labels, &ours, &theirs).expect("a standard error");
    assert!((found.difference - exact.difference).abs() < 1e-12);
    let ratio = found.standard_error / exact.standard_error;
    assert!((ratio - 1.0).abs() < 0.05, "{ratio}: chance alone is 1.6 %");
}

#[test]
fn threads_and_company_make_no_difference() {
    let [labels, challenger, champion] = columns("binary");
    let [ours, theirs] = [&challenger, &champion].map(|scores| Sample::binary(&labels, scores));
    let groups: Vec<u32> = (0..labels.len() as u32).map(|row| row / 3).collect();
    let metrics = [Metric::ROC_AUC, Metric::LOG_LOSS, Metric::F1, Metric::AVERAGE_PRECISION];
    for (stratified, clusters) in [(false, None), (true, None), (false, Some(&*groups))] {
        for method in [Method::Percentile, Method::Bca] {
            let options =
                Options { resamples: 100, method, stratified, clusters, seed: 3, level: 0.9 };
            let run = |threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                let compared = || compare(&metrics, ours, Some(theirs), &options);
                pool.expect("a pool").install(compared).expect("intervals")
            };
            let found = run(1);
            assert_eq!(found, run(2));
            assert_eq!(found, run(4));
            for found in found {
                let alone = paired_difference(found.metric, ours, theirs, &options);
                assert_eq!(found.difference, Some(alone));
                // Ties between equal scores are in the order of the champion's, where there is one.
                let alone = estimate(found.metric, ours, &options).expect("an interval");
                let together = found.estimate.expect("an interval");
                assert!((alone.value - together.value).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn a_metric_without_a_value_does_not_keep_others_from_theirs() {
    let labels = [[0.0, 1.0]; 20].concat();
    let scores: Vec<f64> = (0..40).map(|row| f64::from(row) / 100.0).collect();
    let sample = Sample::binary(&labels, &scores);
    let found = compare(&[Metric::PRECISION, Metric::BRIER], sample, None, &Options::default());
    let found = found.expect("rows to measure");
    assert_eq!(found[0].estimate, Err(Undefined::NoPredictedPositive));
    assert!(found[1].estimate.is_ok() && found[1].difference.is_none());
}

#[test]
fn a_row_that_cannot_be_measured_has_the_number_that_it_was_given() {
    let sample = Sample::regression(&[1.0, 0.0, 3.0], &[3.0, 2.0, 1.0]);
    let why = estimate(Metric::MAPE, sample, &Options::default());
    assert_eq!(why, Err(Undefined::ZeroLabel { row: 2 }));
    let sample = Sample::binary(&[1.0, 0.0, 1.0], &[3.0, 0.2, 0.1]);
    let why = estimate(Metric::BRIER, sample, &Options::default());
    assert_eq!(why, Err(Undefined::NotProbability { row: 1, value: 3.0 }));
}

#[test]
fn few_rows_have_an_interval_or_a_reason() {
    for rows in 1..=10 {
        let labels: Vec<f64> = (0..rows).map(|row| f64::from(row % 2)).collect();
        let scores: Vec<f64> = (0..rows).map(|row| f64::from(row * 3 % 7) / 7.0).collect();
        for method in [Method::Percentile, Method::Bca] {
            for stratified in [false, true] {
                let options = Options { resamples: 100, method, stratified, ..Options::default() };
                for metric in [Metric::ROC_AUC, Metric::BRIER, Metric::AVERAGE_PRECISION] {
                    let found = estimate(metric, Sample::binary(&labels, &scores), &options);
                    if let Ok(Estimate { value, interval, standard_error, .. }) = found {
                        assert!(value.is_finite() && standard_error.is_finite());
                        assert!(interval.low <= interval.high, "{metric} of {rows}: {interval:?}");
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn the_order_of_the_rows_makes_no_difference(
        rows in prop::collection::vec((any::<bool>(), 0..20u8, 0..20u8, 0..5u32), 30..80),
        by in 1usize..29,
    ) {
        let run = |rows: &[(bool, u8, u8, u32)], grouped: bool| {
            let labels: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
            let ours: Vec<f64> = rows.iter().map(|row| f64::from(row.1) / 19.0).collect();
            let theirs: Vec<f64> = rows.iter().map(|row| f64::from(row.2) / 19.0).collect();
            let groups: Vec<u32> = rows.iter().map(|row| row.3).collect();
            let [ours, theirs] = [&ours, &theirs].map(|scores| Sample::binary(&labels, scores));
            let clusters = grouped.then_some(&*groups);
            let options = Options { resamples: 100, clusters, ..Options::default() };
            compare(&[Metric::ROC_AUC, Metric::BRIER], ours, Some(theirs), &options)
        };
        let mut moved = rows.clone();
        moved.rotate_left(by);
        prop_assert_eq!(run(&rows, false), run(&moved, false));
        prop_assert_eq!(run(&rows, true), run(&moved, true));
    }
}
