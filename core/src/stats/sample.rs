//! Labelled rows with one model's answers: what metrics look at.

use crate::domain::metric::Task;

/// Labelled rows with one model's answers. All columns have one value a row.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// Kind of prediction.
    pub task: Task,
    /// Binary: 0 or 1. Multiclass: the index of the class, from 0. Regression: the number.
    pub labels: &'a [f64],
    /// Binary: the score of the positive class. Multiclass: the index of the class that is
    /// answered. Regression: the number that is answered.
    pub scores: &'a [f64],
    /// Multiclass, where known: the probability of each class, row after row; `rows × classes`.
    pub probabilities: Option<&'a [f64]>,
    /// Number of classes; 2 in a binary task, 0 in regression.
    pub classes: usize,
    /// How much each row counts, 0 or more; none: all the same.
    pub weights: Option<&'a [f64]>,
    /// Score from which a row of a binary task counts as positive.
    pub threshold: f64,
}

impl<'a> Sample<'a> {
    /// Rows of a binary task, unweighted, with a threshold of 0.5. `labels` are 0 or 1.
    pub fn binary(labels: &'a [f64], scores: &'a [f64]) -> Self {
        Self {
            task: Task::Binary,
            labels,
            scores,
            probabilities: None,
            classes: 2,
            weights: None,
            threshold: 0.5,
        }
    }

    /// Rows of a regression, unweighted.
    pub fn regression(labels: &'a [f64], scores: &'a [f64]) -> Self {
        Self { task: Task::Regression, classes: 0, ..Self::binary(labels, scores) }
    }

    /// Rows of a multiclass task, unweighted, of which only the answers are known. `labels` and
    /// `answers` are indices of classes, from 0.
    pub fn multiclass(labels: &'a [f64], answers: &'a [f64], classes: usize) -> Self {
        Self { task: Task::Multiclass, classes, ..Self::binary(labels, answers) }
    }

    /// With the probability of each class, row after row.
    #[must_use]
    pub fn with_probabilities(self, probabilities: &'a [f64]) -> Self {
        Self { probabilities: Some(probabilities), ..self }
    }

    /// With how much each row counts.
    #[must_use]
    pub fn with_weights(self, weights: &'a [f64]) -> Self {
        Self { weights: Some(weights), ..self }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.labels.len()
    }

    /// Whether the answer to row `i`, from 0, is the label: in a binary task at the threshold.
    pub fn is_right(&self, i: usize) -> bool {
        match self.task {
            Task::Binary => (self.scores[i] >= self.threshold) == (self.labels[i] == 1.0),
            Task::Multiclass | Task::Regression => self.scores[i] == self.labels[i],
        }
    }
}
