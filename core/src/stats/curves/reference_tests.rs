//! Curves held to scikit-learn's values (see `core/testdata/eval/make_curves.py`).

use std::path::Path;

use serde_json::Value;

use super::*;

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/eval").join(name);
    std::fs::read_to_string(path).expect("the fixture is there")
}

/// Labels, and the scores of champion and challenger.
fn rows() -> [Vec<f64>; 3] {
    let mut out = [vec![], vec![], vec![]];
    for line in file("binary.csv").lines().skip(1) {
        for (column, number) in out.iter_mut().zip(line.split(',')) {
            column.push(number.parse().expect("a number"));
        }
    }
    out
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|n| n.as_f64().expect("a number")).collect()
}

fn same(found: &[(f64, f64)], x: &Value, y: &Value, what: &str) {
    let (x, y) = (numbers(x), numbers(y));
    assert_eq!(found.len(), x.len(), "{what}");
    for (i, point) in found.iter().enumerate() {
        let off = (point.0 - x[i]).abs().max((point.1 - y[i]).abs());
        assert!(off < 1e-12, "{what}, point {i}: {point:?} but scikit-learn {} {}", x[i], y[i]);
    }
}

#[test]
fn curves_agree_with_scikit_learn() {
    let expected: Value = serde_json::from_str(&file("curves.json")).expect("is JSON");
    let [labels, champion, challenger] = rows();
    let weights: Vec<f64> = (0..labels.len()).map(|i| (1 + i % 3) as f64).collect();
    for (model, scores) in [("champion", &champion), ("challenger", &challenger)] {
        for (kind, weights) in [("plain", None), ("weighted", Some(&*weights))] {
            let sample = Sample { weights, ..Sample::binary(&labels, scores) };
            let ranked = Ranked::new(&sample).expect("two classes");
            let (wanted, what) = (&expected[model][kind], format!("{model} {kind}"));
            same(&ranked.roc(), &wanted["fpr"], &wanted["tpr"], &what);
            same(&ranked.precision_recall(), &wanted["recall"], &wanted["precision"], &what);
        }
        for (kind, binning) in [("uniform", Binning::Uniform), ("quantile", Binning::Quantile)] {
            let sample = Sample::binary(&labels, scores);
            let bins = calibration(&sample, 10, binning).expect("has a curve");
            let points: Vec<(f64, f64)> = bins.iter().map(|b| (b.predicted, b.observed)).collect();
            let (wanted, what) = (&expected[model][kind], format!("{model} {kind}"));
            same(&points, &wanted["predicted"], &wanted["observed"], &what);
            assert_eq!(bins.iter().map(|b| b.rows).sum::<u64>(), labels.len() as u64);
        }
    }
}

#[test]
fn a_thinned_curve_has_nearly_the_same_area() {
    let labels: Vec<f64> = (0..50_000).map(|i| f64::from(i * 7 % 3 == 0)).collect();
    let score = |i: i32| f64::from(i * 7919 % 49_999) / 49_999.0;
    let scores: Vec<f64> =
        (0..50_000).map(|i| score(i) + f64::from(i * 7 % 3 == 0) / 3.0).collect();
    let ranked = Ranked::new(&Sample::binary(&labels, &scores)).expect("two classes");
    let area = |points: &[(f64, f64)]| -> f64 {
        points.windows(2).map(|w| (w[1].0 - w[0].0) * (w[0].1 + w[1].1) / 2.0).sum()
    };
    for (all, few) in [
        (ranked.roc(), ranked.roc_thinned(MOST_POINTS)),
        (ranked.precision_recall(), ranked.precision_recall_thinned(MOST_POINTS)),
    ] {
        assert!(few.len() <= MOST_POINTS && few.len() > 20, "{}", few.len());
        assert!((area(&all) - area(&few)).abs() < 0.002, "{} {}", area(&all), area(&few));
    }
}
