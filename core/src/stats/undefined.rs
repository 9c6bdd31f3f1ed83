//! Why a number does not exist. A metric is never NaN: it is a number, or one of these.

use crate::domain::error::Error;

/// Why a metric has no value on some rows.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Undefined {
    /// Nothing to measure.
    #[error("there are no rows")]
    NoRows,
    /// Columns of different lengths.
    #[error("there are {labels} labels but {scores} scores")]
    Lengths {
        /// Number of labels.
        labels: usize,
        /// Number of scores.
        scores: usize,
    },
    /// NaN, a null or an infinite number.
    #[error("the {what} of row {row} is {value}, not a finite number")]
    NotFinite {
        /// `label` or `score`.
        what: &'static str,
        /// Row, from 1.
        row: usize,
        /// What is there.
        value: f64,
    },
    /// A label of a binary task that is neither 0 nor 1.
    #[error("the label of row {row} is {value}, neither 0 nor 1")]
    NotBinary {
        /// Row, from 1.
        row: usize,
        /// What is there.
        value: f64,
    },
    /// A score outside 0–1 where a probability is needed.
    #[error("the score of row {row} is {value}, not a probability")]
    NotProbability {
        /// Row, from 1.
        row: usize,
        /// What is there.
        value: f64,
    },
    /// Only one of the two classes occurs.
    #[error("all rows are of class {class}")]
    OneClass {
        /// The class that occurs, 0 or 1.
        class: u8,
    },
    /// Precision without a positive answer.
    #[error("no row is predicted as positive")]
    NoPredictedPositive,
    /// A correlation with something that never changes.
    #[error("all rows are predicted alike")]
    ConstantPrediction,
    /// R² where the labels do not vary.
    #[error("all labels are equal")]
    ConstantLabels,
    /// A percentage of nothing.
    #[error("the label of row {row} is 0, and a percentage of 0 does not exist")]
    ZeroLabel {
        /// Row, from 1.
        row: usize,
    },
    /// Too many resamples had no value.
    #[error("{undefined} of {resamples} resamples have no value")]
    Resamples {
        /// Resamples without a value.
        undefined: usize,
        /// All resamples.
        resamples: usize,
    },
    /// A confidence level or a number of resamples that cannot be used.
    #[error("{what} is {value}")]
    Option {
        /// Which option.
        what: &'static str,
        /// Its value.
        value: f64,
    },
}

impl Undefined {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoRows => "give a file with labelled rows",
            Self::Lengths { .. } => "give every row a label and a score",
            Self::NotFinite { .. } => "remove or repair the row; nulls are not scores",
            Self::NotBinary { .. } => {
                "write labels as 0 and 1, or name the positive one in `predictions.positive`"
            }
            Self::NotProbability { .. } => {
                "give probabilities from 0 to 1, or choose a metric of ranks such as roc-auc"
            }
            Self::OneClass { .. } => "give rows of both classes",
            Self::NoPredictedPositive | Self::ConstantPrediction => {
                "check the scores and `predictions.threshold`"
            }
            Self::ConstantLabels => "give rows with different labels",
            Self::ZeroLabel { .. } => "choose mae or rmse",
            Self::Resamples { .. } => "give more rows, of the rarer class above all",
            Self::Option { .. } => "use a level between 0 and 1, and at least 100 resamples",
        }
    }
}

impl From<Undefined> for Error {
    fn from(undefined: Undefined) -> Self {
        Self::input(undefined.to_string()).hint(undefined.hint())
    }
}
