//! What `superiority` and `non-inferiority` share: the interval of the difference between two
//! models on the same rows, or the reason why there is none.

use super::evidence::{Evidence, Predictions};
use crate::domain::error::{Error, Result};
use crate::domain::metric::Direction;
use crate::domain::verdict::{Finding, Interval, Verdict};
use crate::stats::bootstrap::{MIN_RESAMPLES, Options, PairedDifference, paired_difference};
use crate::stats::number::{count, figure, percent, signed};
use crate::stats::{Metric, Sample, Undefined};

/// Most resamples that a gate may ask for.
const MAX_RESAMPLES: usize = 100_000;

/// How the interval is made.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Resampling {
    pub(super) resamples: Option<usize>,
    pub(super) level: Option<f64>,
}

impl Resampling {
    /// Checks the values; `key` names the gate in messages.
    pub(super) fn check(&self, key: &str) -> Result<()> {
        if let Some(n) = self.resamples.filter(|n| !(MIN_RESAMPLES..=MAX_RESAMPLES).contains(n)) {
            return Err(Error::config(format!("`{key}.resamples` is {n}"))
                .hint(format!("give a number from {MIN_RESAMPLES} to {MAX_RESAMPLES}")));
        }
        if let Some(level) = self.level.filter(|l| !(*l >= 0.5 && *l < 1.0)) {
            return Err(Error::config(format!("`{key}.level` is {level}"))
                .hint("give a confidence level from 0.5 to below 1, such as 0.95"));
        }
        Ok(())
    }

    fn options(&self) -> Options<'static> {
        let default = Options::default();
        Options {
            resamples: self.resamples.unwrap_or(default.resamples),
            level: self.level.unwrap_or(default.level),
            ..default
        }
    }
}

/// By how much the challenger is better: positive is better, whatever the metric's direction.
#[derive(Debug)]
pub(super) struct Gain {
    pub(super) value: f64,
    pub(super) interval: Interval,
    found: PairedDifference,
}

impl Gain {
    fn of(found: PairedDifference) -> Self {
        let Interval { low, high, level } = found.interval;
        match found.metric.direction() {
            Direction::HigherIsBetter => {
                Self { value: found.difference, interval: found.interval, found }
            }
            Direction::LowerIsBetter => Self {
                value: 0.0 - found.difference,
                interval: Interval { low: 0.0 - high, high: 0.0 - low, level },
                found,
            },
        }
    }

    /// The finding, with the numbers in its message.
    pub(super) fn finding(
        &self,
        gate: &str,
        code: &str,
        verdict: Verdict,
        bound: f64,
        conclusion: &str,
    ) -> Finding {
        let PairedDifference { metric, challenger, champion, rows, .. } = self.found;
        let Interval { low, high, level } = self.interval;
        let message = format!(
            "{metric} is {} against the champion's {} on {} rows: better by {} ({} interval {} to \
             {}), {conclusion}",
            figure(challenger),
            figure(champion),
            count(rows as u64),
            signed(self.value),
            percent(level),
            signed(low),
            signed(high),
        );
        Finding::new(gate, code, verdict, message)
            .subject(metric.name())
            .value(self.value)
            .bound(bound)
            .interval(self.interval)
    }

    /// How many rows would probably settle it: the interval shrinks with the root of their number.
    pub(super) fn rows_needed(&self, bound: f64) -> String {
        let room = self.value - bound;
        let half = self.value - self.interval.low;
        if room <= 0.0 || half <= 0.0 {
            return "the measured difference itself is not enough; more rows alone will hardly help"
                .to_owned();
        }
        let rows = (self.found.rows as f64 * (half / room).powi(2)).ceil();
        if rows > 1e9 {
            return "the measured difference is at the bound; no number of rows will settle it"
                .to_owned();
        }
        let factor = 10f64.powf((rows.log10().floor() - 1.0).max(0.0));
        let rounded = ((rows / factor).ceil() * factor) as u64;
        format!("about {} labelled rows would probably settle it", count(rounded))
    }
}

/// The gain of the challenger over the champion, or a finding that says why there is none.
pub(super) fn gain(
    gate: &str,
    metric: Metric,
    resampling: Resampling,
    evidence: &Evidence<'_>,
) -> Result<Gain, Box<Finding>> {
    let finding = |code: &str, verdict, message: String| {
        Finding::new(gate, code, verdict, message).subject(metric.name())
    };
    if evidence.champion.is_none() {
        return Err(Box::new(no_champion(gate, metric.name())));
    }
    let Some(predictions) = evidence.predictions else {
        let message = format!("{metric} cannot be compared without predictions of both models");
        return Err(Box::new(
            finding("no-predictions", Verdict::Inconclusive, message)
                .hint("give --predictions FILE, or `predictions.path`"),
        ));
    };
    if !metric.suits(predictions.task) {
        let message = format!("{metric} cannot be computed from these predictions");
        return Err(Box::new(
            finding("metric-not-computable", Verdict::Error, message)
                .hint("check `predictions.task`"),
        ));
    }
    let Some(champion) = predictions.champion() else {
        let column = &predictions.champion_column;
        let message = format!("{} has no scores of the champion", predictions.source);
        return Err(Box::new(
            finding("no-champion-scores", Verdict::Inconclusive, message)
                .hint(format!("score the same rows with the champion into a column `{column}`")),
        ));
    };
    compare(gate, metric, resampling, predictions, champion).map(Gain::of)
}

fn compare(
    gate: &str,
    metric: Metric,
    resampling: Resampling,
    predictions: &Predictions,
    champion: Sample<'_>,
) -> Result<PairedDifference, Box<Finding>> {
    let source = &predictions.source;
    let found =
        paired_difference(metric, predictions.challenger(), champion, &resampling.options());
    let too_few = |why: String| {
        let message = format!("{source}: too few to judge by: {why}");
        let finding = Finding::new(gate, "too-few-rows", Verdict::Inconclusive, message);
        Box::new(finding.subject(metric.name()).hint("give more labelled rows"))
    };
    match (found, predictions.too_few()) {
        (Ok(_) | Err(Undefined::Resamples { .. }), Some(why)) => Err(too_few(why)),
        (Ok(found), None) => Ok(found),
        (Err(e), _) => Err(refused(gate, metric.name(), source, &e)),
    }
}

/// The first version has nothing to be compared with: a warning, because nothing was shown.
pub(super) fn no_champion(gate: &str, subject: &str) -> Finding {
    let message = "there is no champion to compare with";
    Finding::new(gate, "no-champion", Verdict::Warn, message)
        .subject(subject)
        .hint("promote a version to `champion`, or give --against")
}

/// The finding for rows that a metric cannot use.
pub(super) fn refused(gate: &str, subject: &str, source: &str, why: &Undefined) -> Box<Finding> {
    let code = match why {
        Undefined::NoRows => "no-rows",
        Undefined::OneClass { .. } => "one-class",
        Undefined::NotFinite { .. } => "not-a-number",
        Undefined::NotBinary { .. } => "label-not-binary",
        Undefined::NotClass { .. } => "label-not-a-class",
        Undefined::NotProbability { .. } | Undefined::ProbabilitySum { .. } => {
            "score-not-a-probability"
        }
        Undefined::NegativeWeight { .. } | Undefined::ZeroWeights | Undefined::WeightSum { .. } => {
            "weight-not-usable"
        }
        _ => "metric-undefined",
    };
    let message = format!("{source}: {subject} has no value: {why}");
    Box::new(Finding::new(gate, code, Verdict::Error, message).subject(subject).hint(why.hint()))
}
