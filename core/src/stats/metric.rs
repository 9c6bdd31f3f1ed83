//! The metrics that can be computed from predictions, by name.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use super::metrics::{self, Definition, Family};
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

    /// Share of the negatives that are predicted as such.
    pub const SPECIFICITY: Self = Self(&metrics::specificity::DEFINITION);
    /// Mean of the F1 of the classes.
    pub const F1_MACRO: Self = Self(&metrics::f1::MACRO);
    /// Cohen's kappa.
    pub const COHEN_KAPPA: Self = Self(&metrics::cohen_kappa::DEFINITION);
    /// Mean of the areas under the ROC curves of each class against the rest.
    pub const ROC_AUC_OVR: Self = Self(&metrics::roc_auc_ovr::MACRO);
    /// Largest gap between the shares of positives and of negatives above a score.
    pub const KS: Self = Self(&metrics::ks::DEFINITION);
    /// Twice the area under the ROC curve, less 1.
    pub const GINI: Self = Self(&metrics::gini::DEFINITION);

    /// Every metric with a fixed name; others have a number in theirs, see [`metrics::FAMILIES`].
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

    /// The metrics of a task that are shown without being asked for.
    pub fn of_task(task: Task) -> impl Iterator<Item = Self> {
        Self::all().filter(move |m| m.0.shown.contains(&task))
    }

    /// All metrics with a fixed name that suit a task.
    pub fn suiting(task: Task) -> impl Iterator<Item = Self> {
        Self::all().filter(move |m| m.suits(task))
    }

    /// Whether it is read off answers that are right or wrong, so that a threshold decides about it.
    pub fn is_of_answers(self) -> bool {
        self.0.of_answers.is_some()
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
        let place = |m: &Self| place(m).unwrap_or(usize::MAX);
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
        if let Some(known) = Self::all().find(|m| m.name() == name) {
            return Ok(known);
        }
        for family in metrics::FAMILIES {
            if let Some(number) = family.number(&name) {
                return with_number(family, number);
            }
        }
        let names = Self::all().map(Self::name);
        let nearest = names.min_by_key(|k| strsim::damerau_levenshtein(k, &name));
        let guess = nearest.map(|n| format!("did you mean `{n}`? ")).unwrap_or_default();
        let shown: Vec<&str> =
            Self::all().filter(|m| !m.0.shown.is_empty()).map(Self::name).collect();
        Err(Error::usage(format!("`{}` is not a metric", text.escape_debug()))
            .hint(format!("{guess}Known: {}, and the others in docs/metrics.md", shown.join(", "))))
    }
}

fn with_number(family: &Family, number: f64) -> Result<Metric, Error> {
    if !(family.allows)(number) {
        let (name, pattern) = (family.name(number), family.pattern());
        return Err(Error::usage(format!("`{name}` is not a metric"))
            .hint(format!("in `{pattern}` {}", family.allowed)));
    }
    // A number may be written in several ways: `f1.0` is `f1`.
    let name = family.name(number);
    let fixed = Metric::all().find(|m| m.name() == name);
    Ok(fixed.unwrap_or_else(|| Metric(family.definition(number))))
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

    #[test]
    fn numbers_in_names_are_read_checked_and_kept() {
        let read = |name: &str| name.parse::<Metric>();
        assert_eq!(read("f1.0").ok(), Some(Metric::F1));
        assert_eq!(read("top_2_accuracy").expect("a metric").name(), "top-2-accuracy");
        let quantile = read("quantile-loss-0.950").expect("a metric");
        assert_eq!(
            (quantile.name(), quantile.definition().parameter),
            ("quantile-loss-0.95", 0.95)
        );
        assert!(quantile.definition().about.ends_with("quantile 0.95"));
        assert!(std::ptr::eq(quantile.name(), read("quantile-loss-0.95").expect("one").name()));
        assert!(quantile > Metric::R2 && read("f3-macro").is_ok() && read("ece-15").is_ok());
        for (name, hint) in [
            ("quantile-loss-1.5", "`quantile-loss-Q` Q is a share"),
            ("lift-0", "above 0"),
            ("top-2.5-accuracy", "whole number"),
            ("ece-1000000", "from 2 to 100"),
            ("f0", "above 0"),
            ("f-1", "did you mean"),
            ("f1e3", "did you mean"),
            ("finf", "did you mean"),
            ("f1.2.3", "did you mean"),
        ] {
            let error = read(name).expect_err("is refused");
            assert!(error.hint_text().is_some_and(|h| h.contains(hint)), "{name}: {error:?}");
        }
    }

    /// The lines of the tables in the page: name, tasks, whether it is shown unasked.
    fn documented() -> Vec<(String, String, bool)> {
        let page = include_str!("../../../docs/metrics.md");
        let line = |line: &str| {
            let mut cells = line.strip_prefix("| ")?.split(" | ");
            let (name, task) = (cells.next()?, cells.next()?);
            let bold = name.contains("**");
            let name = name.trim_matches('*').strip_prefix('`')?.strip_suffix('`')?;
            (cells.count() >= 2).then(|| (name.to_owned(), task.to_owned(), bold))
        };
        page.lines().filter_map(line).collect()
    }

    #[test]
    fn the_page_lists_every_metric_and_no_other() {
        let page = include_str!("../../../docs/metrics.md");
        let documented = documented();
        for metric in Metric::all() {
            let lines: Vec<_> = documented.iter().filter(|l| l.0 == metric.name()).collect();
            let tasks: Vec<&str> =
                Task::ALL.into_iter().filter(|t| metric.suits(*t)).map(Task::as_str).collect();
            let shown = !metric.0.shown.is_empty();
            let expected = (metric.name().to_owned(), tasks.join(", "), shown);
            assert_eq!(lines, [&expected], "docs/metrics.md on {metric}");
        }
        for (name, ..) in &documented {
            assert!(name.parse::<Metric>().is_ok(), "{name} is no metric");
        }
        for family in metrics::FAMILIES {
            assert!(page.contains(&format!("`{}`", family.pattern())), "{}", family.pattern());
        }
    }
}
