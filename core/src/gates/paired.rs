//! What `superiority` and `non-inferiority` share: the interval of the difference between two
//! models on the same rows, or the reason why there is none.

use super::evidence::{Evidence, Predictions};
use super::method::{Chosen, Resampling};
use crate::domain::metric::Direction;
use crate::domain::verdict::{Finding, Interval, Verdict};
use crate::stats::bootstrap::{self, PairedDifference, paired_difference};
use crate::stats::inference::mcnemar::Disagreements;
use crate::stats::inference::swap::swapped;
use crate::stats::inference::{Alternative, paired_shares, permutation, power};
use crate::stats::number::{count, figure, p_value, percent, signed};
use crate::stats::{Metric, Sample, Undefined, decimal, delong, measure, normal};

/// By how much the challenger is better: positive is better, whatever the metric's direction.
#[derive(Debug)]
pub(super) struct Gain {
    pub(super) value: f64,
    pub(super) interval: Interval,
    found: PairedDifference,
    /// The method in words.
    method: String,
    /// Whether the interval follows from the normal distribution, and so a p-value.
    normal: bool,
    /// The chance of so large a gain, and of so small a one, where models are alike: by permutation.
    permuted: Option<[f64; 2]>,
}

impl Gain {
    fn of(found: PairedDifference, method: String, normal: bool) -> Self {
        let Interval { low, high, level } = found.interval;
        let (value, interval) = match found.metric.direction() {
            Direction::HigherIsBetter => (found.difference, found.interval),
            Direction::LowerIsBetter => {
                (0.0 - found.difference, Interval { low: 0.0 - high, high: 0.0 - low, level })
            }
        };
        Self { value, interval, found, method, normal, permuted: None }
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
             {} {}{}), {conclusion}",
            figure(challenger),
            figure(champion),
            count(rows as u64),
            signed(self.value),
            percent(level),
            signed(low),
            signed(high),
            self.method,
            self.p_value(bound),
        );
        Finding::new(gate, code, verdict, message)
            .subject(metric.name())
            .value(self.value)
            .bound(bound)
            .interval(self.interval)
    }

    /// Whether the gain is shown to lie above the bound, or shown not to; none where neither is.
    pub(super) fn shown(&self, bound: f64) -> Option<bool> {
        let Interval { low, high, level } = self.interval;
        let (above, below) = match self.permuted {
            Some(p) => (p[0] <= (1.0 - level) / 2.0, p[1] <= (1.0 - level) / 2.0),
            None => (low > bound, high <= bound),
        };
        (above || below).then_some(above)
    }

    /// Whether a permutation test decides.
    pub(super) fn is_permuted(&self) -> bool {
        self.permuted.is_some()
    }

    /// Two-sided, of the bound being the truth; it agrees with the interval.
    fn p_value(&self, bound: f64) -> String {
        if let Some([above, below]) = self.permuted {
            return format!("; permutation p {:.4}", (2.0 * above.min(below)).min(1.0));
        }
        if !self.normal || self.found.standard_error == 0.0 {
            return String::new();
        }
        let p = normal::two_sided((self.value - bound) / self.found.standard_error);
        format!(", {}", p_value(p))
    }

    /// What this many rows can show, and how many would probably settle it: the standard error
    /// shrinks with the root of their number.
    pub(super) fn power(&self, bound: f64) -> String {
        let (error, level, rows) =
            (self.found.standard_error, self.interval.level, self.found.rows);
        let seen = bound + power::smallest_difference(error, level, power::USUAL);
        let shown = format!(
            "with {} rows a challenger that is truly better by {} passes 4 times in 5",
            count(rows as u64),
            signed(seen),
        );
        let room = self.value - bound;
        if room <= 0.0 {
            return format!(
                "{shown}; the measured difference itself is not enough, so more labelled rows \
                 alone will hardly help"
            );
        }
        let needed = power::rows_needed(rows, error, room, level, power::USUAL).ceil();
        if needed > 1e9 {
            return format!(
                "{shown}; the measured difference is at the bound, and no number of labelled rows \
                 will settle it"
            );
        }
        let factor = 10f64.powf((needed.log10().floor() - 1.0).max(0.0));
        let rounded = ((needed / factor).ceil() * factor) as u64;
        format!(
            "{shown}; about {} labelled rows would probably settle it, if the measured difference \
             is the true one",
            count(rounded)
        )
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
    compare(gate, metric, resampling, predictions, champion)
}

fn compare(
    gate: &str,
    metric: Metric,
    resampling: Resampling,
    predictions: &Predictions,
    champion: Sample<'_>,
) -> Result<Gain, Box<Finding>> {
    let source = &predictions.source;
    let chosen = resampling.choose(metric, predictions).map_err(|why| {
        let finding = Finding::new(gate, "method-unsuitable", Verdict::Error, why);
        Box::new(finding.subject(metric.name()).hint("use `method: bootstrap`, or leave it out"))
    })?;
    let found = difference(metric, chosen, resampling, predictions, champion);
    let too_few = |why: String| {
        let message = format!("{source}: too few to judge by: {why}");
        let finding = Finding::new(gate, "too-few-rows", Verdict::Inconclusive, message);
        Box::new(finding.subject(metric.name()).hint("give more labelled rows"))
    };
    match (found, predictions.too_few()) {
        (Ok(_) | Err(Undefined::Resamples { .. }), Some(why)) => Err(too_few(why)),
        (Ok(gain), None) => Ok(gain),
        (Err(e), _) => Err(refused(gate, metric.name(), source, &e)),
    }
}

/// Challenger − champion on rows of a group, by the method that suits them.
pub(super) fn in_group(
    metric: Metric,
    resampling: Resampling,
    rows: &Predictions,
) -> Result<PairedDifference, Undefined> {
    let Some(champion) = rows.champion() else { return Err(Undefined::NoRows) };
    let percentile = Chosen::Bootstrap(bootstrap::Method::Percentile);
    let chosen = resampling.choose(metric, rows).unwrap_or(percentile);
    difference(metric, chosen, resampling, rows, champion).map(|gain| gain.found)
}

/// The 95 % interval of how much better the challenger is on rows of a group, by the method that suits
/// them; positive is better, whatever the metric's direction.
///
/// # Errors
/// No champion, or rows that the metric cannot use.
pub fn gain_in_group(metric: Metric, rows: &Predictions) -> Result<Interval, Undefined> {
    let found = in_group(metric, Resampling::default(), rows)?;
    Ok(Gain::of(found, String::new(), false).interval)
}

/// The difference by the method that was chosen.
fn difference(
    metric: Metric,
    chosen: Chosen,
    resampling: Resampling,
    predictions: &Predictions,
    champion: Sample<'_>,
) -> Result<Gain, Undefined> {
    let challenger = predictions.challenger();
    let method = match chosen {
        Chosen::Bootstrap(method) => method,
        _ => bootstrap::Method::Percentile,
    };
    let options = resampling.options(method, predictions);
    let found = match chosen {
        Chosen::Bootstrap(_) | Chosen::Permutation => {
            paired_difference(metric, challenger, champion, &options)?
        }
        Chosen::Delong => by_delong(challenger, champion, resampling.level())?,
        Chosen::BonettPrice => by_disagreements(challenger, champion, resampling.level())?,
    };
    let normal = chosen == Chosen::Delong;
    let mut gain = Gain::of(found, chosen.words(&options), normal);
    if chosen == Chosen::Permutation {
        gain.permuted = Some(by_permutation(metric, resampling, predictions, champion)?);
    }
    Ok(gain)
}

/// One-sided p-values of a gain, and of a loss.
fn by_permutation(
    metric: Metric,
    resampling: Resampling,
    predictions: &Predictions,
    champion: Sample<'_>,
) -> Result<[f64; 2], Undefined> {
    let default = permutation::Options::default();
    let side = |alternative| {
        let options = permutation::Options {
            permutations: resampling.resamples.unwrap_or(default.permutations),
            seed: resampling.seed.unwrap_or(default.seed),
            alternative,
        };
        let groups = predictions.clusters.as_deref();
        swapped(metric, predictions.challenger(), champion, groups, &options)
            .map(|test| test.p_value)
    };
    let (higher, lower) = (side(Alternative::Greater)?, side(Alternative::Less)?);
    Ok(match metric.direction() {
        Direction::HigherIsBetter => [higher, lower],
        Direction::LowerIsBetter => [lower, higher],
    })
}

fn by_delong(
    challenger: Sample<'_>,
    champion: Sample<'_>,
    level: f64,
) -> Result<PairedDifference, Undefined> {
    let found = delong::paired(challenger.labels, challenger.scores, champion.scores)?;
    let [ours, theirs] = found.auc;
    Ok(PairedDifference {
        metric: Metric::ROC_AUC,
        challenger: ours,
        champion: theirs,
        difference: decimal::difference(ours, theirs),
        interval: found.interval(level)?,
        standard_error: found.standard_error,
        resamples: 0,
        rows: challenger.rows(),
    })
}

fn by_disagreements(
    challenger: Sample<'_>,
    champion: Sample<'_>,
    level: f64,
) -> Result<PairedDifference, Undefined> {
    let metric = Metric::ACCURACY;
    let (ours, theirs) = (measure(metric, challenger)?, measure(metric, champion)?);
    let disagreements = Disagreements::between(&challenger, &champion);
    let rows = challenger.rows();
    let found = paired_shares::bonett_price(disagreements, rows as u64, level)
        .map_err(|_| Undefined::Option { what: "confidence level", value: level })?;
    Ok(PairedDifference {
        metric,
        challenger: ours,
        champion: theirs,
        difference: decimal::difference(ours, theirs),
        interval: found.interval,
        standard_error: found.standard_error,
        resamples: 0,
        rows,
    })
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
