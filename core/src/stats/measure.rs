//! A metric made ready on labels and scores: checked and sorted once, evaluated on many resamples.

use super::metric::Metric;
use super::metrics::Prepared;
use super::sample::Sample;
use super::undefined::Undefined;
use crate::domain::metric::Task;

/// A metric made ready on labelled rows.
#[derive(Debug)]
pub struct Measure<'a> {
    metric: Metric,
    sample: Sample<'a>,
    prepared: Box<dyn Prepared + 'a>,
}

impl<'a> Measure<'a> {
    /// Checks the rows and prepares what does not change between resamples.
    ///
    /// # Errors
    /// No rows, columns of different lengths, a number that is not finite, a label that is no class,
    /// a score that is no probability where one is needed, a label of 0 for mape.
    pub fn new(metric: Metric, sample: Sample<'a>) -> Result<Self, Undefined> {
        check(metric, &sample)?;
        let prepared = (metric.definition().prepare)(&sample)?;
        Ok(Self { metric, sample, prepared })
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
        let labels = self.sample.labels;
        if self.sample.task == Task::Binary && labels.iter().all(|l| *l == labels[0]) {
            return Err(Undefined::OneClass { class: u8::from(labels[0] == 1.0) });
        }
        self.resampled(&vec![1; labels.len()])
    }

    /// The value when row `i` counts `counts[i]` times, besides its weight.
    ///
    /// # Errors
    /// The metric has no value there.
    pub fn resampled(&self, counts: &[u32]) -> Result<f64, Undefined> {
        self.prepared.value(counts)
    }
}

/// The value of `metric`: see [`Measure::new`] and [`Measure::value`].
///
/// # Errors
/// As those.
pub fn measure(metric: Metric, sample: Sample<'_>) -> Result<f64, Undefined> {
    Measure::new(metric, sample)?.value()
}

fn check(metric: Metric, sample: &Sample<'_>) -> Result<(), Undefined> {
    let Sample { labels, scores, .. } = *sample;
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
    if sample.task == Task::Binary
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
                let answer = measure(metric, Sample::binary(labels, scores));
                assert!(answer.is_err(), "{metric} on {labels:?} {scores:?}: {answer:?}");
            }
        }
        for metric in Metric::of_task(Task::Regression) {
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
        for metric in Metric::of_task(Task::Binary) {
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
