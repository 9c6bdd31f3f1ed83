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
    /// A label or an answer of a multiclass task that is no class.
    #[error("the {what} of row {row} is {value}, not a class from 0 to {}", classes.saturating_sub(1))]
    NotClass {
        /// `label` or `answer`.
        what: &'static str,
        /// Row, from 1.
        row: usize,
        /// What is there.
        value: f64,
        /// Number of classes.
        classes: usize,
    },
    /// A multiclass metric that needs the probability of each class, where there are none.
    #[error("there are no probabilities of the classes")]
    NoProbabilities,
    /// A column with more or fewer values than the rows need.
    #[error("there are {found} {what} where {needed} are needed")]
    Count {
        /// What there is too much or too little of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there should be.
        needed: usize,
    },
    /// Probabilities of a row that do not sum to 1.
    #[error("the probabilities of row {row} sum to {sum}, not to 1")]
    ProbabilitySum {
        /// Row, from 1.
        row: usize,
        /// Their sum.
        sum: f64,
    },
    /// A weight below zero.
    #[error("the weight of row {row} is {value}, below 0")]
    NegativeWeight {
        /// Row, from 1.
        row: usize,
        /// What is there.
        value: f64,
    },
    /// Weights that are all zero.
    #[error("all rows weigh 0")]
    ZeroWeights,
    /// Weights so large that their sum is no number.
    #[error("the weights sum to {sum}")]
    WeightSum {
        /// Their sum.
        sum: f64,
    },
    /// Numbers so large that the metric is no number.
    #[error("the numbers are too large: the result is {value}")]
    Overflow {
        /// What came out.
        value: f64,
    },
    /// Only one class occurs.
    #[error("all rows are of class {class}")]
    OneClass {
        /// The class that occurs, from 0.
        class: usize,
    },
    /// No row is of a class that is answered or has a probability.
    #[error("no row is of class {class}")]
    MissingClass {
        /// The class, from 0.
        class: usize,
    },
    /// Precision of a class that is never answered.
    #[error("no row is predicted as class {class}")]
    NeverAnswered {
        /// The class, from 0.
        class: usize,
    },
    /// More rows than are told apart by their numbers.
    #[error("there are {rows} rows, and at most {most} can be used")]
    TooManyRows {
        /// Rows there are.
        rows: usize,
        /// Most that can be used.
        most: usize,
    },
    /// A confusion matrix that would not fit.
    #[error("there are {classes} classes, and at most {most} can be told apart")]
    TooManyClasses {
        /// Number of classes.
        classes: usize,
        /// Most that can be used.
        most: usize,
    },
    /// A top-k accuracy that cannot be wrong.
    #[error("of {classes} classes the right one is always among the first {k}")]
    TopK {
        /// How many answers count.
        k: usize,
        /// Number of classes.
        classes: usize,
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
    /// A best threshold of something that no threshold changes.
    #[error("no threshold changes it")]
    NoThreshold,
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
    /// A logistic recalibration without a best fit.
    #[error(
        "no recalibration fits best: all scores are the same, or one score separates the classes"
    )]
    NoRecalibration,
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
            Self::NotClass { .. } => {
                "write labels and answers as classes that the probabilities have"
            }
            Self::NoProbabilities => {
                "name the columns with the probability of each class, or choose a metric of answers \
                 such as f1-macro"
            }
            Self::Count { .. } => "give every row one value, and a probability for each class",
            Self::ProbabilitySum { .. } => {
                "give the probabilities of all classes, as the model answers them"
            }
            Self::NegativeWeight { .. } => "give weights of 0 or more; 0 leaves a row out",
            Self::ZeroWeights => "give some rows a weight above 0, or leave the weights out",
            Self::WeightSum { .. } => "divide the weights by their largest",
            Self::Overflow { .. } => "check labels and scores for numbers that cannot be meant",
            Self::OneClass { .. } => "give rows of both classes",
            Self::MissingClass { .. } => {
                "give rows of every class, or choose an average that counts rows, such as f1-weighted"
            }
            Self::NeverAnswered { .. } => "choose f1-macro, which counts such a class as 0",
            Self::TooManyRows { .. } => "give a sample of the rows: a tenth of them shows as much",
            Self::TooManyClasses { .. } => "choose log-loss or a top-k accuracy",
            Self::TopK { .. } => "choose a smaller k",
            Self::NoPredictedPositive | Self::ConstantPrediction => {
                "check the scores and `predictions.threshold`"
            }
            Self::ConstantLabels => "give rows with different labels",
            Self::ZeroLabel { .. } => "choose mae or rmse",
            Self::NoThreshold => "choose a metric of answers, such as f1, mcc or balanced-accuracy",
            Self::Resamples { .. } => "give more rows, of the rarer class above all",
            Self::Clusters { .. } => "give every row a group",
            Self::OneCluster => "resample by a column that has several values, or by rows",
            Self::StratifiedClusters => "resample either whole groups or within classes",
            Self::FewOfClass { .. } => "give at least two rows of each class",
            Self::NoSpread => "give more rows, harder ones above all",
            Self::NoRecalibration => "give more rows, with scores that differ",
            Self::Option { .. } => "use a level between 0 and 1, and at least 100 resamples",
        }
    }
}

impl From<Undefined> for Error {
    fn from(undefined: Undefined) -> Self {
        Self::input(undefined.to_string()).hint(undefined.hint())
    }
}
