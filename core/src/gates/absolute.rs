//! `absolute`: a metric of the challenger is inside its bounds.

use schemars::JsonSchema;
use serde::Deserialize;

use super::evidence::{Evidence, Predictions};
use super::gate::Gate;
use super::paired::refused;
use super::settings::finite;
use super::{method, single};
use crate::domain::error::{Error, Result};
use crate::domain::metric::Metrics;
use crate::domain::verdict::{Finding, Interval, Verdict};
use crate::stats::number::{apart, figure, percent};
use crate::stats::{Metric, Undefined, measure};

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
    /// Confidence level: with it, not only the measured value but its whole interval must lie
    /// inside `min` and `max`. It needs predictions.
    #[serde(default)]
    pub level: Option<f64>,
}

/// What was measured.
struct Measured {
    value: f64,
    /// Where, in words.
    place: &'static str,
    /// Its interval with the method in words, where a level asks for one.
    interval: Option<(Interval, &'static str)>,
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
        method::level(key, self.level)?;
        if self.level.is_some() && self.source == Some(Source::Package) {
            return Err(Error::config(format!("`{key}.level` of `{metric}` has no rows to go by"))
                .hint("an interval needs predictions: remove `source: package`, or `level`"));
        }
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
    fn measured(&self, evidence: &Evidence<'_>) -> Result<Measured, Box<Finding>> {
        let metric = self.metric.parse::<Metric>().ok();
        let computable = metric.zip(evidence.predictions).filter(|(m, p)| m.suits(p.task));
        match (self.source, computable) {
            (None | Some(Source::Predictions), Some((metric, predictions))) => {
                let value = self.computed(metric, predictions)?;
                let interval = self.interval(metric, predictions)?;
                Ok(Measured { value, place: "on the predictions", interval })
            }
            (Some(Source::Predictions), None) => Err(Box::new(self.not_computable(evidence))),
            (None, None) if self.level.is_some() => Err(Box::new(self.not_computable(evidence))),
            (None | Some(Source::Package), _) => {
                let value = self.packaged(evidence)?;
                Ok(Measured { value, place: "in the package", interval: None })
            }
        }
    }

    fn interval(
        &self,
        metric: Metric,
        predictions: &Predictions,
    ) -> Result<Option<(Interval, &'static str)>, Box<Finding>> {
        let Some(level) = self.level else { return Ok(None) };
        match single::interval(metric, predictions, level) {
            Ok(found) => Ok(Some(found)),
            Err(why @ (Undefined::NoSpread | Undefined::Resamples { .. })) => {
                let message = format!(
                    "{}: {} has no interval on these rows: {why}",
                    predictions.source, self.metric
                );
                let finding = self.finding("interval-unclear", Verdict::Inconclusive, message);
                Err(Box::new(finding.hint("give more labelled rows, or remove `level`")))
            }
            Err(why) => Err(refused(ID, &self.metric, &predictions.source, &why)),
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

    fn judge(&self, measured: &Measured) -> Finding {
        let name = &self.metric;
        let Measured { value, place, interval } = *measured;
        let around = interval.map_or(String::new(), |(Interval { low, high, level }, how)| {
            let (low, high) = (figure(low), figure(high));
            format!(" ({} interval {low} to {high} {how})", percent(level))
        });
        let against = |code: &str, verdict, bound: f64, words: &str| {
            let (shown, limit) = apart(value, bound);
            let message = format!("{name} is {shown} {place}{around}, {words} {limit}");
            let finding = self.finding(code, verdict, message).value(value).bound(bound);
            match interval {
                Some((interval, _)) => finding.interval(interval),
                None => finding,
            }
        };
        if let Some(min) = self.min.filter(|min| value < *min) {
            let hint = format!("{min} or more would have passed");
            return against("below-minimum", Verdict::Fail, min, "below the minimum").hint(hint);
        }
        if let Some(max) = self.max.filter(|max| value > *max) {
            let hint = format!("{max} or less would have passed");
            return against("above-maximum", Verdict::Fail, max, "above the maximum").hint(hint);
        }
        if let Some(finding) = self.unclear(measured, against) {
            return finding;
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

impl Absolute {
    /// The value keeps its bounds, but its interval does not.
    fn unclear(
        &self,
        measured: &Measured,
        against: impl Fn(&str, Verdict, f64, &str) -> Finding,
    ) -> Option<Finding> {
        let (Interval { low, high, .. }, _) = measured.interval?;
        let unclear = |code: &str, bound: f64, words: &str, value: f64| {
            let (end, limit) = apart(value, bound);
            against(code, Verdict::Inconclusive, bound, words).hint(format!(
                "the interval ends at {end}, and would have passed with its whole inside {limit}; \
                 more labelled rows make it narrower"
            ))
        };
        if let Some(min) = self.min.filter(|min| low < *min) {
            return Some(unclear("minimum-unclear", min, "not shown to be at or above", low));
        }
        let max = self.max.filter(|max| high > *max)?;
        Some(unclear("maximum-unclear", max, "not shown to be at or below", high))
    }
}

impl Gate for Absolute {
    fn id(&self) -> &'static str {
        ID
    }

    fn evaluate(&self, evidence: &Evidence<'_>) -> Vec<Finding> {
        vec![match self.measured(evidence) {
            Ok(measured) => self.judge(&measured),
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
#[path = "absolute_tests.rs"]
mod tests;
