//! Metrics of right and wrong answers at a threshold.

use super::metrics::Prepared;
use super::sample::Sample;
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
    /// `counts[i]` times, without counts once. Labels are 0 or 1.
    pub fn count(labels: &[f64], scores: &[f64], threshold: f64, counts: Option<&[u32]>) -> Self {
        let mut out = Self::default();
        for (row, (label, score)) in labels.iter().zip(scores).enumerate() {
            let count = counts.map_or(1, |counts| counts[row]);
            let cell = match (*label == 1.0, *score >= threshold) {
                (true, true) => &mut out.true_positives,
                (false, true) => &mut out.false_positives,
                (false, false) => &mut out.true_negatives,
                (true, false) => &mut out.false_negatives,
            };
            *cell += u64::from(count);
        }
        out
    }

    /// Share of right answers.
    ///
    /// # Errors
    /// As [`Self::classes`].
    pub fn accuracy(&self) -> Result<f64, Undefined> {
        let [tp, fp, tn, fn_] = self.classes()?;
        Ok((tp + tn) / (tp + fp + tn + fn_))
    }

    /// Mean of the recalls of both classes.
    ///
    /// # Errors
    /// As [`Self::classes`].
    pub fn balanced_accuracy(&self) -> Result<f64, Undefined> {
        let [tp, fp, tn, fn_] = self.classes()?;
        Ok((tp / (tp + fn_) + tn / (tn + fp)) / 2.0)
    }

    /// Share of the predicted positives that are positive.
    ///
    /// # Errors
    /// As [`Self::classes`]; no row is predicted as positive.
    pub fn precision(&self) -> Result<f64, Undefined> {
        let [tp, fp, ..] = self.classes()?;
        if tp + fp == 0.0 { Err(Undefined::NoPredictedPositive) } else { Ok(tp / (tp + fp)) }
    }

    /// Share of the positives that are predicted as such.
    ///
    /// # Errors
    /// As [`Self::classes`].
    pub fn recall(&self) -> Result<f64, Undefined> {
        let [tp, _, _, fn_] = self.classes()?;
        Ok(tp / (tp + fn_))
    }

    /// Harmonic mean of precision and recall.
    ///
    /// # Errors
    /// As [`Self::classes`].
    pub fn f1(&self) -> Result<f64, Undefined> {
        let [tp, fp, _, fn_] = self.classes()?;
        Ok(2.0 * tp / (2.0 * tp + fp + fn_))
    }

    /// Matthews' correlation coefficient.
    ///
    /// # Errors
    /// As [`Self::classes`]; an answer that is always the same.
    pub fn mcc(&self) -> Result<f64, Undefined> {
        let [tp, fp, tn, fn_] = self.classes()?;
        if tp + fp == 0.0 || tn + fn_ == 0.0 {
            return Err(Undefined::ConstantPrediction);
        }
        let scale = (tp + fp).sqrt() * (tp + fn_).sqrt();
        Ok((tp * tn - fp * fn_) / (scale * (tn + fp).sqrt() * (tn + fn_).sqrt()))
    }

    /// The four counts.
    ///
    /// # Errors
    /// No rows; one class only.
    fn classes(&self) -> Result<[f64; 4], Undefined> {
        let Self { true_positives, false_positives, true_negatives, false_negatives } = *self;
        let [tp, fp, tn, fn_] =
            [true_positives, false_positives, true_negatives, false_negatives].map(|n| n as f64);
        match (tp + fn_ == 0.0, tn + fp == 0.0) {
            (true, true) => Err(Undefined::NoRows),
            (true, false) => Err(Undefined::OneClass { class: 0 }),
            (false, true) => Err(Undefined::OneClass { class: 1 }),
            (false, false) => Ok([tp, fp, tn, fn_]),
        }
    }
}

/// A metric of right and wrong answers, made ready.
#[derive(Debug)]
pub struct Answered<'a> {
    sample: Sample<'a>,
    of: fn(&Confusion) -> Result<f64, Undefined>,
}

impl<'a> Answered<'a> {
    /// The metric `of` the counts on these rows.
    pub fn new(sample: Sample<'a>, of: fn(&Confusion) -> Result<f64, Undefined>) -> Self {
        Self { sample, of }
    }
}

impl Prepared for Answered<'_> {
    fn value(&self, counts: Option<&[u32]>) -> Result<f64, Undefined> {
        let Sample { labels, scores, threshold, .. } = self.sample;
        (self.of)(&Confusion::count(labels, scores, threshold, counts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_value_says_why() {
        let labels = [1.0, 0.0];
        let silent = Confusion::count(&labels, &[0.1, 0.2], 0.5, Some(&[1, 1]));
        assert_eq!(silent.precision(), Err(Undefined::NoPredictedPositive));
        assert_eq!(silent.mcc(), Err(Undefined::ConstantPrediction));
        assert_eq!(silent.f1(), Ok(0.0));
        let one = Confusion::count(&labels, &[0.1, 0.2], 0.5, Some(&[2, 0]));
        assert_eq!(one.accuracy(), Err(Undefined::OneClass { class: 1 }));
    }
}
