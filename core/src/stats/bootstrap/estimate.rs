//! Metrics, and their differences between two models, with their intervals.

use super::draws::Draws;
use super::jackknife::acceleration;
use super::models::{Model, on_resamples};
use super::options::{Method, Options};
use super::study::Column;
use crate::domain::verdict::Interval;
use crate::stats::decimal;
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

/// What resampling says of one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The metric.
    pub metric: Metric,
    /// Of the challenger.
    pub estimate: Result<Estimate, Undefined>,
    /// Against the champion, where there is one.
    pub difference: Option<Result<PairedDifference, Undefined>>,
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
    on_resamples(&[sample], options, |models, study| {
        let ours = models[0].measure(metric)?;
        let value = ours.value()?;
        let columns = study.columns(&[ours]);
        models[0].estimate(metric, value, &columns[0], options)
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
    options: &Options<'_>,
) -> Result<PairedDifference, Undefined> {
    on_resamples(&[challenger, champion], options, |models, study| {
        let (ours, theirs) = (models[0].measure(metric)?, models[1].measure(metric)?);
        let values = [ours.value()?, theirs.value()?];
        let columns = study.columns(&[ours, theirs]);
        models[0].difference(metric, values, [&columns[0], &columns[1]], options)
    })
}

/// All of the `metrics` on the same resamples: as [`estimate`] and [`paired_difference`] of each, and
/// quicker.
///
/// # Errors
/// Rows that no metric can use, or options that cannot be used.
pub fn compare(
    metrics: &[Metric],
    challenger: Sample<'_>,
    champion: Option<Sample<'_>>,
    options: &Options<'_>,
) -> Result<Vec<Found>, Undefined> {
    let samples: Vec<Sample<'_>> = [challenger].into_iter().chain(champion).collect();
    on_resamples(&samples, options, |models, study| {
        let mut measures = Vec::new();
        let mut prepared = Vec::new();
        for metric in metrics {
            let mut of_models = Vec::new();
            for model in models {
                let measured = model.measure(*metric).and_then(|m| Ok((m.value()?, m)));
                of_models.push(measured.map(|(value, measure)| {
                    measures.push(measure);
                    Measured { value, place: measures.len() - 1 }
                }));
            }
            prepared.push(of_models);
        }
        let columns = study.columns(&measures);
        let found = |(metric, prepared): (&Metric, Vec<Result<Measured, Undefined>>)| {
            let mut prepared = prepared.into_iter();
            let ours = prepared.next().unwrap_or(Err(Undefined::NoRows));
            let theirs = prepared.next();
            let estimate = ours.clone().and_then(|ours| {
                models[0].estimate(*metric, ours.value, &columns[ours.place], options)
            });
            let difference = theirs.map(|theirs| {
                let (ours, theirs) = (ours?, theirs?);
                let both = [&columns[ours.place], &columns[theirs.place]];
                models[0].difference(*metric, [ours.value, theirs.value], both, options)
            });
            Found { metric: *metric, estimate, difference }
        };
        Ok(metrics.iter().zip(prepared).map(found).collect())
    })
}

/// A value on all rows, and which column has those of the resamples.
#[derive(Debug, Clone)]
struct Measured {
    value: f64,
    place: usize,
}

impl Model<'_> {
    fn estimate(
        &self,
        metric: Metric,
        value: f64,
        column: &Column,
        options: &Options<'_>,
    ) -> Result<Estimate, Undefined> {
        let Spread { interval, standard_error, resamples } =
            Spread::of(value, column.clone(), options)?;
        let rows = self.given.rows();
        Ok(Estimate { metric, value, interval, standard_error, resamples, rows })
    }

    fn difference(
        &self,
        metric: Metric,
        [challenger, champion]: [f64; 2],
        [ours, theirs]: [&Column; 2],
        options: &Options<'_>,
    ) -> Result<PairedDifference, Undefined> {
        let differences = |ours: &[Option<f64>], theirs: &[Option<f64>]| {
            let difference =
                |(a, b): (&Option<f64>, &Option<f64>)| Some(decimal::difference((*a)?, (*b)?));
            ours.iter().zip(theirs).map(difference).collect()
        };
        let column = Column {
            resampled: differences(&ours.resampled, &theirs.resampled),
            left_out: differences(&ours.left_out, &theirs.left_out),
        };
        let difference = decimal::difference(challenger, champion);
        let Spread { interval, standard_error, resamples } =
            Spread::of(difference, column, options)?;
        let rows = self.given.rows();
        Ok(PairedDifference {
            metric,
            challenger,
            champion,
            difference,
            interval,
            standard_error,
            resamples,
            rows,
        })
    }
}

/// What the resamples say of a value.
struct Spread {
    interval: Interval,
    standard_error: f64,
    resamples: usize,
}

impl Spread {
    fn of(value: f64, column: Column, options: &Options<'_>) -> Result<Self, Undefined> {
        let level = options.level;
        let resampled: Vec<f64> = column.resampled.into_iter().flatten().collect();
        let draws = Draws::new(resampled, options.resamples)?;
        let left_out: Vec<f64> = column.left_out.into_iter().flatten().collect();
        let interval = match options.method {
            Method::Percentile => draws.percentile(level),
            Method::Bca => draws.bca(value, acceleration(&left_out), level),
        };
        Ok(Self { interval, standard_error: draws.standard_error(), resamples: draws.len() })
    }
}
