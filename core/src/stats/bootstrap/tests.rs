//! Intervals by plan and method, held to what they must be and to scipy.

use super::*;
use crate::stats::{Metric, Sample, Undefined};

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
