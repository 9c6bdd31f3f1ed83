//! `superiority`: the challenger is shown to be better than the champion.

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

const ID: &str = "superiority";

/// The lower end of the interval of the gain lies above the margin.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Superiority {
    /// The metric.
    #[schemars(with = "String")]
    pub metric: Metric,
    /// By how much the challenger must be better, in the metric's own unit.
    #[serde(default)]
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

impl Superiority {
    /// Checks the values; `key` names the list in messages.
    ///
    /// # Errors
    /// A margin below 0, or a method that gives no interval.
    pub(super) fn check(&self, key: &str) -> Result<()> {
        settings::margin(key, self.margin, &self.resampling())?;
        self.resampling().check_margin(key, Some(self.margin))?;
        self.resampling().check_metric(key, self.metric)
    }

    fn resampling(&self) -> Resampling {
        let Self { method, resamples, level, seed, .. } = *self;
        Resampling { method, resamples, level, seed }
    }

    fn judge(&self, gain: &Gain) -> Finding {
        let margin = self.margin;
        let than = match margin {
            0.0 => "better than the champion".to_owned(),
            _ => format!("better by more than {}", figure(margin)),
        };
        let finding = |code: &str, verdict, conclusion: String| {
            gain.finding(ID, code, verdict, margin, &conclusion)
        };
        let shown = gain.shown(margin);
        if shown == Some(true) {
            return finding("superior", Verdict::Pass, format!("shown to be {than}"));
        }
        if shown == Some(false) {
            let hint = match gain.is_permuted() {
                true => "a gain that is significant above 0 would have passed".to_owned(),
                false => format!("an interval wholly above {} would have passed", figure(margin)),
            };
            return finding("not-superior", Verdict::Fail, format!("not {than}")).hint(hint);
        }
        finding("superiority-unclear", Verdict::Inconclusive, format!("not shown to be {than}"))
            .hint(gain.power(margin))
    }
}

impl Gate for Superiority {
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

    fn gate(metric: Metric, margin: f64) -> Superiority {
        Superiority {
            metric,
            margin,
            method: Method::Auto,
            resamples: Some(400),
            level: None,
            seed: None,
        }
    }

    fn finding(gate: &Superiority, world: &World) -> Finding {
        gate.evaluate(&world.evidence()).remove(0)
    }

    #[test]
    fn twins_with_the_columns_swapped() {
        let mut world = World::new().with_predictions(600).with_champion();
        let better = finding(&gate(Metric::ROC_AUC, 0.0), &world);
        assert_eq!((better.verdict, better.code.as_str()), (Verdict::Pass, "superior"));
        world.swap();
        let worse = finding(&gate(Metric::ROC_AUC, 0.0), &world);
        assert_eq!((worse.verdict, worse.code.as_str()), (Verdict::Fail, "not-superior"));
        assert!(worse.hint.is_some() && worse.interval.is_some());
    }

    #[test]
    fn a_loss_is_better_when_it_is_lower() {
        let mut world = World::new().with_predictions(600).with_champion();
        let better = finding(&gate(Metric::BRIER, 0.0), &world);
        assert_eq!(better.verdict, Verdict::Pass, "{}", better.message);
        assert!(better.value.is_some_and(|v| v > 0.0), "the gain is positive");
        world.swap();
        assert_eq!(finding(&gate(Metric::BRIER, 0.0), &world).verdict, Verdict::Fail);
    }

    #[test]
    fn a_permutation_test_decides_where_it_is_asked_to() {
        let gate = |metric| Superiority {
            method: Method::Permutation,
            resamples: Some(400),
            ..gate(metric, 0.0)
        };
        let mut world = World::new().with_predictions(120).with_champion();
        for metric in [Metric::ROC_AUC, Metric::BRIER] {
            let better = finding(&gate(metric), &world);
            assert_eq!(better.code, "superior", "{}", better.message);
            assert!(better.message.contains("permutation p 0.0"), "{}", better.message);
        }
        world.swap();
        assert_eq!(finding(&gate(Metric::ROC_AUC), &world).code, "not-superior");
        world.tie();
        let alike = finding(&gate(Metric::ROC_AUC), &world);
        assert_eq!((alike.verdict, &*alike.code), (Verdict::Inconclusive, "superiority-unclear"));
        world.weigh(|_| 2.0);
        assert_eq!(finding(&gate(Metric::ROC_AUC), &world).code, "method-unsuitable");
        let with_margin = Superiority { margin: 0.01, ..gate(Metric::ROC_AUC) };
        assert!(with_margin.check("k").is_err() && gate(Metric::ROC_AUC).check("k").is_ok());
    }

    #[test]
    fn an_interval_across_the_margin_is_neither() {
        let world = World::new().with_predictions(600).with_champion();
        let clear = finding(&gate(Metric::ROC_AUC, 0.0), &world);
        let Some(interval) = clear.interval else { panic!("there is an interval") };
        let inside = (interval.low + clear.value.unwrap_or_default()) / 2.0;
        let unclear = finding(&gate(Metric::ROC_AUC, inside), &world);
        assert_eq!(unclear.code, "superiority-unclear");
        assert_eq!(unclear.verdict, Verdict::Inconclusive);
        assert!(unclear.hint.is_some_and(|h| h.contains("labelled rows")));
    }

    #[test]
    fn a_model_is_not_better_than_itself() {
        let mut world = World::new().with_predictions(600).with_champion();
        world.tie();
        assert_eq!(finding(&gate(Metric::ACCURACY, 0.0), &world).code, "not-superior");
    }

    #[test]
    fn the_finding_says_which_method() {
        let world = World::new().with_predictions(600).with_champion();
        let message = |gate: &Superiority| finding(gate, &world).message;
        let auto = |metric| Superiority { resamples: None, ..gate(metric, 0.0) };
        assert!(message(&auto(Metric::ROC_AUC)).contains("by DeLong's method, p < 0.0001)"));
        assert!(message(&auto(Metric::ACCURACY)).contains("by Bonett and Price's method)"));
        assert!(message(&auto(Metric::BRIER)).contains("by 1\u{2009}000 resamples)"));
        assert!(message(&gate(Metric::ROC_AUC, 0.0)).contains("by 400 resamples)"));
        let seeded = Superiority { seed: Some(7), ..auto(Metric::ROC_AUC) };
        assert!(message(&seeded).contains("by 1\u{2009}000 resamples)"));
        let bca = Superiority { method: Method::Bca, ..gate(Metric::ROC_AUC, 0.0) };
        assert!(message(&bca).contains("by 400 resamples, BCa)"));
        let mut few = World::new().with_predictions(60).with_champion();
        let found = finding(&auto(Metric::ROC_AUC), &few);
        assert!(found.message.contains("resamples"), "{}", found.message);
        few.group(|i| i as u32 / 3);
        let found = finding(&auto(Metric::ACCURACY), &few);
        assert!(found.message.contains("resamples of whole groups"), "{}", found.message);
        let delong = Superiority { method: Method::Delong, ..auto(Metric::ROC_AUC) };
        let found = finding(&delong, &few);
        assert_eq!((found.verdict, found.code.as_str()), (Verdict::Error, "method-unsuitable"));
    }

    #[test]
    fn methods_agree_where_they_all_apply() {
        let world = World::new().with_predictions(600).with_champion();
        let interval = |metric, method| {
            let gate = Superiority { method, resamples: None, ..gate(metric, 0.0) };
            finding(&gate, &world).interval.expect("there is an interval")
        };
        let pairs = [(Metric::ROC_AUC, Method::Delong), (Metric::ACCURACY, Method::BonettPrice)];
        for (metric, method) in pairs {
            let (a, b) = (interval(metric, method), interval(metric, Method::Bootstrap));
            let width = b.high - b.low;
            assert!((a.low - b.low).abs() < 0.1 * width, "{metric} {a:?} {b:?}");
            assert!((a.high - b.high).abs() < 0.1 * width, "{metric} {a:?} {b:?}");
        }
    }

    #[test]
    fn what_is_unclear_says_what_these_rows_can_show() {
        let world = World::new().with_predictions(100).with_champion();
        let found = finding(&gate(Metric::ROC_AUC, 0.33), &world);
        let hint = found.hint.unwrap_or_default();
        assert_eq!(found.verdict, Verdict::Inconclusive, "{}", found.message);
        assert!(hint.contains("with 100 rows a challenger that is truly better by +0."), "{hint}");
        assert!(hint.contains("passes 4 times in 5; about "), "{hint}");
    }
}
