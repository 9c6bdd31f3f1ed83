//! The interval of one model's metric, by the method that suits it.

use super::evidence::Predictions;
use super::method::delong_suits;
use crate::domain::verdict::Interval;
use crate::stats::bootstrap::{Options, estimate};
use crate::stats::inference::proportion;
use crate::stats::{Metric, Undefined, delong};

/// The interval of the challenger's `metric`, with the method in words: Wilson's for shares of
/// right answers, DeLong's for roc-auc with enough rows of each class, else the bootstrap; always
/// the bootstrap for rows with weights or groups.
pub(super) fn interval(
    metric: Metric,
    rows: &Predictions,
    level: f64,
) -> Result<(Interval, &'static str), Undefined> {
    let sample = rows.challenger();
    if rows.weights.is_none() && rows.clusters.is_none() {
        if let Some((right, all)) = proportion::of_metric(metric, &sample)
            && let Ok(interval) = proportion::wilson(right, all, level)
        {
            return Ok((interval, "by Wilson's method"));
        }
        if metric == Metric::ROC_AUC && delong_suits(&sample) {
            let found = delong::interval(sample.labels, sample.scores, level)?;
            return Ok((found.interval, "by DeLong's method"));
        }
    }
    let options = Options { level, clusters: rows.clusters.as_deref(), ..Options::default() };
    let found = estimate(metric, sample, &options)?;
    // Resamples that are all alike show nothing of how other rows would be.
    if found.interval.low == found.interval.high {
        return Err(Undefined::NoSpread);
    }
    let words = match options.clusters {
        Some(_) => "by resampling whole groups",
        None => "by resampling",
    };
    Ok((found.interval, words))
}
