//! The metrics that can be computed from predictions, by name.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use super::metrics::{self, Definition};
use crate::domain::error::Error;
use crate::domain::metric::{Direction, Task, canonical_name};

/// A metric that can be computed from labels and scores. Two are the same when their names are.
#[derive(Clone, Copy)]
pub struct Metric(&'static Definition);

impl Metric {
    /// Area under the ROC curve: the share of pairs of a positive and a negative that are in the right order; ties count half.
    pub const ROC_AUC: Self = Self(&metrics::roc_auc::DEFINITION);
    /// Area under the precision-recall steps: Σ (Rₙ − Rₙ₋₁) Pₙ.
    pub const AVERAGE_PRECISION: Self = Self(&metrics::average_precision::DEFINITION);
    /// Share of right answers.
    pub const ACCURACY: Self = Self(&metrics::accuracy::DEFINITION);
    /// Mean of the recalls of the classes.
    pub const BALANCED_ACCURACY: Self = Self(&metrics::balanced_accuracy::DEFINITION);
    /// Share of the predicted positives that are positive.
    pub const PRECISION: Self = Self(&metrics::precision::DEFINITION);
    /// Share of the positives that are predicted as such.
    pub const RECALL: Self = Self(&metrics::recall::DEFINITION);
    /// Harmonic mean of precision and recall.
    pub const F1: Self = Self(&metrics::f1::DEFINITION);
    /// Matthews' correlation coefficient.
    pub const MCC: Self = Self(&metrics::mcc::DEFINITION);
    /// Mean negative log-likelihood (natural logarithm).
    pub const LOG_LOSS: Self = Self(&metrics::log_loss::DEFINITION);
    /// Mean squared distance of the probability from the label.
    pub const BRIER: Self = Self(&metrics::brier::DEFINITION);
    /// Expected calibration error over ten bins of equal width.
    pub const ECE: Self = Self(&metrics::ece::DEFINITION);
    /// Mean absolute error.
    pub const MAE: Self = Self(&metrics::mae::DEFINITION);
    /// Mean squared error.
    pub const MSE: Self = Self(&metrics::mse::DEFINITION);
    /// Root of the mean squared error.
    pub const RMSE: Self = Self(&metrics::rmse::DEFINITION);
    /// Mean absolute error as a share of the label.
    pub const MAPE: Self = Self(&metrics::mape::DEFINITION);
    /// Coefficient of determination: 1 − Σ(y − ŷ)² / Σ(y − ȳ)².
    pub const R2: Self = Self(&metrics::r2::DEFINITION);

    /// Every metric.
    pub fn all() -> impl Iterator<Item = Self> {
        metrics::ALL.iter().map(|definition| Self(definition))
    }

    /// What it is.
    pub fn definition(self) -> &'static Definition {
        self.0
    }

    /// The name, in kebab-case.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Which way is better.
    pub fn direction(self) -> Direction {
        self.0.direction
    }

    /// Whether it is for this kind of prediction.
    pub fn suits(self, task: Task) -> bool {
        self.0.tasks.contains(&task)
    }

    /// The metrics of a task.
    pub fn of_task(task: Task) -> impl Iterator<Item = Self> {
        Self::all().filter(move |m| m.suits(task))
    }

    /// Whether scores must be probabilities.
    pub fn needs_probabilities(self) -> bool {
        self.0.needs_probabilities
    }
}

impl PartialEq for Metric {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Metric {}

impl PartialOrd for Metric {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// In the order of [`metrics::ALL`], which is that of the reports.
impl Ord for Metric {
    fn cmp(&self, other: &Self) -> Ordering {
        let place = |m: &Self| metrics::ALL.iter().position(|d| d.name == m.name());
        place(self).cmp(&place(other)).then_with(|| self.name().cmp(other.name()))
    }
}

impl Hash for Metric {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl fmt::Debug for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
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
        Self::all().find(|m| m.name() == name).ok_or_else(|| {
            let known: Vec<&str> = Self::all().map(Self::name).collect();
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
        for metric in Metric::all() {
            assert_eq!(metric.name().parse::<Metric>().ok(), Some(metric));
            let underscored = metric.name().replace('-', "_");
            assert_eq!(underscored.parse::<Metric>().ok(), Some(metric));
        }
        assert_eq!("AUC".parse::<Metric>().ok(), Some(Metric::ROC_AUC));
        let error = "roc-acu".parse::<Metric>().expect_err("is unknown");
        assert!(error.hint_text().is_some_and(|h| h.contains("`roc-auc`")));
    }
}
