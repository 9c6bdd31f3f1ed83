//! Whether a probability of 0.8 comes true in 80 % of the cases.

use std::sync::OnceLock;

use super::bootstrap::{Counts, LANES};
use super::masses::Masses;
use super::metrics::{InLanes, Prepared};
use super::rows::Rows;
use super::sample::Sample;
use super::tally::Term;
use super::undefined::Undefined;
use crate::domain::metric::Task;

/// Number of bins where nothing else is asked for.
pub const BINS: usize = 10;

/// Expected calibration error: over bins of the confidence, the distance between its mean and the
/// share that came true, weighted by the share of rows in the bin (Naeini, Cooper and Hauskrecht
/// 2015). In a binary task the confidence is the score; of several classes it is the probability of
/// the class that is answered (Guo et al. 2017). A bin holds its lower edge.
#[derive(Debug)]
pub struct Binned<'a> {
    sample: Sample<'a>,
    bins: Vec<u8>,
    count: usize,
    /// Kept from the first resample on: a value on all rows needs no memory.
    columns: OnceLock<Columns>,
}

/// What is added up of resamples.
#[derive(Debug)]
struct Columns {
    bins: Vec<u32>,
    /// Twice the bin, and one more where what was claimed came true.
    outcomes: Vec<u32>,
    /// Where they are not the scores.
    confidences: Option<Vec<f64>>,
}

impl<'a> Binned<'a> {
    /// Bins of equal width; at most 255.
    ///
    /// # Errors
    /// Probabilities that are not there.
    pub fn equal_width(rows: &Rows<'a>, bins: usize) -> Result<Self, Undefined> {
        let width = 1.0 / bins as f64;
        Ok(Self::new(rows, (1..bins).map(|edge| edge as f64 * width).collect()))
    }

    /// Bins that hold about the same number of rows: the edges are quantiles of the confidence
    /// (Hyndman and Fan's type 7) over the rows that weigh something, and stay where they are in
    /// resamples; weights do not move them.
    ///
    /// # Errors
    /// No rows.
    pub fn equal_mass(rows: &Rows<'a>, bins: usize) -> Result<Self, Undefined> {
        let sample = rows.sample();
        let masses = Masses::new(sample, None);
        let weighing = (0..sample.rows()).filter(|row| masses.of(*row) > 0.0);
        let mut sorted: Vec<f64> = weighing.map(|row| confidence(sample, row)).collect();
        if sorted.is_empty() {
            return Err(Undefined::NoRows);
        }
        sorted.sort_unstable_by(f64::total_cmp);
        let width = 1.0 / bins as f64;
        let edges = (1..bins).map(|edge| quantile(&sorted, edge as f64 * width));
        Ok(Self::new(rows, edges.collect()))
    }

    fn new(rows: &Rows<'a>, edges: Vec<f64>) -> Self {
        let sample = *rows.sample();
        let bin = |row| edges.partition_point(|edge| *edge <= confidence(&sample, row)) as u8;
        let bins = (0..sample.rows()).map(bin).collect();
        Self { sample, bins, count: edges.len() + 1, columns: OnceLock::new() }
    }

    fn columns(&self) -> &Columns {
        self.columns.get_or_init(|| {
            let sample = &self.sample;
            let outcome =
                |(row, bin): (usize, &u8)| 2 * u32::from(*bin) + came_true(sample, row) as u32;
            let confidences = || (0..sample.rows()).map(|row| confidence(sample, row)).collect();
            Columns {
                bins: self.bins.iter().map(|bin| u32::from(*bin)).collect(),
                outcomes: self.bins.iter().enumerate().map(outcome).collect(),
                confidences: sample.probabilities.map(|_| confidences()),
            }
        })
    }
}

impl Prepared for Binned<'_> {
    fn value(&self, counts: Option<&[u32]>) -> Result<f64, Undefined> {
        let mut gaps = vec![(0.0, 0.0); self.count];
        let mut total = 0.0;
        Masses::new(&self.sample, counts).each(self.bins.len(), |row, mass| {
            let (true_, claimed) = &mut gaps[usize::from(self.bins[row])];
            *true_ += mass * came_true(&self.sample, row);
            *claimed += mass * confidence(&self.sample, row);
            total += mass;
        });
        let sum: f64 = gaps.iter().map(|(true_, claimed)| (true_ - claimed).abs()).sum();
        if total > 0.0 { Ok(sum / total) } else { Err(Undefined::NoRows) }
    }

    fn before_resampling(&self) {
        self.columns();
    }

    fn terms(&self) -> Vec<Term<'_>> {
        let (mass, columns) = (Term::mass(&self.sample), self.columns());
        let claimed = columns.confidences.as_deref().unwrap_or(self.sample.scores);
        vec![
            mass,
            mass.in_slots(&columns.outcomes, 2 * self.count),
            mass.in_slots(&columns.bins, self.count).times(claimed),
        ]
    }

    fn lanes(&self, _: &[Counts], found: &InLanes<'_>) -> [Option<f64>; LANES] {
        let [[total], outcomes, claimed] = found.sums[..] else { return [None; LANES] };
        let came_true = outcomes.iter().skip(1).step_by(2);
        let sum = |l: usize| -> f64 {
            came_true
                .clone()
                .zip(claimed)
                .map(|(true_, claimed)| (true_[l] - claimed[l]).abs())
                .sum()
        };
        std::array::from_fn(|l| (total[l] > 0.0).then(|| sum(l) / total[l]))
    }
}

/// How sure the answer is.
fn confidence(sample: &Sample<'_>, row: usize) -> f64 {
    let score = sample.scores[row];
    match (sample.task, sample.probabilities) {
        (Task::Multiclass, Some(p)) => p[row * sample.classes + score as usize],
        _ => score,
    }
}

/// 1 where the answer that the confidence is of is right.
fn came_true(sample: &Sample<'_>, row: usize) -> f64 {
    match sample.task {
        Task::Multiclass => f64::from(u8::from(sample.labels[row] == sample.scores[row])),
        _ => sample.labels[row],
    }
}

/// Linear interpolation between order statistics, rounded as NumPy does it.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    let part = place.fract();
    if part < 0.5 { low + (high - low) * part } else { high - (high - low) * (1.0 - part) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ece(labels: &[f64], scores: &[f64]) -> Result<f64, Undefined> {
        let rows = Rows::new(Sample::binary(labels, scores))?;
        Binned::equal_width(&rows, BINS)?.value(None)
    }

    #[test]
    fn edges_belong_to_the_upper_bin_and_one_to_the_last() {
        let scores = [0.0, 0.1, 0.5, 1.0];
        let rows = Rows::new(Sample::binary(&[0.0, 1.0, 0.0, 1.0], &scores)).expect("rows");
        assert_eq!(Binned::equal_width(&rows, BINS).expect("bins").bins, [0, 1, 5, 9]);
        assert_eq!(ece(&[1.0, 0.0], &[1.0, 0.0]), Ok(0.0));
        assert_eq!(ece(&[1.0, 0.0], &[1.0, 1.0]), Ok(0.5));
    }
}
