//! Bootstrap intervals: how far a metric, or the difference between two models on the same rows,
//! would move with other rows from the same source (Efron 1979; percentile interval).
//!
//! Every resample draws its rows from a generator seeded with its own number, so that the result is
//! the same for any number of threads.

use rayon::prelude::*;

use super::decimal;
use super::measure::Measure;
use super::metric::Metric;
use super::sample::Sample;
use super::undefined::Undefined;
use crate::domain::verdict::Interval;

/// Fewest resamples that give an interval worth its name.
pub const MIN_RESAMPLES: usize = 100;
/// Largest share of resamples without a value, such as those with one class only.
const MAX_UNDEFINED: f64 = 0.05;

/// How to resample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Number of resamples, at least [`MIN_RESAMPLES`].
    pub resamples: usize,
    /// Confidence level, such as 0.95.
    pub level: f64,
    /// Seed; the same seed gives the same interval.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { resamples: 1000, level: 0.95, seed: 42 }
    }
}

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
    options: &Options,
) -> Result<Estimate, Undefined> {
    let measure = Measure::new(metric, sample)?;
    let value = measure.value()?;
    let rows = sample.rows();
    let draws = resample(rows, options, |counts| measure.resampled(counts).ok())?;
    Ok(Estimate {
        metric,
        value,
        interval: draws.interval(options.level),
        standard_error: draws.standard_error(),
        resamples: draws.0.len(),
        rows,
    })
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
    options: &Options,
) -> Result<PairedDifference, Undefined> {
    let rows = challenger.rows();
    let challenger = Measure::new(metric, challenger)?;
    let champion = Measure::new(metric, champion)?;
    let (ours, theirs) = (challenger.value()?, champion.value()?);
    let draws = resample(rows, options, |counts| {
        let ours = challenger.resampled(counts).ok()?;
        Some(decimal::difference(ours, champion.resampled(counts).ok()?))
    })?;
    Ok(PairedDifference {
        metric,
        challenger: ours,
        champion: theirs,
        difference: decimal::difference(ours, theirs),
        interval: draws.interval(options.level),
        standard_error: draws.standard_error(),
        resamples: draws.0.len(),
        rows,
    })
}

/// Values of a statistic over the resamples, ascending.
struct Draws(Vec<f64>);

fn resample(
    rows: usize,
    options: &Options,
    statistic: impl Fn(&[u32]) -> Option<f64> + Sync,
) -> Result<Draws, Undefined> {
    let Options { resamples, level, seed, .. } = *options;
    if resamples < MIN_RESAMPLES {
        return Err(Undefined::Option { what: "number of resamples", value: resamples as f64 });
    }
    if !(level > 0.0 && level < 1.0) {
        return Err(Undefined::Option { what: "confidence level", value: level });
    }
    let mut values: Vec<f64> = (0..resamples as u64)
        .into_par_iter()
        .map_init(
            || vec![0u32; rows],
            |counts, number| {
                draw(counts, seed, number);
                statistic(counts)
            },
        )
        .flatten_iter()
        .collect();
    let undefined = resamples - values.len();
    if undefined as f64 > MAX_UNDEFINED * resamples as f64 {
        return Err(Undefined::Resamples { undefined, resamples });
    }
    values.sort_unstable_by(f64::total_cmp);
    Ok(Draws(values))
}

/// Draws as many rows as there are, with replacement, and counts each.
fn draw(counts: &mut [u32], seed: u64, number: u64) {
    let rows = counts.len() as u64;
    let mut generator = SplitMix(mixed(seed ^ mixed(number.wrapping_add(1))));
    counts.fill(0);
    for _ in 0..rows {
        let row = (u128::from(generator.next()) * u128::from(rows)) >> 64;
        counts[row as usize] += 1;
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014). Written out, because the numbers must not change with
/// the version of a library.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }
}

fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Draws {
    fn interval(&self, level: f64) -> Interval {
        let tail = (1.0 - level) / 2.0;
        Interval { low: self.quantile(tail), high: self.quantile(1.0 - tail), level }
    }

    /// Linear interpolation between order statistics (Hyndman and Fan's type 7).
    fn quantile(&self, share: f64) -> f64 {
        let place = share * (self.0.len() - 1) as f64;
        let (low, high) = (self.0[place.floor() as usize], self.0[place.ceil() as usize]);
        if low == high { low } else { low + (high - low) * place.fract() }
    }

    fn standard_error(&self) -> f64 {
        let n = self.0.len() as f64;
        let mean = self.0.iter().sum::<f64>() / n;
        (self.0.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
    }
}
