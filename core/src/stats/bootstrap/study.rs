//! Measures what is asked for on the same resamples.

use rayon::prelude::*;

use super::arranged::Arranged;
use super::block::{Counts, LANES};
use super::jackknife::Jackknife;
use super::options::{Method, Options};
use super::plan::Plan;
use crate::stats::measure::{Measure, Together};
use crate::stats::undefined::Undefined;

/// The values of one statistic in each resample, and in each part of the jackknife where the method
/// needs it; none where it has none.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) resampled: Vec<Option<f64>>,
    pub(super) left_out: Vec<Option<f64>>,
}

/// How rows are resampled.
#[derive(Debug)]
pub(super) struct Study {
    plan: Plan,
    rows: usize,
    resamples: usize,
    seed: u64,
    jackknife: Option<Jackknife>,
}

impl Study {
    /// Resamples rows that `options` were checked for.
    pub(super) fn new(
        sample: &crate::stats::Sample<'_>,
        arranged: Option<&Arranged<'_>>,
        options: &Options<'_>,
    ) -> Result<Self, Undefined> {
        let Options { resamples, seed, stratified, .. } = *options;
        let clusters = arranged.map_or(options.clusters, Arranged::clusters);
        let plan = Plan::new(sample, stratified, clusters)?;
        let rows = sample.rows();
        let jackknife =
            (options.method == Method::Bca).then(|| Jackknife::new(&plan, rows, options.seed));
        Ok(Self { plan, rows, resamples, seed, jackknife })
    }

    /// The values of each of the `measures`, which are of these rows.
    pub(super) fn columns(&self, measures: &[Measure<'_>]) -> Vec<Column> {
        let together = Together::new(measures);
        let resampled = self.measured(&together, self.resamples, |counts, first| {
            self.plan.draw(counts, self.seed, (first / LANES) as u64);
        });
        let left_out = match &self.jackknife {
            None => vec![Vec::new(); measures.len()],
            Some(jackknife) => self.measured(&together, jackknife.parts, |counts, first| {
                jackknife.leave_out(counts, first);
            }),
        };
        let both = resampled.into_iter().zip(left_out);
        both.map(|(resampled, left_out)| Column { resampled, left_out }).collect()
    }

    /// `count` calls `LANES` lanes from lane `first` on.
    fn measured(
        &self,
        measures: &Together<'_>,
        lanes: usize,
        count: impl Fn(&mut [Counts], usize) + Sync,
    ) -> Vec<Vec<Option<f64>>> {
        let blocks: Vec<Vec<[Option<f64>; LANES]>> = (0..lanes.div_ceil(LANES))
            .into_par_iter()
            .map_init(
                || vec![[0; LANES]; self.rows],
                |counts, block| {
                    count(counts, block * LANES);
                    measures.lanes(counts)
                },
            )
            .collect();
        let column =
            |measure: usize| blocks.iter().flat_map(|block| block[measure]).take(lanes).collect();
        (0..measures.len()).map(column).collect()
    }
}
