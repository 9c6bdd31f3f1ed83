//! `absolute`: a metric of the challenger is inside its bounds.

use schemars::JsonSchema;
use serde::Deserialize;

use super::evidence::{Evidence, Predictions};
use super::gate::Gate;
use super::paired::refused;
use super::settings::finite;
use crate::domain::error::{Error, Result};
use crate::domain::metric::Metrics;
use crate::domain::verdict::{Finding, Verdict};
use crate::stats::number::apart;
use crate::stats::{Metric, measure};

const ID: &str = "absolute";

/// Where a metric is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// From what training measured.
    Package,
    /// Computed from the predictions file.
    Predictions,
}

/// Bounds on one metric.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Absolute {
    /// The metric's name: one of the computable ones, or any name in the package's metrics.
    pub metric: String,
    /// Least value that passes.
    #[serde(default)]
    pub min: Option<f64>,
    /// Largest value that passes.
    #[serde(default)]
    pub max: Option<f64>,
    /// A value that passes but is below this is a warning.
    #[serde(default)]
    pub warn_below: Option<f64>,
    /// A value that passes but is above this is a warning.
    #[serde(default)]
    pub warn_above: Option<f64>,
    /// Where the metric is taken from; left out, the predictions where they are given and the
    /// metric can be computed, else the package.
    #[serde(default)]
    pub source: Option<Source>,
}

impl Absolute {
    /// Checks the values; `key` names the list in messages.
    ///
    /// # Errors
    /// No metric, no bound, a bound that is not finite, bounds that exclude each other.
    pub(super) fn check(&self, key: &str) -> Result<()> {
        if self.metric.trim().is_empty() {
            return Err(Error::config(format!("`{key}.metric` is empty"))
                .hint("name a metric, such as roc-auc"));
        }
        let metric = self.metric.escape_debug();
        let bounds = [
            ("min", self.min),
            ("max", self.max),
            ("warn-below", self.warn_below),
            ("warn-above", self.warn_above),
        ];
        bounds.iter().try_for_each(|(name, value)| finite(&format!("{key}.{name}"), *value))?;
        let contradiction = |message: String| {
            Err(Error::config(message).hint("bounds must leave room for a value that passes"))
        };
        match (self.min, self.max) {
            (None, None) => {
                Err(Error::config(format!("`{key}` gives `{metric}` neither `min` nor `max`"))
                    .hint("give at least one bound"))
            }
            (Some(min), Some(max)) if min > max => {
                contradiction(format!("`{key}.min` of `{metric}` is {min}, above its max {max}"))
            }
            _ if self.min.zip(self.warn_below).is_some_and(|(min, warn)| warn < min) => {
                contradiction(format!("`{key}.warn-below` of `{metric}` is below its min"))
            }
            _ if self.max.zip(self.warn_above).is_some_and(|(max, warn)| warn > max) => {
                contradiction(format!("`{key}.warn-above` of `{metric}` is above its max"))
            }
            _ => Ok(()),
        }
    }

    fn finding(&self, code: &str, verdict: Verdict, message: impl Into<String>) -> Finding {
        Finding::new(ID, code, verdict, message).subject(&self.metric)
    }

    /// The value and where it is from, or why there is none.
    fn value(&self, evidence: &Evidence<'_>) -> Result<(f64, &'static str), Box<Finding>> {
        let metric = self.metric.parse::<Metric>().ok();
        let computable = metric.zip(evidence.predictions).filter(|(m, p)| m.suits(p.task));
        match (self.source, computable) {
            (None | Some(Source::Predictions), Some((metric, predictions))) => {
                Ok((self.computed(metric, predictions)?, "on the predictions"))
            }
            (Some(Source::Predictions), None) => Err(Box::new(self.not_computable(evidence))),
            (None | Some(Source::Package), _) => Ok((self.packaged(evidence)?, "in the package")),
        }
    }

    fn computed(&self, metric: Metric, predictions: &Predictions) -> Result<f64, Box<Finding>> {
        let value = measure(metric, predictions.challenger())
            .map_err(|e| refused(ID, &self.metric, &predictions.source, &e))?;
        if let Some(why) = predictions.too_few() {
            let message = format!("{}: too few to judge by: {why}", predictions.source);
            let finding = self.finding("too-few-rows", Verdict::Inconclusive, message);
            return Err(Box::new(finding.value(value).hint("give more labelled rows")));
        }
        Ok(value)
    }

    fn not_computable(&self, evidence: &Evidence<'_>) -> Finding {
        let name = &self.metric;
        if evidence.predictions.is_none() {
            return self
                .finding("no-predictions", Verdict::Error, format!("{name} needs predictions"))
                .hint("give --predictions FILE, or `predictions.path`");
        }
        let message = format!("{name} cannot be computed from these predictions");
        self.finding("metric-not-computable", Verdict::Error, message)
            .hint("check the metric's name and `predictions.task`")
    }

    fn packaged(&self, evidence: &Evidence<'_>) -> Result<f64, Box<Finding>> {
        let metrics = &evidence.challenger.manifest.metrics;
        let Some(value) = lookup(metrics, &self.metric) else {
            let known: Vec<&str> = metrics.keys().map(String::as_str).collect();
            let message = format!("the package has no metric {}", self.metric);
            let hint = match known.is_empty() {
                true => "the package has no metrics at all; name the file in `package.metrics`"
                    .to_owned(),
                false => format!("it has: {}", known.join(", ")),
            };
            return Err(Box::new(
                self.finding("metric-missing", Verdict::Error, message).hint(hint),
            ));
        };
        if value.is_finite() {
            return Ok(value);
        }
        let message = format!("{} in the package is {value}", self.metric);
        let finding = self.finding("metric-not-finite", Verdict::Fail, message);
        Err(Box::new(finding.hint("a finite number is needed")))
    }

    fn judge(&self, value: f64, place: &str) -> Finding {
        let name = &self.metric;
        let against = |code: &str, verdict, bound: f64, words: &str| {
            let (shown, limit) = apart(value, bound);
            let message = format!("{name} is {shown} {place}, {words} {limit}");
            self.finding(code, verdict, message).value(value).bound(bound)
        };
        if let Some(min) = self.min.filter(|min| value < *min) {
            let hint = format!("{min} or more would have passed");
            return against("below-minimum", Verdict::Fail, min, "below the minimum").hint(hint);
        }
        if let Some(max) = self.max.filter(|max| value > *max) {
            let hint = format!("{max} or less would have passed");
            return against("above-maximum", Verdict::Fail, max, "above the maximum").hint(hint);
        }
        if let Some(limit) = self.warn_below.filter(|limit| value < *limit) {
            return against("near-minimum", Verdict::Warn, limit, "inside its bounds, but below");
        }
        if let Some(limit) = self.warn_above.filter(|limit| value > *limit) {
            return against("near-maximum", Verdict::Warn, limit, "inside its bounds, but above");
        }
        let (bound, words) = match (self.min, self.max) {
            (Some(min), None) => (min, "at or above the minimum"),
            (Some(min), Some(_)) => (min, "at or below the maximum, and at or above the minimum"),
            (None, max) => (max.unwrap_or(value), "at or below the maximum"),
        };
        against("within-bounds", Verdict::Pass, bound, words)
    }
}

impl Gate for Absolute {
    fn id(&self) -> &'static str {
        ID
    }

    fn evaluate(&self, evidence: &Evidence<'_>) -> Vec<Finding> {
        vec![match self.value(evidence) {
            Ok((value, place)) => self.judge(value, place),
            Err(finding) => *finding,
        }]
    }
}

/// The metric of this name; `roc_auc` is found under `roc-auc` and the other way round.
pub(super) fn lookup(metrics: &Metrics, name: &str) -> Option<f64> {
    let exact = metrics.get(name).copied();
    let metric = name.parse::<Metric>().ok();
    let same = |key: &String| metric.is_some() && key.parse::<Metric>().ok() == metric;
    exact.or_else(|| metrics.iter().find(|(key, _)| same(key)).map(|(_, value)| *value))
}

#[cfg(test)]
mod tests {
    use super::super::testing::World;
    use super::*;

    fn gate(min: f64) -> Absolute {
        Absolute { metric: "roc-auc".into(), min: Some(min), ..Absolute::default() }
    }

    fn answer(gate: &Absolute, world: &World) -> (Verdict, String) {
        let finding = gate.evaluate(&world.evidence()).remove(0);
        (finding.verdict, finding.code)
    }

    #[test]
    fn twins_on_both_sides_of_the_bound() {
        let mut world = World::new();
        world.challenger.metrics.insert("roc_auc".into(), 0.85);
        assert_eq!(answer(&gate(0.85), &world), (Verdict::Pass, "within-bounds".into()));
        world.challenger.metrics.insert("roc_auc".into(), 0.849_999_9);
        assert_eq!(answer(&gate(0.85), &world), (Verdict::Fail, "below-minimum".into()));
        let warned = Absolute { warn_below: Some(0.9), ..gate(0.8) };
        assert_eq!(answer(&warned, &world), (Verdict::Warn, "near-minimum".into()));
        let most = Absolute { min: None, max: Some(0.8), ..gate(0.0) };
        assert_eq!(answer(&most, &world), (Verdict::Fail, "above-maximum".into()));
    }

    #[test]
    fn a_value_that_rounds_to_its_bound_is_told_from_it() {
        let mut world = World::new();
        world.challenger.metrics.insert("roc-auc".into(), 0.849_999_9);
        let finding = gate(0.85).evaluate(&world.evidence()).remove(0);
        assert!(finding.message.contains("0.8499999 in the package, below the minimum 0.85"));
    }

    #[test]
    fn what_is_missing_or_no_number_never_passes() {
        let mut world = World::new();
        assert_eq!(answer(&gate(0.1), &world), (Verdict::Error, "metric-missing".into()));
        for value in [f64::NAN, f64::INFINITY] {
            world.challenger.metrics.insert("roc-auc".into(), value);
            assert_eq!(answer(&gate(0.1), &world), (Verdict::Fail, "metric-not-finite".into()));
        }
        let asked = Absolute { source: Some(Source::Predictions), ..gate(0.1) };
        assert_eq!(answer(&asked, &world), (Verdict::Error, "no-predictions".into()));
    }

    #[test]
    fn predictions_go_before_the_package_unless_it_is_asked_for() {
        let mut world = World::new().with_predictions(200);
        world.challenger.metrics.insert("roc-auc".into(), 0.1);
        assert_eq!(answer(&gate(0.5), &world).0, Verdict::Pass);
        let packaged = Absolute { source: Some(Source::Package), ..gate(0.5) };
        assert_eq!(answer(&packaged, &world).0, Verdict::Fail);
        let regression = Absolute { metric: "rmse".into(), ..packaged };
        assert_eq!(answer(&regression, &world).1, "metric-missing");
    }

    #[test]
    fn rows_that_show_nothing_never_pass() {
        let code = |world: &World| answer(&gate(0.0), world).1;
        assert_eq!(code(&World::new().with_predictions(0)), "no-rows");
        assert_eq!(code(&World::new().with_predictions(20)), "too-few-rows");
        let mut world = World::new().with_predictions(200);
        world.labels(|_| 1.0);
        assert_eq!(code(&world), "one-class");
        let mut world = World::new().with_predictions(200);
        world.scores(|i, score| if i == 7 { f64::NAN } else { score });
        assert_eq!(code(&world), "not-a-number");
    }
}
