//! The metrics that can be computed from predictions, by name.

use std::fmt;
use std::str::FromStr;

use crate::domain::error::Error;
use crate::domain::metric::{Direction, Task, canonical_name};

/// A metric that can be computed from labels and scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Metric {
    /// Area under the ROC curve; ties count half.
    RocAuc,
    /// Area under the precision-recall steps: Σ (Rₙ − Rₙ₋₁) Pₙ.
    AveragePrecision,
    /// Share of right answers at the threshold.
    Accuracy,
    /// Mean of the recalls of both classes.
    BalancedAccuracy,
    /// Share of the predicted positives that are positive.
    Precision,
    /// Share of the positives that are predicted as such.
    Recall,
    /// Harmonic mean of precision and recall.
    F1,
    /// Matthews' correlation coefficient.
    Mcc,
    /// Mean negative log-likelihood (natural logarithm).
    LogLoss,
    /// Mean squared distance of the probability from the label.
    Brier,
    /// Expected calibration error over ten bins of equal width.
    Ece,
    /// Mean absolute error.
    Mae,
    /// Mean squared error.
    Mse,
    /// Root of the mean squared error.
    Rmse,
    /// Mean absolute error as a share of the label.
    Mape,
    /// Coefficient of determination.
    R2,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 16] = [
        Self::RocAuc,
        Self::AveragePrecision,
        Self::Accuracy,
        Self::BalancedAccuracy,
        Self::Precision,
        Self::Recall,
        Self::F1,
        Self::Mcc,
        Self::LogLoss,
        Self::Brier,
        Self::Ece,
        Self::Mae,
        Self::Mse,
        Self::Rmse,
        Self::Mape,
        Self::R2,
    ];

    /// The name, in kebab-case.
    pub fn name(self) -> &'static str {
        match self {
            Self::RocAuc => "roc-auc",
            Self::AveragePrecision => "average-precision",
            Self::Accuracy => "accuracy",
            Self::BalancedAccuracy => "balanced-accuracy",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::F1 => "f1",
            Self::Mcc => "mcc",
            Self::LogLoss => "log-loss",
            Self::Brier => "brier",
            Self::Ece => "ece",
            Self::Mae => "mae",
            Self::Mse => "mse",
            Self::Rmse => "rmse",
            Self::Mape => "mape",
            Self::R2 => "r2",
        }
    }

    /// Which way is better.
    pub fn direction(self) -> Direction {
        match self {
            Self::LogLoss
            | Self::Brier
            | Self::Ece
            | Self::Mae
            | Self::Mse
            | Self::Rmse
            | Self::Mape => Direction::LowerIsBetter,
            _ => Direction::HigherIsBetter,
        }
    }

    /// What kind of prediction it is for.
    pub fn task(self) -> Task {
        match self {
            Self::Mae | Self::Mse | Self::Rmse | Self::Mape | Self::R2 => Task::Regression,
            _ => Task::Binary,
        }
    }

    /// The metrics of a task.
    pub fn of_task(task: Task) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |m| m.task() == task)
    }

    /// Whether scores must be probabilities.
    pub fn needs_probabilities(self) -> bool {
        matches!(self, Self::LogLoss | Self::Brier | Self::Ece)
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Metric {
    type Err = Error;

    /// Reads a name; underscores, capitals and the usual other names are understood.
    fn from_str(text: &str) -> Result<Self, Error> {
        let name = canonical_name(text);
        Self::ALL.into_iter().find(|m| m.name() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::name);
            let nearest = known.iter().min_by_key(|k| strsim::damerau_levenshtein(k, &name));
            let guess = nearest.map(|n| format!("did you mean `{n}`? ")).unwrap_or_default();
            Error::usage(format!("`{}` is not a metric", text.escape_debug()))
                .hint(format!("{guess}Known: {}", known.join(", ")))
        })
    }
}

impl<'de> serde::Deserialize<'de> for Metric {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(|e: Error| {
            serde::de::Error::custom(format!("{e}: {}", e.hint_text().unwrap_or_default()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_and_aliases_are_known() {
        for metric in Metric::ALL {
            assert_eq!(metric.name().parse::<Metric>().ok(), Some(metric));
            let underscored = metric.name().replace('-', "_");
            assert_eq!(underscored.parse::<Metric>().ok(), Some(metric));
        }
        assert_eq!("AUC".parse::<Metric>().ok(), Some(Metric::RocAuc));
        let error = "roc-acu".parse::<Metric>().expect_err("is unknown");
        assert!(error.hint_text().is_some_and(|h| h.contains("`roc-auc`")));
    }
}
