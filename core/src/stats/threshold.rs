//! The threshold that is best for something, on the very rows that are measured.
//!
//! A threshold that was chosen on some rows does better on them than it will on others: take the
//! value as the most that can be had, and choose the threshold on rows of their own.

use super::confusion::Confusion;
use super::masses::Masses;
use super::metric::Metric;
use super::metrics::Definition;
use super::ranked::Ordered;
use super::rows::Rows;
use super::sample::Sample;
use super::undefined::Undefined;
use crate::domain::metric::{Direction, Task};

/// A threshold and what it gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Best {
    /// A score at or above it counts as positive.
    pub threshold: f64,
    /// The metric, or the cost of a row, at this threshold.
    pub value: f64,
}

/// What wrong answers cost, in any one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    /// A negative that is answered as positive.
    pub false_positive: f64,
    /// A positive that is answered as negative.
    pub false_negative: f64,
}

/// For each metric the threshold at which it is best on these rows; of several the highest. Metrics
/// are read off the answers of a binary task, such as f1, balanced-accuracy (Youden's J) or mcc; one
/// that is the same at every threshold has none and is left out.
///
/// # Errors
/// Rows that cannot be used; a metric that is not of answers.
pub fn best_for(metrics: &[Metric], sample: Sample<'_>) -> Result<Vec<(Metric, Best)>, Undefined> {
    let rows = Rows::new(sample)?;
    rows.check_classes()?;
    if metrics.iter().any(|metric| !metric.is_of_answers()) {
        return Err(Undefined::NoThreshold);
    }
    let one = |metric: &Metric| Some((*metric, best(metric.definition(), &rows, None).ok()?));
    Ok(metrics.iter().filter_map(one).collect())
}

/// The threshold at which wrong answers cost least for each row, on average; of several the highest.
/// It may lie above all scores: then no answer is worth its false alarms.
///
/// # Errors
/// Rows that cannot be used; a cost that is negative or not finite.
pub fn cheapest(costs: Costs, sample: Sample<'_>) -> Result<Best, Undefined> {
    for value in [costs.false_positive, costs.false_negative] {
        if !(value.is_finite() && value >= 0.0) {
            return Err(Undefined::Option { what: "cost of a wrong answer", value });
        }
    }
    let rows = Rows::new(sample)?;
    rows.check_classes()?;
    let cost = |confusion: &Confusion| {
        let positive = confusion.versus(1);
        let wrong = costs.false_positive * positive.false_positives
            + costs.false_negative * positive.false_negatives;
        Ok(wrong / confusion.total())
    };
    search(&rows, None, Direction::LowerIsBetter, cost)
}

/// As [`best_for`], where rows count `counts` times.
pub(super) fn best(
    metric: &Definition,
    rows: &Rows<'_>,
    counts: Option<&[u32]>,
) -> Result<Best, Undefined> {
    let of = metric.of_answers.ok_or(Undefined::NoThreshold)?;
    search(rows, counts, metric.direction, |confusion| of(confusion, metric.parameter))
}

fn search(
    rows: &Rows<'_>,
    counts: Option<&[u32]>,
    direction: Direction,
    value: impl Fn(&Confusion) -> Result<f64, Undefined>,
) -> Result<Best, Undefined> {
    if rows.sample().task != Task::Binary {
        return Err(Undefined::NoThreshold);
    }
    let ordered = Ordered::binary(rows, counts);
    let all = ordered.totals()?;
    let mut confusion = Confusion::empty(2)?;
    let mut alarms = [0.0, 0.0];
    let (mut found, mut reason) = (None, None);
    let mut consider = |threshold: f64, alarms: [f64; 2]| {
        confusion.set_binary(all, alarms);
        match (value(&confusion), found) {
            (Ok(value), None) => found = Some(Best { threshold, value }),
            (Ok(value), Some(best)) if better(direction, value, best.value) => {
                found = Some(Best { threshold, value });
            }
            (Ok(_), Some(_)) => {}
            (Err(why), _) => reason = Some(why),
        }
    };
    let scores = rows.sample().scores;
    let highest = Masses::new(rows.sample(), None).highest(scores).unwrap_or(f64::MAX);
    consider(highest.next_up().min(f64::MAX), alarms);
    ordered.walk(|step| {
        alarms[0] += step.negatives;
        alarms[1] += step.positives;
        if step.negatives + step.positives > 0.0 {
            consider(scores[step.row], alarms);
        }
    });
    found.ok_or_else(|| reason.unwrap_or(Undefined::NoRows))
}

fn better(direction: Direction, value: f64, than: f64) -> bool {
    match direction {
        Direction::HigherIsBetter => value > than,
        Direction::LowerIsBetter => value < than,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [f64; 6] = [0.0, 0.0, 1.0, 0.0, 1.0, 1.0];
    const SCORES: [f64; 6] = [0.1, 0.2, 0.3, 0.4, 0.6, 0.9];

    #[test]
    fn the_best_threshold_is_a_score_and_beats_all_others() {
        let found = best_for(&[Metric::F1], Sample::binary(&LABELS, &SCORES)).expect("has one");
        let (_, best) = found[0];
        assert_eq!(best.threshold, 0.3);
        let at = |threshold| Sample { threshold, ..Sample::binary(&LABELS, &SCORES) };
        for threshold in SCORES {
            let value = crate::stats::measure(Metric::F1, at(threshold)).expect("a value");
            assert!(value <= best.value, "{threshold}: {value}");
        }
        assert_eq!(crate::stats::measure(Metric::F1, at(best.threshold)), Ok(best.value));
    }

    #[test]
    fn costs_decide_where_the_threshold_lies() {
        let sample = Sample::binary(&LABELS, &SCORES);
        let cheapest = |false_positive, false_negative| {
            cheapest(Costs { false_positive, false_negative }, sample).expect("has one")
        };
        assert_eq!(cheapest(1.0, 10.0), Best { threshold: 0.3, value: 1.0 / 6.0 });
        assert_eq!(cheapest(10.0, 1.0).threshold, 0.6);
        assert!(cheapest(1.0, 0.0).threshold > 0.9);
        let bad = Costs { false_positive: f64::NAN, false_negative: 1.0 };
        assert!(super::cheapest(bad, sample).is_err());
    }

    #[test]
    fn what_no_threshold_changes_is_refused() {
        let sample = Sample::binary(&LABELS, &SCORES);
        assert_eq!(best_for(&[Metric::ROC_AUC], sample), Err(Undefined::NoThreshold));
        assert!(best_for(&[Metric::F1], Sample::binary(&[1.0, 1.0], &[0.1, 0.2])).is_err());
        let alike = Sample::binary(&LABELS, &[0.5; 6]);
        assert_eq!(best_for(&[Metric::MCC], alike), Ok(vec![]));
    }
}
