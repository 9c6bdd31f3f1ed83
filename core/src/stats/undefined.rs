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
    /// Groups to resample by that are not of these rows.
    #[error("there are {rows} rows, but groups of {clusters}")]
    Clusters {
        /// Number of rows.
        rows: usize,
        /// Number of rows that have a group.
        clusters: usize,
    },
    /// One group: nothing to resample.
    #[error("all rows are of one group")]
    OneCluster,
    /// A group may hold rows of several classes.
    #[error("whole groups cannot be resampled within classes")]
    StratifiedClusters,
    /// A variance needs two rows.
    #[error("too few rows of class {class} to measure a spread: {rows}")]
    FewOfClass {
        /// The class, 0 or 1.
        class: u8,
        /// Its rows: 0 or 1.
        rows: usize,
    },
    /// A statistic that has no spread on these rows, though another sample would change it.
    #[error("the rows show no spread: every positive scores above every negative, or below")]
    NoSpread,
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
            Self::Clusters { .. } => "give every row a group",
            Self::OneCluster => "resample by a column that has several values, or by rows",
            Self::StratifiedClusters => "resample either whole groups or within classes",
            Self::FewOfClass { .. } => "give at least two rows of each class",
            Self::NoSpread => "give more rows, harder ones above all",
            Self::Option { .. } => "use a level between 0 and 1, and at least 100 resamples",
        }
    }
}

impl From<Undefined> for Error {
    fn from(undefined: Undefined) -> Self {
        Self::input(undefined.to_string()).hint(undefined.hint())
    }
}
