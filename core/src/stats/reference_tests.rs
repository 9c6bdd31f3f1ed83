//! Intervals held to scikit-learn's values (see `core/testdata/eval/make.py`).

use std::path::Path;

use serde_json::Value;

use super::bootstrap::{Options, PairedDifference, estimate, paired_difference};
use super::metric::Metric;
use super::sample::Sample;
use crate::domain::metric::Task;

struct Rows {
    labels: Vec<f64>,
    champion: Vec<f64>,
    challenger: Vec<f64>,
}

impl Rows {
    fn sample<'a>(&'a self, task: Task, scores: &'a [f64]) -> Sample<'a> {
        match task {
            Task::Regression => Sample::regression(&self.labels, scores),
            _ => Sample::binary(&self.labels, scores),
        }
    }
}

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/eval").join(name);
    std::fs::read_to_string(path).expect("the fixture is there")
}

fn rows(name: &str) -> Rows {
    let mut out = Rows { labels: vec![], champion: vec![], challenger: vec![] };
    for line in file(name).lines().skip(1) {
        let numbers: Vec<f64> = line.split(',').map(|n| n.parse().expect("a number")).collect();
        out.labels.push(numbers[0]);
        out.champion.push(numbers[1]);
        out.challenger.push(numbers[2]);
    }
    out
}

fn expected() -> Value {
    serde_json::from_str(&file("expected.json")).expect("is JSON")
}

#[test]
fn intervals_agree_with_numpy_resampling() {
    let expected = expected();
    let cases = [
        (Metric::ROC_AUC, "binary.csv"),
        (Metric::ACCURACY, "binary.csv"),
        (Metric::RMSE, "regression.csv"),
    ];
    for (metric, name) in cases {
        let task = if metric.suits(Task::Binary) { Task::Binary } else { Task::Regression };
        let rows = rows(name);
        let options = Options { resamples: 20_000, ..Options::default() };
        let found = paired_difference(
            metric,
            rows.sample(task, &rows.challenger),
            rows.sample(task, &rows.champion),
            &options,
        )
        .expect("has a value");
        let reference = &expected["difference"][metric.name()];
        let number = |key: &str| reference[key].as_f64().expect("a number");
        let se = number("se");
        assert!((found.standard_error / se - 1.0).abs() < 0.03, "{metric}: {found:?}");
        assert!((found.interval.low - number("low")).abs() < 0.1 * se, "{metric}: {found:?}");
        assert!((found.interval.high - number("high")).abs() < 0.1 * se, "{metric}: {found:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_interval_on_any_number_of_threads() {
    let rows = rows("binary.csv");
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let options = Options { resamples: 200, ..Options::default() };
        pool.install(|| compared(&rows, &options))
    };
    assert_eq!(run(1), run(4));
    let other = Options { resamples: 200, seed: 7, ..Options::default() };
    assert_ne!(compared(&rows, &other).interval, run(1).interval);
}

fn compared(rows: &Rows, options: &Options) -> PairedDifference {
    let [challenger, champion] =
        [&rows.challenger, &rows.champion].map(|scores| Sample::binary(&rows.labels, scores));
    paired_difference(Metric::ROC_AUC, challenger, champion, options).expect("has a value")
}

#[test]
fn a_model_against_itself_differs_by_nothing() {
    let rows = rows("binary.csv");
    let options = Options { resamples: 200, ..Options::default() };
    let same = {
        let sample = Sample::binary(&rows.labels, &rows.champion);
        paired_difference(Metric::ROC_AUC, sample, sample, &options).expect("has a value")
    };
    assert_eq!((same.difference, same.interval.low, same.interval.high), (0.0, 0.0, 0.0));
}

#[test]
fn options_that_make_no_interval_are_refused() {
    let rows = rows("binary.csv");
    for (resamples, level) in [(0, 0.95), (99, 0.95), (200, 0.0), (200, 1.0), (200, f64::NAN)] {
        let options = Options { resamples, level, ..Options::default() };
        assert!(
            estimate(Metric::ROC_AUC, Sample::binary(&rows.labels, &rows.champion), &options)
                .is_err()
        );
    }
}

#[test]
fn a_class_of_one_row_is_missing_from_too_many_resamples() {
    let mut labels = vec![0.0; 40];
    labels[0] = 1.0;
    let scores: Vec<f64> = (0..40).map(f64::from).collect();
    assert!(
        estimate(Metric::ROC_AUC, Sample::binary(&labels, &scores), &Options::default()).is_err()
    );
}
