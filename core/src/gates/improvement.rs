//! `improvement`: the challenger's metric is better than the champion's by a number, as measured.
//!
//! No statistics: it compares two numbers, also those in the packages when there are no
//! predictions. `superiority` and `non-inferiority` say whether a difference is more than chance.

use schemars::JsonSchema;
use serde::Deserialize;

use super::absolute::lookup;
use super::evidence::{Evidence, Predictions};
use super::gate::Gate;
use super::paired::{no_champion, refused};
use super::settings::finite;
use crate::domain::error::Result;
use crate::domain::metric::Direction;
use crate::domain::verdict::{Finding, Verdict};
use crate::stats::number::{apart, figure, signed};
use crate::stats::{Metric, Sample, decimal, measure};

const ID: &str = "improvement";

/// Challenger − champion, turned so that positive is better, is at least `min`. Compared as
/// decimals: 0.85 is 0.05 better than 0.80.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Improvement {
    /// The metric.
    #[schemars(with = "String")]
    pub metric: Metric,
    /// Least improvement in the metric's own unit; below 0 it allows a loss.
    pub min: f64,
}

impl Improvement {
    /// Checks the values; `key` names the list in messages.
    ///
    /// # Errors
    /// A number that is not finite.
    pub(super) fn check(&self, key: &str) -> Result<()> {
        finite(&format!("{key}.min"), Some(self.min))
    }

    fn finding(&self, code: &str, verdict: Verdict, message: String) -> Finding {
        Finding::new(ID, code, verdict, message).subject(self.metric.name()).bound(self.min)
    }

    /// The metric of the challenger and of the champion.
    fn values(&self, evidence: &Evidence<'_>) -> Result<(f64, f64), Box<Finding>> {
        let Some(champion) = evidence.champion else {
            return Err(Box::new(no_champion(ID, self.metric.name())));
        };
        if let Some(predictions) = evidence.predictions.filter(|p| self.metric.suits(p.task))
            && let Some(champion) = predictions.champion()
        {
            return self.computed(predictions, champion);
        }
        let of = |manifest: &crate::domain::package::Manifest, who: &str| {
            let value = lookup(&manifest.metrics, self.metric.name());
            value.filter(|v| v.is_finite()).ok_or_else(|| {
                let message = format!("the package of the {who} has no {}", self.metric);
                let finding = self.finding("metric-missing", Verdict::Error, message);
                Box::new(finding.hint("both packages need the metric, or give predictions"))
            })
        };
        let ours = of(evidence.challenger.manifest, "challenger")?;
        Ok((ours, of(champion.manifest, "champion")?))
    }

    fn computed(&self, p: &Predictions, champion: Sample<'_>) -> Result<(f64, f64), Box<Finding>> {
        let value = |sample: Sample<'_>| {
            measure(self.metric, sample).map_err(|e| refused(ID, self.metric.name(), &p.source, &e))
        };
        let values = (value(p.challenger())?, value(champion)?);
        match p.too_few() {
            None => Ok(values),
            Some(why) => {
                let message = format!("{}: too few to judge by: {why}", p.source);
                let finding = self.finding("too-few-rows", Verdict::Inconclusive, message);
                Err(Box::new(finding.hint("give more labelled rows")))
            }
        }
    }

    fn judge(&self, challenger: f64, champion: f64) -> Finding {
        let gain = match self.metric.direction() {
            Direction::HigherIsBetter => decimal::difference(challenger, champion),
            Direction::LowerIsBetter => decimal::difference(champion, challenger),
        };
        let (metric, min) = (self.metric, self.min);
        let (ours, theirs) = apart(challenger, champion);
        let numbers = format!(
            "{metric} is {ours} against the champion's {theirs}: better by {}",
            signed(gain)
        );
        if gain >= min {
            let message = format!("{numbers}, at least {} was asked for", figure(min));
            return self.finding("improved", Verdict::Pass, message).value(gain);
        }
        let (_, asked) = apart(gain, min);
        self.finding("not-improved", Verdict::Fail, format!("{numbers}, less than {asked}"))
            .value(gain)
            .hint(format!("an improvement of {min} or more would have passed"))
    }
}

impl Gate for Improvement {
    fn id(&self) -> &'static str {
        ID
    }

    fn evaluate(&self, evidence: &Evidence<'_>) -> Vec<Finding> {
        vec![match self.values(evidence) {
            Ok((challenger, champion)) => self.judge(challenger, champion),
            Err(finding) => *finding,
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::World;
    use super::*;

    fn answer(metric: Metric, min: f64, ours: f64, theirs: f64) -> Finding {
        let mut world = World::new().with_champion();
        world.challenger.metrics.insert(metric.name().into(), ours);
        world.champion.metrics.insert(metric.name().into(), theirs);
        Improvement { metric, min }.evaluate(&world.evidence()).remove(0)
    }

    #[test]
    fn twins_compared_as_they_are_written() {
        let passes = answer(Metric::ROC_AUC, 0.05, 0.85, 0.80);
        assert_eq!((passes.verdict, passes.value), (Verdict::Pass, Some(0.05)));
        let fails = answer(Metric::ROC_AUC, 0.05, 0.849_999, 0.80);
        assert_eq!((fails.verdict, fails.code.as_str()), (Verdict::Fail, "not-improved"));
        assert_eq!(answer(Metric::RMSE, 0.05, 0.80, 0.85).verdict, Verdict::Pass);
        assert_eq!(answer(Metric::RMSE, 0.0, 0.85, 0.80).verdict, Verdict::Fail);
        assert_eq!(answer(Metric::ROC_AUC, -0.05, 0.80, 0.85).verdict, Verdict::Pass);
    }

    #[test]
    fn what_is_missing_never_passes() {
        assert_eq!(answer(Metric::ROC_AUC, 0.0, 0.9, f64::NAN).code, "metric-missing");
        let alone = World::new();
        let gate = Improvement { metric: Metric::ROC_AUC, min: -1.0 };
        assert_eq!(gate.evaluate(&alone.evidence())[0].code, "no-champion");
        let few = World::new().with_predictions(20).with_champion();
        assert_eq!(gate.evaluate(&few.evidence())[0].code, "too-few-rows");
    }
}
