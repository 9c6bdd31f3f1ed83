//! How much each row counts: its weight times how often a resample drew it.

use super::sample::Sample;

/// How much each row counts. Weights and counts are of the same rows.
#[derive(Debug, Clone, Copy)]
pub struct Masses<'a> {
    weights: Option<&'a [f64]>,
    counts: Option<&'a [u32]>,
}

impl<'a> Masses<'a> {
    /// The weights of the sample times `counts`; what is left out is 1.
    pub fn new(sample: &Sample<'a>, counts: Option<&'a [u32]>) -> Self {
        Self { weights: sample.weights, counts }
    }

    /// Whether every row counts a whole number of times, so that sums are exact.
    pub fn are_whole(&self) -> bool {
        self.weights.is_none()
    }

    /// How much one row counts.
    pub fn of(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |w| w[row]) * self.counts.map_or(1.0, |c| f64::from(c[row]))
    }

    /// Calls `visit` with each row and how much it counts, in order.
    pub fn each(&self, rows: usize, mut visit: impl FnMut(usize, f64)) {
        match (self.weights, self.counts) {
            (None, None) => (0..rows).for_each(|row| visit(row, 1.0)),
            (None, Some(counts)) => {
                counts.iter().enumerate().for_each(|(row, c)| visit(row, f64::from(*c)));
            }
            (Some(weights), None) => {
                weights.iter().enumerate().for_each(|(row, w)| visit(row, *w));
            }
            (Some(weights), Some(counts)) => {
                let both = weights.iter().zip(counts).enumerate();
                both.for_each(|(row, (w, c))| visit(row, w * f64::from(*c)));
            }
        }
    }

    /// Σ mass and Σ mass × value over the rows.
    pub fn sums(&self, rows: usize, value: impl Fn(usize) -> f64) -> (f64, f64) {
        let (mut total, mut sum) = (0.0, 0.0);
        self.each(rows, |row, mass| {
            total += mass;
            sum += mass * value(row);
        });
        (total, sum)
    }

    /// The highest value of a row that counts.
    pub fn highest(&self, values: &[f64]) -> Option<f64> {
        let counting = values.iter().enumerate().filter(|(row, _)| self.of(*row) > 0.0);
        counting.map(|(_, value)| *value).max_by(f64::total_cmp)
    }
}
