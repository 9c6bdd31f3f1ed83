//! Metrics by name, and which way is better.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::error::Error;

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
        "balanced-accuracy-score" => "balanced-accuracy",
        "precision-score" => "precision",
        "recall-score" | "sensitivity" | "tpr" | "true-positive-rate" => "recall",
        "tnr" | "true-negative-rate" => "specificity",
        "f1-score" => "f1",
        "macro-f1" => "f1-macro",
        "micro-f1" => "f1-micro",
        "weighted-f1" => "f1-weighted",
        "matthews-corrcoef" | "matthews-correlation" => "mcc",
        "kappa" | "cohen-kappa-score" => "cohen-kappa",
        "quadratic-weighted-kappa" | "qwk" => "cohen-kappa-quadratic",
        "roc-auc-ovr" => "roc-auc-ovr-macro",
        "roc-auc-ovo" => "roc-auc-ovo-macro",
        "ks-statistic" => "ks",
        "logloss" | "cross-entropy" => "log-loss",
        "brier-score" | "brier-score-loss" => "brier",
        "expected-calibration-error" => "ece",
        "mean-absolute-error" => "mae",
        "mean-squared-error" => "mse",
        "root-mean-squared-error" => "rmse",
        "mean-absolute-percentage-error" => "mape",
        "symmetric-mean-absolute-percentage-error" => "smape",
        "median-ae" | "medae" => "median-absolute-error",
        "explained-variance-score" => "explained-variance",
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
    /// One of several classes; the scores are the probability of each.
    Multiclass,
    /// A number.
    Regression,
}

impl Task {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Binary, Self::Multiclass, Self::Regression];

    /// The word used in configuration and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Multiclass => "multiclass",
            Self::Regression => "regression",
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Task {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|task| task.as_str() == text).ok_or_else(|| {
            Error::usage(format!("`{}` is no task", text.escape_debug()))
                .hint("use binary, multiclass or regression")
        })
    }
}
