//! Metrics of right and wrong answers at a threshold.

use super::metric::Metric;
use super::undefined::Undefined;

/// Counts of right and wrong answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Confusion {
    /// Positives predicted as positive.
    pub true_positives: u64,
    /// Negatives predicted as positive.
    pub false_positives: u64,
    /// Negatives predicted as negative.
    pub true_negatives: u64,
    /// Positives predicted as negative.
    pub false_negatives: u64,
}

impl Confusion {
    /// Counts the answers; a score at or above `threshold` is a positive one. Row `i` counts
    /// `counts[i]` times. Labels are 0 or 1.
    pub fn count(labels: &[f64], scores: &[f64], threshold: f64, counts: &[u32]) -> Self {
        let mut out = Self::default();
        for ((label, score), count) in labels.iter().zip(scores).zip(counts) {
            let cell = match (*label == 1.0, *score >= threshold) {
                (true, true) => &mut out.true_positives,
                (false, true) => &mut out.false_positives,
                (false, false) => &mut out.true_negatives,
                (true, false) => &mut out.false_negatives,
            };
            *cell += u64::from(*count);
        }
        out
    }

    /// The value of `metric`, one of accuracy, balanced-accuracy, precision, recall, f1 and mcc.
    ///
    /// # Errors
    /// No rows; one class only; a precision without a positive answer; a correlation with an answer
    /// that is always the same.
    pub fn value(&self, metric: Metric) -> Result<f64, Undefined> {
        let Self { true_positives, false_positives, true_negatives, false_negatives } = *self;
        let [tp, fp, tn, fn_] =
            [true_positives, false_positives, true_negatives, false_negatives].map(|n| n as f64);
        match (tp + fn_ == 0.0, tn + fp == 0.0) {
            (true, true) => return Err(Undefined::NoRows),
            (true, false) => return Err(Undefined::OneClass { class: 0 }),
            (false, true) => return Err(Undefined::OneClass { class: 1 }),
            (false, false) => {}
        }
        Ok(match metric {
            Metric::BalancedAccuracy => (tp / (tp + fn_) + tn / (tn + fp)) / 2.0,
            Metric::Precision if tp + fp == 0.0 => return Err(Undefined::NoPredictedPositive),
            Metric::Precision => tp / (tp + fp),
            Metric::Recall => tp / (tp + fn_),
            Metric::F1 => 2.0 * tp / (2.0 * tp + fp + fn_),
            Metric::Mcc if tp + fp == 0.0 || tn + fn_ == 0.0 => {
                return Err(Undefined::ConstantPrediction);
            }
            Metric::Mcc => {
                let scale = (tp + fp).sqrt() * (tp + fn_).sqrt();
                (tp * tn - fp * fn_) / (scale * (tn + fp).sqrt() * (tn + fn_).sqrt())
            }
            _ => (tp + tn) / (tp + fp + tn + fn_),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_value_says_why() {
        let labels = [1.0, 0.0];
        let silent = Confusion::count(&labels, &[0.1, 0.2], 0.5, &[1, 1]);
        assert_eq!(silent.value(Metric::Precision), Err(Undefined::NoPredictedPositive));
        assert_eq!(silent.value(Metric::Mcc), Err(Undefined::ConstantPrediction));
        assert_eq!(silent.value(Metric::F1), Ok(0.0));
        let one = Confusion::count(&labels, &[0.1, 0.2], 0.5, &[2, 0]);
        assert_eq!(one.value(Metric::Accuracy), Err(Undefined::OneClass { class: 1 }));
    }
}
