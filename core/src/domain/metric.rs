//! Metrics by name, and which way is better.

use std::collections::BTreeMap;

/// Metric values by name. Nested sources are flattened with dots: `test.roc-auc`.
pub type Metrics = BTreeMap<String, f64>;

/// Metrics that monitoring measures on labelled rows, by their canonical names.
pub const MONITORED: [&str; 5] = ["roc-auc", "accuracy", "brier", "mae", "rmse"];

/// The name as this program writes it: kebab-case, and the usual other names (`auc`,
/// `mean_absolute_error`) resolved. An unknown name comes back in kebab-case.
pub fn canonical_name(text: &str) -> String {
    let name = text.trim().to_ascii_lowercase().replace(['_', ' '], "-");
    let known = match name.as_str() {
        "auc" | "auroc" | "roc-auc-score" => "roc-auc",
        "ap" | "pr-auc" | "average-precision-score" => "average-precision",
        "acc" | "accuracy-score" => "accuracy",
        "f1-score" => "f1",
        "matthews-corrcoef" => "mcc",
        "logloss" | "cross-entropy" => "log-loss",
        "brier-score" | "brier-score-loss" => "brier",
        "expected-calibration-error" => "ece",
        "mean-absolute-error" => "mae",
        "mean-squared-error" => "mse",
        "root-mean-squared-error" => "rmse",
        "mean-absolute-percentage-error" => "mape",
        "r2-score" => "r2",
        other => other,
    };
    known.to_owned()
}

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
