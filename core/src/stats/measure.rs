//! A metric made ready on labels and scores: checked and sorted once, evaluated on many resamples.

use super::metric::Metric;
use super::metrics::Prepared;
use super::rows::Rows;
use super::sample::Sample;
use super::undefined::Undefined;

/// A metric made ready on labelled rows.
#[derive(Debug)]
pub struct Measure<'a> {
    metric: Metric,
    rows: Rows<'a>,
    prepared: Box<dyn Prepared + 'a>,
}

impl<'a> Measure<'a> {
    /// Checks the rows and prepares what does not change between resamples.
    ///
    /// # Errors
    /// No rows, columns of different lengths, a number that is not finite, a label that is no class,
    /// a score that is no probability where one is needed, a label of 0 for mape.
    pub fn new(metric: Metric, sample: Sample<'a>) -> Result<Self, Undefined> {
        Self::of(metric, &Rows::new(sample)?)
    }

    /// As [`Self::new`], on rows that other metrics use too: what was sorted or counted for one of
    /// them is there for all.
    ///
    /// # Errors
    /// A score that is no probability where one is needed, a label of 0 for mape.
    pub fn of(metric: Metric, rows: &Rows<'a>) -> Result<Self, Undefined> {
        if metric.needs_probabilities() {
            rows.check_probabilities()?;
        }
        let definition = metric.definition();
        let prepared = (definition.prepare)(rows, definition)?;
        Ok(Self { metric, rows: rows.clone(), prepared })
    }

    /// The metric.
    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// The value on all rows.
    ///
    /// # Errors
    /// The metric has no value there; for a binary metric always when a class is missing.
    pub fn value(&self) -> Result<f64, Undefined> {
        self.rows.check_classes()?;
        finite(self.prepared.value(None)?)
    }

    /// The value when row `i` counts `counts[i]` times, besides its weight.
    ///
    /// # Errors
    /// The metric has no value there.
    pub fn resampled(&self, counts: &[u32]) -> Result<f64, Undefined> {
        finite(self.prepared.value(Some(counts))?)
    }
}

/// Sums of very large numbers may be none.
fn finite(value: f64) -> Result<f64, Undefined> {
    if value.is_finite() { Ok(value) } else { Err(Undefined::Overflow { value }) }
}

/// The value of `metric`: see [`Measure::new`] and [`Measure::value`].
///
/// # Errors
/// As those.
pub fn measure(metric: Metric, sample: Sample<'_>) -> Result<f64, Undefined> {
    Measure::new(metric, sample)?.value()
}

/// The values of many metrics on the same rows, which are checked, sorted and counted once.
///
/// # Errors
/// Rows that no metric can use. A metric without a value says so in its own place.
pub fn measure_all(
    metrics: impl IntoIterator<Item = Metric>,
    sample: Sample<'_>,
) -> Result<Vec<(Metric, Result<f64, Undefined>)>, Undefined> {
    let rows = Rows::new(sample)?;
    let value = |metric| Measure::of(metric, &rows)?.value();
    Ok(metrics.into_iter().map(|metric| (metric, value(metric))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::metric::Task;

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
        for metric in Metric::suiting(Task::Binary) {
            for (labels, scores) in bad {
                let answer = measure(metric, Sample::binary(labels, scores));
                assert!(answer.is_err(), "{metric} on {labels:?} {scores:?}: {answer:?}");
            }
        }
        for metric in Metric::suiting(Task::Regression) {
            for scores in [[f64::NAN, 1.0], [1.0, f64::NEG_INFINITY]] {
                assert!(
                    measure(metric, Sample::regression(&[3.0, 4.0], &scores)).is_err(),
                    "{metric}"
                );
            }
        }
        assert_eq!(
            measure(Metric::R2, Sample::regression(&[2.0, 2.0], &[1.0, 3.0])),
            Err(Undefined::ConstantLabels)
        );
        assert_eq!(
            measure(Metric::MAPE, Sample::regression(&[2.0, 0.0], &[1.0, 3.0])),
            Err(Undefined::ZeroLabel { row: 2 })
        );
    }

    #[test]
    fn constant_scores_have_a_value_or_a_reason_but_no_nan() {
        for metric in Metric::suiting(Task::Binary) {
            for score in [0.0, 0.3, 0.5, 1.0] {
                if let Ok(value) = measure(metric, Sample::binary(&[0.0, 1.0, 1.0], &[score; 3])) {
                    assert!(value.is_finite(), "{metric} at {score}");
                }
            }
        }
        assert_eq!(measure(Metric::ROC_AUC, Sample::binary(&[0.0, 1.0], &[0.3, 0.3])), Ok(0.5));
    }

    #[test]
    fn a_score_that_is_no_probability_is_named_by_its_row() {
        let answer = measure(Metric::LOG_LOSS, Sample::binary(&[0.0, 1.0], &[0.3, 1.5]));
        assert_eq!(answer, Err(Undefined::NotProbability { row: 2, value: 1.5 }));
        assert!(measure(Metric::ROC_AUC, Sample::binary(&[0.0, 1.0], &[0.3, 1.5])).is_ok());
    }
}
