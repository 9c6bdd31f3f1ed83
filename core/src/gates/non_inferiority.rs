//! `non-inferiority`: the challenger is shown to be no worse than the champion by more than a
//! margin.

use schemars::JsonSchema;
use serde::Deserialize;

use super::evidence::Evidence;
use super::gate::Gate;
use super::method::{Method, Resampling};
use super::paired::{Gain, gain};
use super::settings;
use crate::domain::error::Result;
use crate::domain::verdict::{Finding, Verdict};
use crate::stats::Metric;
use crate::stats::number::figure;

const ID: &str = "non-inferiority";

/// The lower end of the interval of the gain lies at or above −margin.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NonInferiority {
    /// The metric.
    #[schemars(with = "String")]
    pub metric: Metric,
    /// By how much the challenger may be worse, in the metric's own unit.
    pub margin: f64,
    /// How the interval of the difference is made.
    #[serde(default)]
    pub method: Method,
    /// Number of resamples of the bootstrap; 1000 when left out.
    #[serde(default)]
    pub resamples: Option<usize>,
    /// Confidence level of the two-sided interval; 0.95 when left out.
    #[serde(default)]
    pub level: Option<f64>,
    /// Seed of the bootstrap; 42 when left out. The same seed gives the same interval.
    #[serde(default)]
    pub seed: Option<u64>,
}

impl NonInferiority {
    /// Checks the values; `key` names the list in messages.
    ///
    /// # Errors
    /// A margin below 0, or a method that gives no interval.
    pub(super) fn check(&self, key: &str) -> Result<()> {
        settings::margin(key, self.margin, &self.resampling())?;
        self.resampling().check_margin(key, None)?;
        self.resampling().check_metric(key, self.metric)
    }

    fn resampling(&self) -> Resampling {
        let Self { method, resamples, level, seed, .. } = *self;
        Resampling { method, resamples, level, seed }
    }

    fn judge(&self, gain: &Gain) -> Finding {
        let bound = 0.0 - self.margin;
        let than = match self.margin {
            0.0 => "worse than the champion".to_owned(),
            _ => format!("worse by more than {}", figure(self.margin)),
        };
        let finding = |code: &str, verdict, conclusion: String| {
            gain.finding(ID, code, verdict, bound, &conclusion)
        };
        if gain.interval.low >= bound {
            return finding("non-inferior", Verdict::Pass, format!("shown to be not {than}"));
        }
        if gain.interval.high < bound {
            let hint =
                format!("an interval wholly at or above {} would have passed", figure(bound));
            return finding("inferior", Verdict::Fail, than).hint(hint);
        }
        let unclear = format!("not shown to be not {than}");
        finding("non-inferiority-unclear", Verdict::Inconclusive, unclear).hint(gain.power(bound))
    }
}

impl Gate for NonInferiority {
    fn id(&self) -> &'static str {
        ID
    }

    fn evaluate(&self, evidence: &Evidence<'_>) -> Vec<Finding> {
        vec![match gain(ID, self.metric, self.resampling(), evidence) {
            Ok(gain) => self.judge(&gain),
            Err(finding) => *finding,
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::World;
    use super::*;

    fn gate(margin: f64) -> NonInferiority {
        NonInferiority {
            metric: Metric::ROC_AUC,
            margin,
            method: Method::Auto,
            resamples: Some(400),
            level: None,
            seed: None,
        }
    }

    fn answer(margin: f64, world: &World) -> (Verdict, String) {
        let finding = gate(margin).evaluate(&world.evidence()).remove(0);
        (finding.verdict, finding.code)
    }

    #[test]
    fn twins_with_a_wide_and_a_narrow_margin() {
        let mut world = World::new().with_predictions(600).with_champion();
        world.swap();
        let measured = gate(0.0).evaluate(&world.evidence()).remove(0);
        let Some(interval) = measured.interval else { panic!("there is an interval") };
        assert_eq!(answer(0.0, &world), (Verdict::Fail, "inferior".into()));
        let wide = -interval.low + 1e-6;
        assert_eq!(answer(wide, &world), (Verdict::Pass, "non-inferior".into()));
        let between = -(interval.low + interval.high) / 2.0;
        let unclear = (Verdict::Inconclusive, "non-inferiority-unclear".into());
        assert_eq!(answer(between, &world), unclear);
    }

    #[test]
    fn a_model_is_not_inferior_to_itself() {
        let mut world = World::new().with_predictions(600).with_champion();
        world.tie();
        assert_eq!(answer(0.0, &world), (Verdict::Pass, "non-inferior".into()));
    }

    #[test]
    fn without_both_models_on_the_same_rows_it_is_no_pass() {
        let alone = World::new().with_predictions(600);
        assert_eq!(answer(0.1, &alone), (Verdict::Warn, "no-champion".into()));
        let mut unscored = World::new().with_predictions(600).with_champion();
        unscored.forget_champion_scores();
        assert_eq!(answer(0.1, &unscored), (Verdict::Inconclusive, "no-champion-scores".into()));
        let few = World::new().with_predictions(24).with_champion();
        assert_eq!(answer(1.0, &few), (Verdict::Inconclusive, "too-few-rows".into()));
        let none = World::new().with_predictions(0).with_champion();
        assert_eq!(answer(1.0, &none), (Verdict::Error, "no-rows".into()));
        let mut broken = World::new().with_predictions(600).with_champion();
        broken.scores(|i, score| if i == 3 { f64::INFINITY } else { score });
        assert_eq!(answer(1.0, &broken), (Verdict::Error, "not-a-number".into()));
        let rmse = NonInferiority { metric: Metric::RMSE, ..gate(1.0) };
        let world = World::new().with_predictions(600).with_champion();
        assert_eq!(rmse.evaluate(&world.evidence())[0].code, "metric-not-computable");
    }

    #[test]
    fn a_few_rows_without_disagreement_show_no_likeness() {
        let mut world = World::new().with_predictions(60).with_champion();
        world.tie();
        let gate = |method| NonInferiority {
            metric: Metric::ACCURACY,
            method,
            resamples: None,
            ..gate(0.02)
        };
        let verdict =
            |gate: &NonInferiority, world: &World| gate.evaluate(&world.evidence()).remove(0);
        // The same answers everywhere: the same model, as far as these rows go.
        assert_eq!(verdict(&gate(Method::Auto), &world).verdict, Verdict::Pass);
        // Other scores on the same side of the threshold: sixty rows cannot show 0.02.
        world.scores(|_, score| if score < 0.5 { score / 2.0 } else { score });
        let found = verdict(&gate(Method::Auto), &world);
        assert_eq!(found.code, "non-inferiority-unclear", "{}", found.message);
        assert_eq!(verdict(&gate(Method::Bootstrap), &world).verdict, Verdict::Pass);
    }
}
