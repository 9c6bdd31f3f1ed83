//! Every metric held to scikit-learn's value (see `core/testdata/eval/make.py`), with and without
//! weights.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::domain::metric::Task;
use crate::stats::{Metric, Sample, measure, measure_all};

/// Relative. Where a value is near 0, as of an error of calibration, its parts are shares near 1
/// and their rounding is what is left: then this is absolute, at a hundredth.
const TOLERANCE: f64 = 1e-9;

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/eval").join(name);
    std::fs::read_to_string(path).expect("the fixture is there")
}

/// The rows of a file, each a list of numbers.
fn table(name: &str) -> Vec<Vec<f64>> {
    let numbers = |line: &str| line.split(',').map(|n| n.parse().expect("a number")).collect();
    file(name).lines().skip(1).map(numbers).collect()
}

fn column(table: &[Vec<f64>], column: usize) -> Vec<f64> {
    table.iter().map(|row| row[column]).collect()
}

fn weights(rows: usize) -> Vec<f64> {
    (0..rows).map(|i| (i * 7 % 5) as f64 * 0.5 + (i % 3) as f64 * 0.25).collect()
}

/// Index of the largest, of equal ones the first.
fn largest(values: &[f64]) -> f64 {
    let mut best = 0;
    for (i, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = i;
        }
    }
    best as f64
}

/// A set of rows with one model's answers.
struct Case {
    set: &'static str,
    model: &'static str,
    task: Task,
    labels: Vec<f64>,
    scores: Vec<f64>,
    probabilities: Option<Vec<f64>>,
}

impl Case {
    fn sample(&self) -> Sample<'_> {
        match self.task {
            Task::Binary => Sample::binary(&self.labels, &self.scores),
            Task::Regression => Sample::regression(&self.labels, &self.scores),
            Task::Multiclass => Sample {
                probabilities: self.probabilities.as_deref(),
                ..Sample::multiclass(&self.labels, &self.scores, 10)
            },
        }
    }
}

fn cases() -> Vec<Case> {
    let mut out = Vec::new();
    for (set, task) in [("binary", Task::Binary), ("regression", Task::Regression)] {
        let rows = table(&format!("{set}.csv"));
        for (model, at) in [("champion", 1), ("challenger", 2)] {
            let (labels, scores) = (column(&rows, 0), column(&rows, at));
            out.push(Case { set, model, task, labels, scores, probabilities: None });
        }
    }
    let rows = table("multiclass.csv");
    let (set, task) = ("multiclass", Task::Multiclass);
    let scores = rows.iter().map(|row| largest(&row[1..11])).collect();
    let probabilities = Some(rows.iter().flat_map(|row| row[1..11].to_vec()).collect());
    let labels = column(&rows, 0);
    out.push(Case { set, model: "champion", task, labels: labels.clone(), scores, probabilities });
    let scores = column(&rows, 11);
    out.push(Case { set, model: "challenger", task, labels, scores, probabilities: None });
    out
}

fn compare(case: &Case, expected: &Value, sample: Sample<'_>, seen: &mut BTreeSet<&'static str>) {
    let values = expected[case.set][case.model].as_object().expect("values of the model");
    let metrics: Vec<Metric> = values.keys().map(|name| name.parse().expect("a metric")).collect();
    let all = measure_all(metrics.iter().copied(), sample).expect("rows that can be used");
    for (metric, value) in all {
        let reference = values[metric.name()].as_f64().expect("a number");
        let value = value.unwrap_or_else(|why| panic!("{metric}: {why}"));
        let error = (value - reference).abs();
        assert!(
            error < TOLERANCE * reference.abs().max(0.01),
            "{} {} {metric}: {value} but scikit-learn {reference}",
            case.set,
            case.model
        );
        assert_eq!(measure(metric, sample), Ok(value), "{metric} alone");
        seen.insert(metric.name());
    }
}

#[test]
fn every_metric_agrees_with_scikit_learn_with_and_without_weights() {
    let expected: Value = serde_json::from_str(&file("expected.json")).expect("is JSON");
    let mut seen = BTreeSet::new();
    for case in cases() {
        compare(&case, &expected, case.sample(), &mut seen);
        let weights = weights(case.labels.len());
        compare(&case, &expected["weighted"], case.sample().with_weights(&weights), &mut seen);
    }
    let missing: Vec<Metric> = Metric::all().filter(|m| !seen.contains(m.name())).collect();
    assert!(missing.is_empty(), "metrics without a reference value: {missing:?}");
}

#[test]
fn metrics_of_probabilities_are_refused_where_there_are_only_answers() {
    for case in cases().into_iter().filter(|c| c.task == Task::Multiclass) {
        let has_probabilities = case.probabilities.is_some();
        for metric in Metric::suiting(Task::Multiclass) {
            let refused = metric.needs_probabilities() && !has_probabilities;
            assert_eq!(measure(metric, case.sample()).is_err(), refused, "{metric}");
        }
    }
}
