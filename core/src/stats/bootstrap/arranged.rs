//! Rows in the order of the challenger's scores. The counts of a resample are then read one after the
//! other where that order is walked, and in nearly that order for a champion that scores alike: on a
//! million rows this is what the time goes to. It also makes the order of a file's rows irrelevant.

use rayon::prelude::*;

use crate::domain::metric::Task;
use crate::stats::order::sort_key;
use crate::stats::sample::Sample;

/// The columns of one or two models' samples, in their new order.
#[derive(Debug)]
pub(super) struct Arranged<'a> {
    sample: Sample<'a>,
    labels: Vec<f64>,
    weights: Option<Vec<f64>>,
    clusters: Option<Vec<u32>>,
    scores: Vec<Vec<f64>>,
}

impl<'a> Arranged<'a> {
    /// The samples are of the same rows. Of several classes there is no one order: those stay as they
    /// are, which is none.
    pub(super) fn new(samples: &[Sample<'a>], clusters: Option<&[u32]>) -> Option<Self> {
        let sample = *samples.first().filter(|first| first.task != Task::Multiclass)?;
        let order = order(samples, clusters);
        let moved = |column: &[f64]| order.iter().map(|row| column[*row as usize]).collect();
        Some(Self {
            sample,
            labels: moved(sample.labels),
            weights: sample.weights.map(moved),
            clusters: clusters.map(|c| order.iter().map(|row| c[*row as usize]).collect()),
            scores: samples.iter().map(|sample| moved(sample.scores)).collect(),
        })
    }

    /// The sample of model `model` in the new order.
    pub(super) fn sample(&self, model: usize) -> Sample<'_> {
        Sample {
            task: self.sample.task,
            labels: &self.labels,
            scores: &self.scores[model],
            probabilities: None,
            classes: self.sample.classes,
            weights: self.weights.as_deref(),
            threshold: self.sample.threshold,
        }
    }

    pub(super) fn clusters(&self) -> Option<&[u32]> {
        self.clusters.as_deref()
    }
}

/// By score, and where scores are the same by everything else: rows that are still the same are the
/// same.
fn order(samples: &[Sample<'_>], clusters: Option<&[u32]>) -> Vec<u32> {
    let first = samples[0];
    let keyed = |(row, score): (usize, &f64)| (sort_key(*score), row as u32);
    let mut rows: Vec<(u64, u32)> = first.scores.iter().enumerate().map(keyed).collect();
    let rest = |row: u32| {
        let row = row as usize;
        let champion = samples.get(1).map(|sample| sort_key(sample.scores[row]));
        let weight = first.weights.map(|weights| sort_key(weights[row]));
        (sort_key(first.labels[row]), champion, weight, clusters.map(|c| c[row]))
    };
    rows.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| rest(a.1).cmp(&rest(b.1))));
    rows.into_iter().map(|(_, row)| row).collect()
}
