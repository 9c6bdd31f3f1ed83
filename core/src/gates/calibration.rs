//! `calibration`: what is given a probability of 0.8 comes true in 80 % of the cases.

use schemars::JsonSchema;
use serde::Deserialize;

use super::decisions::{no_predictions, too_few};
use super::evidence::{Evidence, Predictions};
use super::gate::Gate;
use super::paired::refused;
use super::settings::finite;
use crate::domain::error::{Error, Result};
use crate::domain::metric::Task;
use crate::domain::verdict::{Figure, Finding, Interval, Verdict};
use crate::stats::curves::calibration::{Bin, Binning, calibration};
use crate::stats::number::{apart, count, counted, figure, percent};
use crate::stats::recalibration::{Coefficient, intercept, slope};
use crate::stats::{Metric, Undefined, measure};

const ID: &str = "calibration";
/// Confidence level, when the settings do not say.
const LEVEL: f64 = 0.95;
/// Bins of the reliability table.
const BINS: usize = 10;

/// What is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CalibrationMeasure {
    /// Expected calibration error over ten bins of equal width.
    Ece,
    /// Mean squared distance of the probability from the label.
    Brier,
    /// Slope of a logistic recalibration; 1 is best.
    Slope,
    /// Intercept of a logistic recalibration with slope 1; 0 is best.
    Intercept,
}

/// Bounds on a measure of calibration.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Calibration {
    /// What is bounded.
    pub measure: CalibrationMeasure,
    /// Least value that passes.
    #[serde(default)]
    pub min: Option<f64>,
    /// Largest value that passes.
    #[serde(default)]
    pub max: Option<f64>,
    /// Confidence level of the interval of slope and intercept; 0.95 when left out.
    #[serde(default)]
    pub level: Option<f64>,
}

impl Calibration {
    /// Checks the values; `key` names the list in messages.
    ///
    /// # Errors
    /// No bound, bounds that are not finite or exclude each other, a level that is none.
    pub(super) fn check(&self, key: &str) -> Result<()> {
        finite(&format!("{key}.min"), self.min)?;
        finite(&format!("{key}.max"), self.max)?;
        match (self.min, self.max) {
            (None, None) => {
                return Err(Error::config(format!("`{key}` gives {} no bound", self.name())).hint(
                    "write {measure: ece, max: 0.05}, or {measure: slope, min: 0.8, max: 1.2}",
                ));
            }
            (Some(min), Some(max)) if min > max => {
                return Err(Error::config(format!("`{key}.min` is {min}, above its max {max}"))
                    .hint("bounds must leave room for a value that passes"));
            }
            _ => {}
        }
        if let Some(level) = self.level.filter(|l| !(*l >= 0.5 && *l < 1.0)) {
            return Err(Error::config(format!("`{key}.level` is {level}"))
                .hint("give a confidence level from 0.5 to below 1, such as 0.95"));
        }
        Ok(())
    }

    fn name(&self) -> &'static str {
        match self.measure {
            CalibrationMeasure::Ece => "ece",
            CalibrationMeasure::Brier => "brier",
            CalibrationMeasure::Slope => "slope",
            CalibrationMeasure::Intercept => "intercept",
        }
    }

    fn finding(&self, code: &str, verdict: Verdict, message: String) -> Finding {
        Finding::new(ID, code, verdict, message).subject(self.name())
    }

    /// The value, its interval where it has one, and how many rows were clipped.
    fn value(&self, p: &Predictions) -> Result<(f64, Option<Interval>, usize), Undefined> {
        let sample = p.challenger();
        let with_interval = |found: Coefficient| {
            let interval = found.interval(self.level.unwrap_or(LEVEL));
            (found.value, Some(interval), found.clipped)
        };
        // Labels and scores are checked by the metric, whatever is then measured.
        let brier = measure(Metric::BRIER, sample)?;
        match self.measure {
            CalibrationMeasure::Ece => Ok((measure(Metric::ECE, sample)?, None, 0)),
            CalibrationMeasure::Brier => Ok((brier, None, 0)),
            CalibrationMeasure::Slope => slope(&sample).map(with_interval),
            CalibrationMeasure::Intercept => intercept(&sample).map(with_interval),
        }
    }

    fn judge(&self, predictions: &Predictions) -> Result<Finding, Box<Finding>> {
        let (name, source) = (self.name(), &predictions.source);
        if predictions.task != Task::Binary {
            let message =
                "calibration is measured on the probabilities of a binary task".to_owned();
            let finding = self.finding("metric-not-computable", Verdict::Error, message);
            return Err(Box::new(finding.hint("check `predictions.task`")));
        }
        let found = self.value(predictions).map_err(|e| refused(ID, name, source, &e))?;
        if let Some(why) = predictions.too_few() {
            return Err(Box::new(too_few(ID, name, source, &why).value(found.0)));
        }
        let bins =
            calibration(&predictions.challenger(), BINS, Binning::Uniform).unwrap_or_default();
        Ok(self.verdict(found, &bins).evidence(bins.iter().map(bin_figure)))
    }

    /// With an interval: good where all of it is within the bounds, bad where none is.
    fn verdict(
        &self,
        (value, interval, clipped): (f64, Option<Interval>, usize),
        bins: &[Bin],
    ) -> Finding {
        let (low, high) = interval.map_or((value, value), |i| (i.low, i.high));
        let below = |x: f64| self.min.is_some_and(|min| x < min);
        let above = |x: f64| self.max.is_some_and(|max| x > max);
        let bound = match (self.min, self.max) {
            (Some(min), Some(max)) => {
                if value - min < max - value {
                    min
                } else {
                    max
                }
            }
            (min, max) => min.or(max).unwrap_or(value),
        };
        let (shown, _) = apart(value, bound);
        let range = interval.map(|i| {
            format!(" ({} interval {} to {})", percent(i.level), figure(i.low), figure(i.high))
        });
        let clipped = match clipped {
            0 => String::new(),
            n => format!(
                "; {} with a probability of 0 or 1 taken as just inside",
                counted(n as u64, "row")
            ),
        };
        let numbers = format!(
            "{} is {shown}{}, {}{clipped}",
            self.name(),
            range.unwrap_or_default(),
            worst_bin(bins)
        );
        let finding = |code: &str, verdict, words: &str| {
            let finding = self
                .finding(code, verdict, format!("{numbers}: {words}"))
                .value(value)
                .bound(bound);
            match interval {
                Some(interval) => finding.interval(interval),
                None => finding,
            }
        };
        let what = if interval.is_some() { "an interval" } else { "a value" };
        let hint = format!("{what} {} would have passed", self.range());
        if below(high) || above(low) {
            return finding("badly-calibrated", Verdict::Fail, &format!("not {}", self.range()))
                .hint(hint);
        }
        if below(low) || above(high) {
            return finding(
                "calibration-unclear",
                Verdict::Inconclusive,
                &format!("not shown to be {}", self.range()),
            )
            .hint(format!("{hint}: give more labelled rows"));
        }
        finding("well-calibrated", Verdict::Pass, &self.range())
    }

    fn range(&self) -> String {
        match (self.min, self.max) {
            (Some(min), Some(max)) => format!("from {min} to {max}"),
            (Some(min), None) => format!("at or above {min}"),
            (None, Some(max)) => format!("at or below {max}"),
            (None, None) => "anywhere".to_owned(),
        }
    }
}

/// The bin that adds most to the calibration error.
fn worst_bin(bins: &[Bin]) -> String {
    let weight = |bin: &&Bin| bin.rows as f64 * (bin.predicted - bin.observed).abs();
    match bins.iter().max_by(|a, b| weight(a).total_cmp(&weight(b))) {
        Some(bin) => format!(
            "worst where {} on average was predicted and {} came true ({} rows)",
            figure(bin.predicted),
            figure(bin.observed),
            count(bin.rows)
        ),
        None => "no bin has rows".to_owned(),
    }
}

fn bin_figure(bin: &Bin) -> Figure {
    Figure::new("predicted, against what came true", bin.predicted)
        .against(Some(bin.observed))
        .rows(usize::try_from(bin.rows).unwrap_or(usize::MAX))
}

impl Gate for Calibration {
    fn id(&self) -> &'static str {
        ID
    }

    fn evaluate(&self, evidence: &Evidence<'_>) -> Vec<Finding> {
        vec![match evidence.predictions {
            None => *no_predictions(ID, self.name()),
            Some(predictions) => self.judge(predictions).unwrap_or_else(|finding| *finding),
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::World;
    use super::*;

    fn gate(measure: CalibrationMeasure, min: Option<f64>, max: Option<f64>) -> Calibration {
        Calibration { measure, min, max, level: None }
    }

    /// Rows whose probabilities 0.25 and 0.75 come true, or are `off` from it.
    fn world(rows: usize, off: f64) -> World {
        let mut world = World::new().with_predictions(rows);
        world.labels(|i| f64::from(if i % 8 < 4 { i % 4 == 0 } else { i % 4 != 0 }));
        world.scores(move |i, _| if i % 8 < 4 { 0.25 + off } else { 0.75 + off });
        world
    }

    fn answer(gate: &Calibration, world: &World) -> (Verdict, String) {
        let finding = gate.evaluate(&world.evidence()).remove(0);
        (finding.verdict, finding.code)
    }

    #[test]
    fn twins_of_errors() {
        let ece = gate(CalibrationMeasure::Ece, None, Some(0.04));
        assert_eq!(answer(&ece, &world(800, 0.03)), (Verdict::Pass, "well-calibrated".into()));
        assert_eq!(answer(&ece, &world(800, 0.05)), (Verdict::Fail, "badly-calibrated".into()));
        let brier = gate(CalibrationMeasure::Brier, None, Some(0.1875));
        assert_eq!(answer(&brier, &world(800, 0.0)).0, Verdict::Pass);
        assert_eq!(answer(&brier, &world(800, 0.01)).0, Verdict::Fail);
    }

    #[test]
    fn slope_and_intercept_are_judged_by_their_intervals() {
        let slope = |min, max| gate(CalibrationMeasure::Slope, Some(min), Some(max));
        assert_eq!(answer(&slope(0.8, 1.2), &world(8000, 0.0)).1, "well-calibrated");
        assert_eq!(answer(&slope(0.8, 1.2), &world(80, 0.0)).1, "calibration-unclear");
        assert_eq!(answer(&slope(1.2, 1.4), &world(8000, 0.0)).1, "badly-calibrated");
        let intercept = gate(CalibrationMeasure::Intercept, Some(-0.2), Some(0.2));
        assert_eq!(answer(&intercept, &world(8000, 0.0)).1, "well-calibrated");
        assert_eq!(answer(&intercept, &world(8000, 0.1)).1, "badly-calibrated");
        let finding = slope(0.8, 1.2).evaluate(&world(8000, 0.0).evidence()).remove(0);
        assert!((finding.value.expect("a value") - 1.0).abs() < 1e-9);
        assert_eq!(finding.evidence.len(), 2);
    }

    #[test]
    fn what_cannot_be_measured_never_passes() {
        let ece = gate(CalibrationMeasure::Ece, None, Some(1.0));
        assert_eq!(answer(&ece, &World::new()), (Verdict::Inconclusive, "no-predictions".into()));
        assert_eq!(answer(&ece, &world(16, 0.0)), (Verdict::Inconclusive, "too-few-rows".into()));
        assert_eq!(
            answer(&ece, &world(800, 0.3)),
            (Verdict::Error, "score-not-a-probability".into())
        );
        let slope = gate(CalibrationMeasure::Slope, None, Some(9.0));
        let mut same = world(800, 0.0);
        same.scores(|_, _| 0.5);
        assert_eq!(answer(&slope, &same), (Verdict::Error, "metric-undefined".into()));
        same.scores(|i, s| if i == 2 { f64::NAN } else { s });
        assert_eq!(answer(&slope, &same), (Verdict::Error, "not-a-number".into()));
        let mut numbers = world(800, 0.0);
        numbers.regression();
        assert_eq!(answer(&ece, &numbers).1, "metric-not-computable");
    }

    #[test]
    fn settings_without_room_are_refused() {
        assert!(gate(CalibrationMeasure::Ece, None, None).check("k").is_err());
        assert!(gate(CalibrationMeasure::Ece, Some(1.0), Some(0.5)).check("k").is_err());
        assert!(gate(CalibrationMeasure::Ece, None, Some(f64::NAN)).check("k").is_err());
        assert!(gate(CalibrationMeasure::Slope, Some(0.8), Some(1.2)).check("k").is_ok());
    }
}
