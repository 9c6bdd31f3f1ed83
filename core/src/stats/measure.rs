//! A metric made ready on labels and scores: checked and sorted once, evaluated on many resamples.

use super::metric::Metric;
use super::ranking::Ranking;
use super::undefined::Undefined;
use super::{calibration, confusion::Confusion, loss};
use crate::domain::metric::Task;

/// A metric made ready on labels and scores.
#[derive(Debug)]
pub struct Measure<'a> {
    metric: Metric,
    labels: &'a [f64],
    scores: &'a [f64],
    threshold: f64,
    prepared: Prepared,
}

#[derive(Debug)]
enum Prepared {
    Ranking(Ranking),
    Losses(loss::Losses),
    Nothing,
}

impl<'a> Measure<'a> {
    /// Checks the rows and prepares what does not change between resamples. `labels` are 0 or 1 for
    /// a binary metric; a score at or above `threshold` is a positive answer.
    ///
    /// # Errors
    /// No rows, different lengths, a number that is not finite, a label that is neither 0 nor 1, a
    /// score that is no probability where one is needed, a label of 0 for mape.
    pub fn new(
        metric: Metric,
        labels: &'a [f64],
        scores: &'a [f64],
        threshold: f64,
    ) -> Result<Self, Undefined> {
        check(metric, labels, scores)?;
        let prepared = match metric {
            Metric::RocAuc | Metric::AveragePrecision => {
                Prepared::Ranking(Ranking::new(labels, scores))
            }
            Metric::LogLoss
            | Metric::Brier
            | Metric::Mae
            | Metric::Mse
            | Metric::Rmse
            | Metric::Mape => Prepared::Losses(loss::Losses::new(metric, labels, scores)?),
            _ => Prepared::Nothing,
        };
        Ok(Self { metric, labels, scores, threshold, prepared })
    }

    /// The value on all rows.
    ///
    /// # Errors
    /// The metric has no value there; for a binary metric always when a class is missing.
    pub fn value(&self) -> Result<f64, Undefined> {
        if self.metric.task() == Task::Binary {
            let first = self.labels[0];
            if self.labels.iter().all(|l| *l == first) {
                return Err(Undefined::OneClass { class: u8::from(first == 1.0) });
            }
        }
        self.resampled(&vec![1; self.labels.len()])
    }

    /// The value when row `i` counts `counts[i]` times.
    ///
    /// # Errors
    /// The metric has no value there.
    pub fn resampled(&self, counts: &[u32]) -> Result<f64, Undefined> {
        match (&self.prepared, self.metric) {
            (Prepared::Ranking(ranking), Metric::RocAuc) => ranking.roc_auc(counts),
            (Prepared::Ranking(ranking), _) => ranking.average_precision(counts),
            (Prepared::Losses(losses), _) => losses.mean(counts),
            (Prepared::Nothing, Metric::Ece) => {
                calibration::expected_error(self.labels, self.scores, counts)
            }
            (Prepared::Nothing, Metric::R2) => loss::r_squared(self.labels, self.scores, counts),
            (Prepared::Nothing, metric) => {
                Confusion::count(self.labels, self.scores, self.threshold, counts).value(metric)
            }
        }
    }
}

/// The value of `metric`: see [`Measure::new`] and [`Measure::value`].
///
/// # Errors
/// As those.
pub fn measure(
    metric: Metric,
    labels: &[f64],
    scores: &[f64],
    threshold: f64,
) -> Result<f64, Undefined> {
    Measure::new(metric, labels, scores, threshold)?.value()
}

fn check(metric: Metric, labels: &[f64], scores: &[f64]) -> Result<(), Undefined> {
    if labels.len() != scores.len() {
        return Err(Undefined::Lengths { labels: labels.len(), scores: scores.len() });
    }
    if labels.is_empty() {
        return Err(Undefined::NoRows);
    }
    for (what, values) in [("label", labels), ("score", scores)] {
        if let Some(i) = values.iter().position(|v| !v.is_finite()) {
            return Err(Undefined::NotFinite { what, row: i + 1, value: values[i] });
        }
    }
    if metric.task() == Task::Binary
        && let Some(i) = labels.iter().position(|l| *l != 0.0 && *l != 1.0)
    {
        return Err(Undefined::NotBinary { row: i + 1, value: labels[i] });
    }
    if metric.needs_probabilities()
        && let Some(i) = scores.iter().position(|s| !(0.0..=1.0).contains(s))
    {
        return Err(Undefined::NotProbability { row: i + 1, value: scores[i] });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_input_makes_a_metric_nan() {
        let bad: [(&[f64], &[f64]); 8] = [
            (&[], &[]),
            (&[1.0], &[]),
            (&[1.0, 1.0], &[0.5, 0.6]),
            (&[0.0, 0.0], &[0.5, 0.6]),
            (&[0.0, 2.0], &[0.5, 0.6]),
            (&[0.0, f64::NAN], &[0.5, 0.6]),
            (&[0.0, 1.0], &[0.5, f64::NAN]),
            (&[0.0, 1.0], &[0.5, f64::INFINITY]),
        ];
        for metric in Metric::of_task(Task::Binary) {
            for (labels, scores) in bad {
                let answer = measure(metric, labels, scores, 0.5);
                assert!(answer.is_err(), "{metric} on {labels:?} {scores:?}: {answer:?}");
            }
        }
        for metric in Metric::of_task(Task::Regression) {
            for scores in [[f64::NAN, 1.0], [1.0, f64::NEG_INFINITY]] {
                assert!(measure(metric, &[3.0, 4.0], &scores, 0.5).is_err(), "{metric}");
            }
        }
        assert_eq!(
            measure(Metric::R2, &[2.0, 2.0], &[1.0, 3.0], 0.5),
            Err(Undefined::ConstantLabels)
        );
        assert_eq!(
            measure(Metric::Mape, &[2.0, 0.0], &[1.0, 3.0], 0.5),
            Err(Undefined::ZeroLabel { row: 2 })
        );
    }

    #[test]
    fn constant_scores_have_a_value_or_a_reason_but_no_nan() {
        for metric in Metric::of_task(Task::Binary) {
            for score in [0.0, 0.3, 0.5, 1.0] {
                if let Ok(value) = measure(metric, &[0.0, 1.0, 1.0], &[score; 3], 0.5) {
                    assert!(value.is_finite(), "{metric} at {score}");
                }
            }
        }
        assert_eq!(measure(Metric::RocAuc, &[0.0, 1.0], &[0.3, 0.3], 0.5), Ok(0.5));
    }

    #[test]
    fn a_score_that_is_no_probability_is_named_by_its_row() {
        let answer = measure(Metric::LogLoss, &[0.0, 1.0], &[0.3, 1.5], 0.5);
        assert_eq!(answer, Err(Undefined::NotProbability { row: 2, value: 1.5 }));
        assert!(measure(Metric::RocAuc, &[0.0, 1.0], &[0.3, 1.5], 0.5).is_ok());
    }
}
