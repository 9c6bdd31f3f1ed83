//! What must be so on any rows.

use proptest::prelude::*;

use crate::domain::metric::Task;
use crate::stats::{Measure, Metric, Sample, Undefined, measure};

const CLASSES: usize = 4;

/// Rows of all three tasks at once: each a label and a score (multiclass: an answer), the
/// probabilities of four classes, a count.
#[derive(Debug, Clone)]
struct Rows {
    task: Task,
    labels: Vec<f64>,
    scores: Vec<f64>,
    probabilities: Vec<f64>,
    counts: Vec<u32>,
}

impl Rows {
    fn sample(&self) -> Sample<'_> {
        match self.task {
            Task::Binary => Sample::binary(&self.labels, &self.scores),
            Task::Regression => Sample::regression(&self.labels, &self.scores),
            Task::Multiclass => Sample::multiclass(&self.labels, &self.scores, CLASSES)
                .with_probabilities(&self.probabilities),
        }
    }

    /// The rows with these numbers, in this order.
    fn taken(&self, rows: &[usize]) -> Self {
        let of = |column: &[f64]| rows.iter().map(|row| column[*row]).collect();
        let of_row = |row: &usize| self.probabilities[row * CLASSES..][..CLASSES].to_vec();
        Self {
            task: self.task,
            labels: of(&self.labels),
            scores: of(&self.scores),
            probabilities: rows.iter().flat_map(of_row).collect(),
            counts: rows.iter().map(|row| self.counts[*row]).collect(),
        }
    }

    fn weights(&self) -> Vec<f64> {
        self.counts.iter().map(|count| f64::from(*count)).collect()
    }

    /// Each row as often as it counts.
    fn repeated(&self) -> Self {
        let rows = 0..self.labels.len();
        let often = |row: usize| std::iter::repeat_n(row, self.counts[row] as usize);
        self.taken(&rows.flat_map(often).collect::<Vec<_>>())
    }
}

fn row(task: Task) -> impl Strategy<Value = (f64, f64, Vec<f64>, u32)> {
    // Few distinct scores, so that there are ties.
    let probabilities = proptest::collection::vec(0u32..6, CLASSES).prop_map(|parts| {
        let total = f64::from(parts.iter().sum::<u32>() + 1);
        let share = |(i, part): (usize, &u32)| f64::from(part + u32::from(i == 0)) / total;
        parts.iter().enumerate().map(share).collect::<Vec<f64>>()
    });
    let numbers = (0u32..CLASSES as u32, 0u32..=20, -50i32..50, 0u32..4);
    (numbers, probabilities).prop_map(move |((class, tenth, error, count), probabilities)| {
        let (label, score) = match task {
            Task::Binary => (f64::from(class % 2), f64::from(tenth) / 20.0),
            Task::Multiclass => (f64::from(class), f64::from(tenth % CLASSES as u32)),
            Task::Regression => {
                let label = f64::from(tenth) + 1.0;
                (label, label + f64::from(error) / 8.0)
            }
        };
        (label, score, probabilities, count)
    })
}

fn rows() -> impl Strategy<Value = Rows> {
    let task = prop_oneof![Just(Task::Binary), Just(Task::Multiclass), Just(Task::Regression)];
    task.prop_flat_map(|task| {
        proptest::collection::vec(row(task), 2..40).prop_map(move |rows| Rows {
            task,
            labels: rows.iter().map(|r| r.0).collect(),
            scores: rows.iter().map(|r| r.1).collect(),
            probabilities: rows.iter().flat_map(|r| r.2.clone()).collect(),
            counts: rows.iter().map(|r| r.3).collect(),
        })
    })
}

fn close(a: &Result<f64, Undefined>, b: &Result<f64, Undefined>) -> bool {
    match (a, b) {
        (Ok(a), Ok(b)) => (a - b).abs() <= 1e-12 * a.abs().max(1.0),
        (a, b) => a.is_err() && b.is_err(),
    }
}

/// Lowest and highest value that there can be.
fn bounds(metric: Metric) -> (f64, f64) {
    match metric.name() {
        "mcc"
        | "mcc-best"
        | "cohen-kappa"
        | "cohen-kappa-linear"
        | "cohen-kappa-quadratic"
        | "gini" => (-1.0, 1.0),
        "r2" | "explained-variance" => (f64::NEG_INFINITY, 1.0),
        "smape" | "brier" => (0.0, 2.0),
        "log-loss"
        | "mae"
        | "mse"
        | "rmse"
        | "mape"
        | "median-absolute-error"
        | "max-error"
        | "quantile-loss-0.1"
        | "quantile-loss-0.5"
        | "quantile-loss-0.9"
        | "lift-0.1" => (0.0, f64::INFINITY),
        _ => (0.0, 1.0),
    }
}

/// Moves the edges of its bins with the rows, and not with their weights.
fn has_edges_of_its_own(metric: Metric) -> bool {
    metric.name() == "ece-quantile"
}

proptest! {
    #[test]
    fn a_value_is_a_finite_number_within_its_bounds(rows in rows()) {
        for metric in Metric::suiting(rows.task) {
            if let Ok(value) = measure(metric, rows.sample()) {
                let (low, high) = bounds(metric);
                prop_assert!(value.is_finite() && value >= low && value <= high, "{metric} {value}");
            }
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(rows in rows(), seed in any::<u64>()) {
        let mut order: Vec<usize> = (0..rows.labels.len()).collect();
        order.sort_by_key(|row| (*row as u64 + 1).wrapping_mul(seed | 1).rotate_left(17));
        let other = rows.taken(&order);
        for metric in Metric::suiting(rows.task) {
            let (a, b) = (measure(metric, rows.sample()), measure(metric, other.sample()));
            prop_assert!(close(&a, &b), "{metric}: {a:?} {b:?}");
        }
    }

    #[test]
    fn a_weight_is_a_repetition_and_so_is_a_count(rows in rows()) {
        let (repeated, weights) = (rows.repeated(), rows.weights());
        let ones = vec![1.0; weights.len()];
        for metric in Metric::suiting(rows.task).filter(|m| !has_edges_of_its_own(*m)) {
            let expected = measure(metric, repeated.sample());
            let weighted = measure(metric, rows.sample().with_weights(&weights));
            prop_assert!(close(&weighted, &expected), "{metric}: {weighted:?} {expected:?}");
            let plain = Measure::new(metric, rows.sample()).and_then(|m| m.resampled(&rows.counts));
            let unit = rows.sample().with_weights(&ones);
            let unit = Measure::new(metric, unit).and_then(|m| m.resampled(&rows.counts));
            prop_assert!(close(&plain, &unit), "{metric}: {plain:?} {unit:?}");
            // A resample of one class has a loss, and all rows of one class have no metric at all.
            if !matches!(expected, Err(Undefined::OneClass { .. })) {
                prop_assert!(close(&plain, &expected), "{metric}: {plain:?} {expected:?}");
            }
        }
    }

    #[test]
    fn scale_of_weights_does_not_matter(rows in rows()) {
        let weights = rows.weights();
        let scaled: Vec<f64> = weights.iter().map(|w| w * 8.0).collect();
        for metric in Metric::suiting(rows.task) {
            let a = measure(metric, rows.sample().with_weights(&weights));
            let b = measure(metric, rows.sample().with_weights(&scaled));
            prop_assert!(close(&a, &b), "{metric}: {a:?} {b:?}");
        }
    }

    #[test]
    fn metrics_of_order_see_only_the_order(rows in rows()) {
        prop_assume!(rows.task == Task::Binary);
        let moved: Vec<f64> = rows.scores.iter().map(|s| (s * 3.0).exp() - 40.0).collect();
        let names = ["roc-auc", "gini", "ks", "average-precision", "lift-0.1", "f1-best", "mcc-best"];
        for metric in names.map(|name| name.parse::<Metric>().expect("a metric")) {
            let a = measure(metric, rows.sample());
            let b = measure(metric, Sample { scores: &moved, ..rows.sample() });
            prop_assert!(close(&a, &b), "{metric}: {a:?} {b:?}");
        }
        let flipped: Vec<f64> = rows.scores.iter().map(|s| -s).collect();
        let auc = measure(Metric::ROC_AUC, rows.sample());
        let other = measure(Metric::ROC_AUC, Sample { scores: &flipped, ..rows.sample() });
        prop_assert!(close(&auc, &other.map(|auc| 1.0 - auc)));
    }

    #[test]
    fn a_threshold_is_never_better_than_the_best_one(rows in rows(), threshold in 0.0..1.0f64) {
        prop_assume!(rows.task == Task::Binary);
        for name in ["f1", "accuracy", "balanced-accuracy", "mcc"] {
            let [metric, best] =
                [name.to_owned(), format!("{name}-best")].map(|n| n.parse::<Metric>().expect("one"));
            let here = measure(metric, Sample { threshold, ..rows.sample() });
            if let Ok(here) = here {
                let best = measure(best, rows.sample()).expect("has a value too");
                prop_assert!(here <= best + 1e-12, "{name}: {here} {best}");
            }
        }
    }
}
