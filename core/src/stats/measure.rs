//! A metric made ready on labels and scores: checked and sorted once, evaluated on many resamples.

use super::bootstrap::{Counts, LANES};
use super::metric::Metric;
use super::metrics::{InLanes, Prepared};
use super::ranking::Ranking;
use super::ranking_lanes::{Area, AreasLanes};
use super::rows::Rows;
use super::sample::Sample;
use super::tally::Tally;
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

/// Metrics that are measured on the same resamples. What several of them need is worked out once.
#[derive(Debug)]
pub(super) struct Together<'m> {
    measures: Vec<Shared<'m>>,
    tally: Tally<'m>,
    orders: Vec<(&'m Ranking, Vec<Area>)>,
}

/// One of them, and where what it needs is found.
#[derive(Debug)]
struct Shared<'m> {
    prepared: &'m dyn Prepared,
    terms: Vec<usize>,
    order: Option<(usize, Area)>,
}

impl<'m> Together<'m> {
    /// Makes ready what only resamples need, before several threads ask for it.
    pub(super) fn new(measures: &'m [Measure<'_>]) -> Self {
        let mut out = Self { measures: Vec::new(), tally: Tally::default(), orders: Vec::new() };
        for measure in measures {
            let prepared = &*measure.prepared;
            prepared.before_resampling();
            let terms = prepared.terms().into_iter().map(|term| out.tally.add(term)).collect();
            let order = prepared.order().map(|(order, area)| (out.order(order, area), area));
            out.measures.push(Shared { prepared, terms, order });
        }
        out
    }

    fn order(&mut self, order: &'m Ranking, area: Area) -> usize {
        let known = self.orders.iter().position(|(known, _)| std::ptr::eq(*known, order));
        let place = known.unwrap_or_else(|| {
            self.orders.push((order, Vec::new()));
            self.orders.len() - 1
        });
        self.orders[place].1.push(area);
        place
    }

    /// Number of measures.
    pub(super) fn len(&self) -> usize {
        self.measures.len()
    }

    /// Of each measure the values of several resamples, where they exist: see [`Prepared::lanes`].
    pub(super) fn lanes(&self, counts: &[Counts]) -> Vec<[Option<f64>; LANES]> {
        let sums = self.tally.sums(counts);
        let areas = self.orders.iter().map(|(order, asked)| order.areas_lanes(counts, asked));
        let areas: Vec<AreasLanes> = areas.collect();
        let value = |measure: &Shared<'_>| {
            let found = InLanes {
                sums: measure.terms.iter().map(|place| &*sums[*place]).collect(),
                area: measure.order.map(|(place, area)| areas[place].of(area)),
            };
            measure.prepared.lanes(counts, &found)
        };
        self.measures.iter().map(value).collect()
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

/// A metric and its value, or why it has none.
pub type Measured = (Metric, Result<f64, Undefined>);

/// The values of many metrics on the same rows, which are checked, sorted and counted once.
///
/// # Errors
/// Rows that no metric can use. A metric without a value says so in its own place.
pub fn measure_all(
    metrics: impl IntoIterator<Item = Metric>,
    sample: Sample<'_>,
) -> Result<Vec<Measured>, Undefined> {
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

    #[test]
    fn weights_that_cannot_be_used_are_refused() {
        let (labels, scores) = ([0.0, 1.0, 1.0], [0.2, 0.7, 0.4]);
        let with = |weights: &[f64]| {
            measure(Metric::ROC_AUC, Sample::binary(&labels, &scores).with_weights(weights))
        };
        assert_eq!(with(&[1.0, -1.0, 1.0]), Err(Undefined::NegativeWeight { row: 2, value: -1.0 }));
        assert_eq!(with(&[0.0; 3]), Err(Undefined::ZeroWeights));
        assert!(matches!(with(&[1.0, f64::NAN, 1.0]), Err(Undefined::NotFinite { row: 2, .. })));
        assert!(matches!(with(&[f64::MAX; 3]), Err(Undefined::WeightSum { .. })));
        assert!(matches!(with(&[1.0; 2]), Err(Undefined::Count { found: 2, needed: 3, .. })));
        assert_eq!(with(&[0.0, 1.0, 1.0]), Err(Undefined::OneClass { class: 1 }));
        assert_eq!(with(&[1.0, 1.0, 0.0]), Ok(1.0));
    }

    #[test]
    fn a_row_that_weighs_nothing_may_have_a_label_of_zero() {
        let sample = Sample::regression(&[0.0, 2.0], &[1.0, 1.0]).with_weights(&[0.0, 3.0]);
        assert_eq!(measure(Metric::MAPE, sample), Ok(0.5));
    }

    #[test]
    fn classes_and_probabilities_are_checked_and_named_by_their_row() {
        let labels = [0.0, 1.0, 2.0];
        let ovr = |probabilities: &[f64]| {
            let sample = Sample::multiclass(&labels, &labels, 3).with_probabilities(probabilities);
            measure(Metric::ROC_AUC_OVR, sample)
        };
        let right = [0.8, 0.1, 0.1, 0.1, 0.8, 0.1, 0.1, 0.1, 0.8];
        assert_eq!(ovr(&right), Ok(1.0));
        let mut bad = right;
        bad[4] = 0.7;
        assert!(matches!(ovr(&bad), Err(Undefined::ProbabilitySum { row: 2, .. })));
        bad[4] = 1.1;
        assert_eq!(ovr(&bad), Err(Undefined::NotProbability { row: 2, value: 1.1 }));
        bad[4] = f64::NAN;
        assert!(matches!(ovr(&bad), Err(Undefined::NotFinite { row: 2, .. })));
        assert!(matches!(ovr(&right[..8]), Err(Undefined::Count { found: 8, needed: 9, .. })));
        for (label, answer) in [(3.0, 0.0), (0.5, 0.0), (0.0, -1.0), (0.0, 3.0)] {
            let (labels, answers) = ([0.0, 1.0, label], [0.0, 1.0, answer]);
            let found = measure(Metric::ACCURACY, Sample::multiclass(&labels, &answers, 3));
            assert!(matches!(found, Err(Undefined::NotClass { row: 3, .. })), "{found:?}");
        }
        let alike = Sample::multiclass(&[2.0, 2.0], &[2.0, 1.0], 3);
        assert_eq!(measure(Metric::ACCURACY, alike), Err(Undefined::OneClass { class: 2 }));
        let missing = Sample::multiclass(&[0.0, 1.0], &[0.0, 1.0], 3)
            .with_probabilities(&[0.8, 0.1, 0.1, 0.1, 0.8, 0.1]);
        assert_eq!(
            measure(Metric::ROC_AUC_OVR, missing),
            Err(Undefined::MissingClass { class: 2 })
        );
    }

    #[test]
    fn what_grows_too_large_is_refused() {
        let sample = Sample::regression(&[1e200, -1e200], &[-1e200, 1e200]);
        assert_eq!(measure(Metric::MSE, sample), Err(Undefined::Overflow { value: f64::INFINITY }));
        let wide = Sample::multiclass(&[0.0, 1.0], &[0.0, 1.0], 1_000_000);
        assert!(matches!(measure(Metric::MCC, wide), Err(Undefined::TooManyClasses { .. })));
        let top = "top-3-accuracy".parse().expect("a metric");
        let few = Sample::multiclass(&[0.0, 1.0], &[0.0, 1.0], 3)
            .with_probabilities(&[0.8, 0.1, 0.1, 0.1, 0.8, 0.1]);
        assert_eq!(measure(top, few), Err(Undefined::TopK { k: 3, classes: 3 }));
    }
}
