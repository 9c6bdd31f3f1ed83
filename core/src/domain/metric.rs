//! Metrics by name, and which way is better.

use std::collections::BTreeMap;

/// Metric values by name. Nested sources are flattened with dots: `test.roc-auc`.
pub type Metrics = BTreeMap<String, f64>;

/// Which way a metric improves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Larger is better: accuracy, AUC, R².
    HigherIsBetter,
    /// Smaller is better: losses and errors.
    LowerIsBetter,
}

/// Kind of prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Two classes; the score is the probability of the positive one.
    Binary,
    /// A number.
    Regression,
}
