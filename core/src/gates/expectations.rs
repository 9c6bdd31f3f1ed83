//! `expectations`: the metrics of this version are what earlier versions let expect.

use schemars::JsonSchema;
use serde::Deserialize;

use super::absolute::lookup;
use super::evidence::Evidence;
use super::gate::Gate;
use super::probes::PastVersion;
use crate::domain::error::{Error, Result};
use crate::domain::metric::Direction;
use crate::domain::verdict::{Figure, Finding, Verdict};
use crate::stats::number::{apart, count, figure};
use crate::stats::{Metric, decimal};

const ID: &str = "expectations";
/// Earlier versions that are looked at, when the settings do not say.
const LAST: usize = 10;
/// Fewest earlier versions with the metric that let expect anything.
const FEWEST: usize = 3;
/// Most that may be asked for: each one's package is read.
const MOST: usize = 100;

/// How far a metric in the package may be from its mean over earlier versions.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Expectation {
    /// The metric's name, as in the packages.
    pub metric: String,
    /// How many of the versions before this one are looked at; 10 when left out.
    #[serde(default)]
    pub last: Option<usize>,
    /// Largest distance from their mean, in standard deviations.
    #[serde(default)]
    pub deviations: Option<f64>,
    /// Largest distance from their mean, as a share of it: 0.02 is 2 %.
    #[serde(default)]
    pub tolerance: Option<f64>,
}

/// What the earlier versions say.
struct Past {
    mean: f64,
    deviation: f64,
    values: Vec<(String, f64)>,
    without: usize,
}

impl Expectation {
    /// Checks the values; `key` names the list in messages.
    ///
    /// # Errors
    /// No metric, no allowance, numbers that are none.
    pub(super) fn check(&self, key: &str) -> Result<()> {
        if self.metric.trim().is_empty() {
            return Err(Error::config(format!("`{key}.metric` is empty"))
                .hint("name a metric, such as roc-auc"));
        }
        if self.deviations.is_none() && self.tolerance.is_none() {
            let metric = self.metric.escape_debug();
            let message = format!("`{key}` gives `{metric}` neither `deviations` nor `tolerance`");
            return Err(Error::config(message).hint("write {metric: roc-auc, deviations: 3}"));
        }
        for (name, value) in [("deviations", self.deviations), ("tolerance", self.tolerance)] {
            if let Some(value) = value.filter(|v| !(v.is_finite() && *v >= 0.0)) {
                return Err(Error::config(format!("`{key}.{name}` is {value}"))
                    .hint("give a number of 0 or more"));
            }
        }
        match self.last() {
            FEWEST..=MOST => Ok(()),
            last => Err(Error::config(format!("`{key}.last` is {last}"))
                .hint(format!("give a number from {FEWEST} to {MOST}"))),
        }
    }

    /// How many earlier versions are looked at.
    pub fn last(&self) -> usize {
        self.last.unwrap_or(LAST)
    }

    fn finding(&self, code: &str, verdict: Verdict, message: String) -> Finding {
        Finding::new(ID, code, verdict, message).subject(&self.metric)
    }

    fn past(&self, versions: &[PastVersion]) -> Past {
        let looked_at = versions.iter().take(self.last());
        let all: Vec<_> = looked_at
            .map(|past| (past.version.to_string(), lookup(&past.metrics, &self.metric)))
            .collect();
        let values: Vec<(String, f64)> = all
            .iter()
            .filter_map(|(version, value)| {
                Some((version.clone(), value.filter(|v| v.is_finite())?))
            })
            .collect();
        let n = values.len() as f64;
        let mean = values.iter().map(|(_, v)| v).sum::<f64>() / n;
        let squares = values.iter().map(|(_, v)| (v - mean).powi(2)).sum::<f64>();
        Past {
            mean,
            deviation: (squares / (n - 1.0)).sqrt(),
            without: all.len() - values.len(),
            values,
        }
    }

    fn judge(&self, value: f64, past: &Past) -> Finding {
        let metric = &self.metric;
        let allowed = self
            .deviations
            .map(|d| d * past.deviation)
            .into_iter()
            .chain(self.tolerance.map(|t| t * past.mean.abs()))
            .fold(0.0, f64::max);
        let away = decimal::difference(value, past.mean);
        // Rounding of the mean must not decide between equal numbers.
        let slack = 1e-12 * past.mean.abs();
        let (low, high) = (past.mean - allowed, past.mean + allowed);
        let direction = metric.parse::<Metric>().ok().map(Metric::direction);
        let (shown, mean) = apart(value, past.mean);
        let without = match past.without {
            0 => String::new(),
            n => format!(" ({} more have no such metric)", count(n as u64)),
        };
        let numbers = format!(
            "{metric} is {shown}; over the last {} versions{without} it was {mean} on average, with \
             a standard deviation of {}",
            past.values.len(),
            figure(past.deviation),
        );
        let finding = |code: &str, verdict, bound: f64, words: &str| {
            let figures = past
                .values
                .iter()
                .map(|(version, v)| Figure::new(format!("version {version}"), *v));
            self.finding(code, verdict, format!("{numbers}: {words}"))
                .value(value)
                .bound(bound)
                .evidence(figures)
        };
        if away.abs() <= allowed + slack {
            let bound = if direction == Some(Direction::LowerIsBetter) { high } else { low };
            return finding("as-expected", Verdict::Pass, bound, "as expected");
        }
        let (bound, would) = match away < 0.0 {
            true => (low, format!("{low} or more")),
            false => (high, format!("{high} or less")),
        };
        let better = match direction {
            Some(Direction::HigherIsBetter) => away > 0.0,
            Some(Direction::LowerIsBetter) => away < 0.0,
            None => false,
        };
        if better {
            return finding("better-than-expected", Verdict::Warn, bound, "better than expected").hint(
                "so large a step is often a leak of the answers or another test set: look before you trust it",
            );
        }
        let words = match direction {
            Some(_) => "worse than expected",
            None => "not as expected",
        };
        finding("not-as-expected", Verdict::Fail, bound, words)
            .hint(format!("{would} would have passed"))
    }
}

impl Gate for Expectation {
    fn id(&self) -> &'static str {
        ID
    }

    fn evaluate(&self, evidence: &Evidence<'_>) -> Vec<Finding> {
        let versions = match evidence.probes.history.found(ID, "history-not-read") {
            Ok(versions) => versions,
            Err(finding) => return vec![finding.subject(&self.metric)],
        };
        let metrics = &evidence.challenger.manifest.metrics;
        let Some(value) = lookup(metrics, &self.metric) else {
            let message = format!("the package has no metric {}", self.metric);
            return vec![
                self.finding("metric-missing", Verdict::Error, message)
                    .hint("name the file of the metrics in `package.metrics`"),
            ];
        };
        if !value.is_finite() {
            let message = format!("{} in the package is {value}", self.metric);
            return vec![
                self.finding("metric-not-finite", Verdict::Fail, message)
                    .hint("a finite number is needed"),
            ];
        }
        let past = self.past(versions);
        let found = past.values.len();
        if found < FEWEST {
            let message = format!(
                "{} earlier versions have {}: {FEWEST} are needed to expect anything",
                found, self.metric
            );
            return vec![
                self.finding("too-little-history", Verdict::Warn, message)
                    .value(value)
                    .hint("nothing to do: it is judged when there are more versions"),
            ];
        }
        vec![self.judge(value, &past)]
    }
}

#[cfg(test)]
mod tests {
    use super::super::probes::Looked;
    use super::super::testing::World;
    use super::*;

    fn world(past: &[f64], value: f64) -> World {
        let mut world = World::new();
        let version = |(i, v): (usize, &f64)| PastVersion {
            version: format!("0.{i}.0").parse().expect("a version"),
            metrics: [("roc_auc".to_owned(), *v), ("rmse".to_owned(), *v), ("odd".to_owned(), *v)]
                .into(),
        };
        world.probes.history = Looked::Found(past.iter().enumerate().map(version).collect());
        for name in ["roc-auc", "rmse", "odd"] {
            world.challenger.metrics.insert(name.into(), value);
        }
        world
    }

    fn answer(gate: &Expectation, world: &World) -> (Verdict, String) {
        let finding = gate.evaluate(&world.evidence()).remove(0);
        (finding.verdict, finding.code)
    }

    fn gate(metric: &str) -> Expectation {
        Expectation { metric: metric.into(), deviations: Some(2.0), ..Expectation::default() }
    }

    /// Mean 0.8, standard deviation 0.1.
    const PAST: [f64; 3] = [0.7, 0.8, 0.9];

    #[test]
    fn twins_on_both_sides_of_two_deviations() {
        let auc = gate("roc-auc");
        assert_eq!(answer(&auc, &world(&PAST, 0.6)), (Verdict::Pass, "as-expected".into()));
        assert_eq!(
            answer(&auc, &world(&PAST, 0.599_999)),
            (Verdict::Fail, "not-as-expected".into())
        );
        let rmse = gate("rmse");
        assert_eq!(answer(&rmse, &world(&PAST, 1.0)).0, Verdict::Pass);
        assert_eq!(answer(&rmse, &world(&PAST, 1.000_001)).0, Verdict::Fail);
        let relative = Expectation { deviations: None, tolerance: Some(0.25), ..gate("roc-auc") };
        assert_eq!(answer(&relative, &world(&PAST, 0.6)).0, Verdict::Pass);
        assert_eq!(answer(&relative, &world(&PAST, 0.59)).0, Verdict::Fail);
    }

    #[test]
    fn what_is_too_good_is_looked_at_and_an_unknown_metric_must_stay_where_it_was() {
        assert_eq!(answer(&gate("roc-auc"), &world(&PAST, 1.0)).0, Verdict::Pass);
        let leap = world(&[0.7, 0.71, 0.72], 0.99);
        assert_eq!(answer(&gate("roc-auc"), &leap), (Verdict::Warn, "better-than-expected".into()));
        assert_eq!(answer(&gate("rmse"), &leap).0, Verdict::Fail);
        assert_eq!(answer(&gate("odd"), &leap).0, Verdict::Fail);
        let same = world(&[0.1; 7], 0.1);
        assert_eq!(answer(&gate("odd"), &same).0, Verdict::Pass);
    }

    #[test]
    fn what_is_missing_never_passes() {
        let short = (Verdict::Warn, "too-little-history".to_owned());
        assert_eq!(answer(&gate("roc-auc"), &world(&[0.8, 0.8], 0.8)), short);
        assert_eq!(answer(&gate("roc-auc"), &world(&[0.8, 0.8, f64::NAN], 0.8)), short);
        assert_eq!(answer(&gate("f1"), &world(&PAST, 0.8)).1, "metric-missing");
        let infinite = answer(&gate("odd"), &world(&PAST, f64::INFINITY));
        assert_eq!(infinite, (Verdict::Fail, "metric-not-finite".into()));
        let unread = World::new();
        assert_eq!(answer(&gate("odd"), &unread), (Verdict::Error, "history-not-read".into()));
    }
}
