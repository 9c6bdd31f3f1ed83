//! Whether the challenger loses against the champion in any group of rows.

use rayon::prelude::*;

use super::decisions::no_champion_scores;
use super::evidence::Predictions;
use super::paired::in_group;
use super::slices::{ID, Slice, Slicing, Unclear};
use crate::domain::metric::Direction;
use crate::domain::verdict::{Figure, Finding, Interval, Verdict};
use crate::stats::inference::multiple;
use crate::stats::number::{count, figure, signed};
use crate::stats::{Metric, Undefined, normal};

/// By how much the challenger is better in one group.
struct Gain {
    value: f64,
    interval: Interval,
    /// The chance of such a loss, or a larger one, where the challenger loses just the margin.
    p: f64,
}

impl Gain {
    /// `difference` is challenger − champion.
    fn of(metric: Metric, difference: f64, interval: Interval, error: f64, margin: f64) -> Self {
        let Interval { low, high, level } = interval;
        let (value, interval) = match metric.direction() {
            Direction::HigherIsBetter => (difference, interval),
            Direction::LowerIsBetter => {
                (0.0 - difference, Interval { low: 0.0 - high, high: 0.0 - low, level })
            }
        };
        let room = value + margin;
        let p = match error > 0.0 {
            true => normal::cdf(room / error),
            false => f64::from(room >= 0.0),
        };
        Self { value, interval, p }
    }
}

fn gain(settings: &Slicing, margin: f64, rows: &Predictions) -> Result<Gain, Undefined> {
    let found = in_group(settings.metric, settings.resampling(), rows)?;
    Ok(Gain::of(settings.metric, found.difference, found.interval, found.standard_error, margin))
}

/// A loss is shown where its p-value is significant by Holm's procedure over the groups; that there
/// is none is shown where every group's interval lies at or above −margin, each at the full level,
/// since all of them must.
pub(super) fn judge(
    settings: &Slicing,
    margin: f64,
    slices: &[Slice],
    predictions: &Predictions,
) -> Finding {
    let subject = settings.metric.name();
    if predictions.champion.is_none() {
        return no_champion_scores(ID, subject, predictions);
    }
    let gains: Vec<_> = slices.par_iter().map(|s| gain(settings, margin, &s.rows)).collect();
    let p: Vec<Option<f64>> = gains.iter().map(|g| g.as_ref().ok().map(|g| g.p)).collect();
    let level = settings.resampling().level();
    let shown = multiple::significant(&p, (1.0 - level) / 2.0);
    let mut order: Vec<usize> = (0..slices.len()).filter(|i| gains[*i].is_ok()).collect();
    let value = |i: usize| gains[i].as_ref().map_or(f64::NAN, |g| g.value);
    order.sort_by(|a, b| value(*a).total_cmp(&value(*b)));
    let bound = 0.0 - margin;
    let worse = order.iter().copied().find(|i| shown[*i]);
    let low = |i: usize| gains[i].as_ref().map_or(f64::NEG_INFINITY, |g| g.interval.low);
    let unclear: Vec<usize> = order.iter().copied().filter(|i| low(*i) < bound).collect();
    let untested = slices.len() - order.len();
    let Some(named) = worse.or_else(|| unclear.first().copied()).or_else(|| order.first().copied())
    else {
        let why = gains.iter().find_map(|g| g.as_ref().err());
        let why = why.map(ToString::to_string).unwrap_or_default();
        return settings
            .finding(
                "slice-loss-unclear",
                Verdict::Inconclusive,
                format!("no group's loss can be tested: {why}"),
            )
            .hint("give more labelled rows");
    };
    let Ok(found) = &gains[named] else {
        return settings.finding(
            "slice-loss-unclear",
            Verdict::Inconclusive,
            "no group was tested".to_owned(),
        );
    };
    let (name, rows) = (slices[named].group.name(), slices[named].group.rows.len());
    let Interval { low: from, high: to, .. } = found.interval;
    let numbers = format!(
        "{subject} in {name} ({} rows) is better by {} ({} to {})",
        count(rows as u64),
        signed(found.value),
        signed(from),
        signed(to)
    );
    let than = figure(margin);
    let finding = |code: &str, verdict, message: String| {
        let figures = order.iter().map(|i| {
            let slice = &slices[*i];
            let gain = gains[*i].as_ref().ok();
            Figure::new(format!("better by, in {}", slice.group.name()), value(*i))
                .rows(slice.group.rows.len())
                .interval(gain.map(|gain| gain.interval))
        });
        settings
            .finding(code, verdict, message)
            .value(found.value)
            .bound(bound)
            .interval(found.interval)
            .evidence(figures)
    };
    let all = count(slices.len() as u64);
    if worse.is_some() {
        let n = count(shown.iter().filter(|s| **s).count() as u64);
        let message = format!(
            "{numbers}: shown to be worse than the champion by more than {than}, as are {n} of {all} groups"
        );
        return finding("slice-inferior", Verdict::Fail, message)
            .hint(format!("no loss of more than {than} in any group would have passed"));
    }
    if !unclear.is_empty() || untested > 0 {
        let n = count((unclear.len() + untested) as u64);
        let message = format!(
            "{numbers}: in {n} of {all} groups a loss of more than {than} is neither shown nor ruled out"
        );
        let verdict = match settings.unclear {
            Some(Unclear::Warn) => Verdict::Warn,
            _ => Verdict::Inconclusive,
        };
        return finding("slice-loss-unclear", verdict, message).hint(
            "give more labelled rows of these groups, widen `max-loss`, or set `unclear: warn`",
        );
    }
    let message = format!(
        "{numbers}, the least of {all} groups: in none a loss of more than {than} is possible"
    );
    finding("slices-not-inferior", Verdict::Pass, message)
}
