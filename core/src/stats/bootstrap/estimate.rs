//! A metric, or the difference of one between two models, with its interval.

use rayon::prelude::*;

use super::draws::Draws;
use super::jackknife::acceleration;
use super::options::{Method, Options};
use super::plan::Plan;
use crate::domain::verdict::Interval;
use crate::stats::decimal;
use crate::stats::measure::Measure;
use crate::stats::metric::Metric;
use crate::stats::sample::Sample;
use crate::stats::undefined::Undefined;

/// A metric with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The metric.
    pub metric: Metric,
    /// Its value on all rows.
    pub value: f64,
    /// Its interval.
    pub interval: Interval,
    /// Standard deviation over the resamples.
    pub standard_error: f64,
    /// Resamples that had a value.
    pub resamples: usize,
    /// Rows.
    pub rows: usize,
}

/// Two models on the same rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedDifference {
    /// The metric.
    pub metric: Metric,
    /// The challenger's value on all rows.
    pub challenger: f64,
    /// The champion's value on all rows.
    pub champion: f64,
    /// Challenger − champion.
    pub difference: f64,
    /// Interval of the difference.
    pub interval: Interval,
    /// Standard deviation of the difference over the resamples.
    pub standard_error: f64,
    /// Resamples that had a value.
    pub resamples: usize,
    /// Rows.
    pub rows: usize,
}

/// The value of `metric` and its interval.
///
/// # Errors
/// Rows that the metric cannot use, or options that cannot be used.
pub fn estimate(
    metric: Metric,
    sample: Sample<'_>,
    options: &Options<'_>,
) -> Result<Estimate, Undefined> {
    let measure = Measure::new(metric, sample)?;
    let value = measure.value()?;
    let spread = spread(&sample, options, value, |counts| measure.resampled(counts).ok())?;
    let Spread { interval, standard_error, resamples } = spread;
    Ok(Estimate { metric, value, interval, standard_error, resamples, rows: sample.rows() })
}

/// Challenger − champion with its interval: both are measured on the same resampled rows, so that
/// what is hard for both does not widen the interval. Both samples are of the same rows.
///
/// # Errors
/// Rows that the metric cannot use, or options that cannot be used.
pub fn paired_difference(
    metric: Metric,
    challenger: Sample<'_>,
    champion: Sample<'_>,
    options: &Options<'_>,
) -> Result<PairedDifference, Undefined> {
    let sample = challenger;
    let challenger = Measure::new(metric, challenger)?;
    let champion = Measure::new(metric, champion)?;
    let (ours, theirs) = (challenger.value()?, champion.value()?);
    let difference = decimal::difference(ours, theirs);
    let Spread { interval, standard_error, resamples } =
        spread(&sample, options, difference, |counts| {
            let ours = challenger.resampled(counts).ok()?;
            Some(decimal::difference(ours, champion.resampled(counts).ok()?))
        })?;
    Ok(PairedDifference {
        metric,
        challenger: ours,
        champion: theirs,
        difference,
        interval,
        standard_error,
        resamples,
        rows: sample.rows(),
    })
}

/// What the resamples say of a value.
struct Spread {
    interval: Interval,
    standard_error: f64,
    resamples: usize,
}

/// Resamples the rows of `sample`; `statistic` gives the value where row `i` counts `counts[i]`
/// times.
fn spread(
    sample: &Sample<'_>,
    options: &Options<'_>,
    value: f64,
    statistic: impl Fn(&[u32]) -> Option<f64> + Sync,
) -> Result<Spread, Undefined> {
    let Options { resamples, level, seed, .. } = *options;
    let (rows, plan) = (sample.rows(), Plan::new(sample, options)?);
    let values = (0..resamples as u64).into_par_iter().map_init(
        || vec![0u32; rows],
        |counts, number| {
            plan.draw(counts, seed, number);
            statistic(counts)
        },
    );
    let draws = Draws::new(values.flatten_iter().collect(), resamples)?;
    let interval = match options.method {
        Method::Percentile => draws.percentile(level),
        Method::Bca => draws.bca(value, acceleration(&plan, rows, statistic), level),
    };
    Ok(Spread { interval, standard_error: draws.standard_error(), resamples: draws.len() })
}
