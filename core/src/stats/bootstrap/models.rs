//! The samples of one or two models, made ready to be resampled.

use super::arranged::Arranged;
use super::options::Options;
use super::study::Study;
use crate::stats::measure::Measure;
use crate::stats::metric::Metric;
use crate::stats::rows::Rows;
use crate::stats::sample::Sample;
use crate::stats::undefined::Undefined;

/// One model's sample: as it was given, and as it is resampled.
pub(super) struct Model<'a> {
    pub(super) given: Sample<'a>,
    rows: Rows<'a>,
}

/// Checks the samples, which are of the same rows, arranges them, and hands them on.
pub(super) fn on_resamples<T>(
    samples: &[Sample<'_>],
    options: &Options<'_>,
    then: impl FnOnce(&[Model<'_>], &Study) -> Result<T, Undefined>,
) -> Result<T, Undefined> {
    let given = samples.iter().map(|sample| Rows::new(*sample));
    let given = given.collect::<Result<Vec<Rows<'_>>, Undefined>>()?;
    let rows = samples.first().map_or(0, Sample::rows);
    if let Some(other) = samples.iter().find(|sample| sample.rows() != rows) {
        return Err(Undefined::Lengths { labels: rows, scores: other.rows() });
    }
    options.check(rows)?;
    let arranged = Arranged::new(samples, options.clusters);
    let mut models = Vec::new();
    for (place, (sample, rows)) in samples.iter().zip(given).enumerate() {
        let rows = match &arranged {
            Some(arranged) => Rows::new(arranged.sample(place))?,
            None => rows,
        };
        models.push(Model { given: *sample, rows });
    }
    let study = Study::new(models[0].rows.sample(), arranged.as_ref(), options)?;
    then(&models, &study)
}

impl Model<'_> {
    /// Where there is none, the reason names the row as it was given.
    pub(super) fn measure(&self, metric: Metric) -> Result<Measure<'_>, Undefined> {
        Measure::of(metric, &self.rows).map_err(|why| match Measure::new(metric, self.given) {
            Err(given) => given,
            Ok(_) => why,
        })
    }
}
