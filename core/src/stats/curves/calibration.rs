//! Whether a probability of 0.8 comes true in 80 % of the cases, bin by bin.

use super::{drawable, weight};
use crate::stats::sample::Sample;
use crate::stats::undefined::Undefined;

/// How the scores are put into bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binning {
    /// Bins of the same width from 0 to 1.
    Uniform,
    /// Bins that hold about the same number of rows: their edges are quantiles of the scores, with
    /// straight lines between them (type 7 of Hyndman and Fan 1996).
    Quantile,
}

/// One bin that holds rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// Its place among all bins, from 0.
    pub place: usize,
    /// Mean score of its rows, 0 to 1.
    pub predicted: f64,
    /// Share of positives among them.
    pub observed: f64,
    /// Number of rows.
    pub rows: u64,
}

/// The calibration curve of a binary task over `bins` bins; those without rows are left out. A score
/// on the edge of two bins belongs to the lower one, as in scikit-learn's `calibration_curve`.
///
/// # Errors
/// No rows, a number that is not finite, a score outside 0 to 1.
pub fn calibration(
    sample: &Sample<'_>,
    bins: usize,
    binning: Binning,
) -> Result<Vec<Bin>, Undefined> {
    drawable(sample)?;
    if let Some(i) = sample.scores.iter().position(|s| !(0.0..=1.0).contains(s)) {
        return Err(Undefined::NotProbability { row: i + 1, value: sample.scores[i] });
    }
    let inner: Vec<f64> = match binning {
        Binning::Uniform => (1..bins).map(|i| i as f64 / bins as f64).collect(),
        Binning::Quantile => {
            let mut sorted = sample.scores.to_vec();
            sorted.sort_unstable_by(f64::total_cmp);
            (1..bins).map(|i| quantile(&sorted, i as f64 / bins as f64)).collect()
        }
    };
    let mut sums = vec![Sums::default(); bins.max(1)];
    for (row, (label, score)) in sample.labels.iter().zip(sample.scores).enumerate() {
        let bin = inner.partition_point(|edge| edge < score);
        sums[bin].add(*label, *score, weight(sample, row));
    }
    Ok(sums.iter().enumerate().filter_map(|(place, sums)| sums.bin(place)).collect())
}

/// The quantile `q` of sorted values, on a straight line between the two nearest.
pub(super) fn quantile(sorted: &[f64], q: f64) -> f64 {
    let place = q * (sorted.len() - 1) as f64;
    let (below, share) = (place.floor(), place.fract());
    let (low, high) = (sorted[below as usize], sorted[place.ceil() as usize]);
    // From the nearer end, as NumPy does, so that the last digit is the same.
    let step = high - low;
    if share >= 0.5 { high - step * (1.0 - share) } else { low + step * share }
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    weight: f64,
    positives: f64,
    scores: f64,
    rows: u64,
}

impl Sums {
    fn add(&mut self, label: f64, score: f64, weight: f64) {
        self.weight += weight;
        self.positives += weight * label;
        self.scores += weight * score;
        self.rows += 1;
    }

    fn bin(&self, place: usize) -> Option<Bin> {
        (self.weight > 0.0).then(|| Bin {
            place,
            predicted: self.scores / self.weight,
            observed: self.positives / self.weight,
            rows: self.rows,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_belong_to_the_lower_bin_and_empty_bins_are_left_out() {
        let sample = Sample::binary(&[0.0, 1.0, 1.0], &[0.5, 0.5, 1.0]);
        let bins = calibration(&sample, 2, Binning::Uniform).expect("has a curve");
        let bin = |place, predicted, observed, rows| Bin { place, predicted, observed, rows };
        assert_eq!(bins, [bin(0, 0.5, 0.5, 2), bin(1, 1.0, 1.0, 1)]);
        let low = Sample::binary(&[0.0, 1.0], &[0.1, 0.2]);
        assert_eq!(calibration(&low, 10, Binning::Uniform).expect("has a curve").len(), 2);
    }

    #[test]
    fn equal_scores_make_one_bin_and_bad_ones_none() {
        let same = Sample::binary(&[0.0, 1.0], &[0.3, 0.3]);
        assert_eq!(calibration(&same, 10, Binning::Quantile).expect("has a curve").len(), 1);
        let high = Sample::binary(&[0.0, 1.0], &[0.3, 1.2]);
        let refused = calibration(&high, 10, Binning::Uniform);
        assert_eq!(refused, Err(Undefined::NotProbability { row: 2, value: 1.2 }));
    }
}
