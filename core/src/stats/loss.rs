//! Metrics that are means of a loss of each row, and those that compare two such sums.

use std::fmt;
use std::sync::OnceLock;

use super::bootstrap::{Counts, LANES};
use super::masses::Masses;
use super::masses_lanes::{Lanes, MassesLanes, means};
use super::metrics::{InLanes, Prepared};
use super::rows::Rows;
use super::sample::Sample;
use super::tally::Term;
use super::undefined::Undefined;

/// The mean of a loss of each row.
pub struct Losses<'a, F> {
    sample: Sample<'a>,
    loss: F,
    root: bool,
    /// Kept from the first resample on: a value on all rows needs no memory.
    values: OnceLock<Vec<f64>>,
}

impl<'a, F: Fn(&Sample<'a>, usize) -> f64 + Send + Sync + 'a> Losses<'a, F> {
    /// The mean of the loss, which is given the rows and the number of one of them.
    pub fn boxed(rows: &Rows<'a>, loss: F) -> Result<Box<dyn Prepared + 'a>, Undefined> {
        Ok(Box::new(Self::new(rows, loss)))
    }

    /// As [`Self::boxed`], of which the root is the value.
    pub fn rooted(rows: &Rows<'a>, loss: F) -> Result<Box<dyn Prepared + 'a>, Undefined> {
        Ok(Box::new(Self { root: true, ..Self::new(rows, loss) }))
    }

    fn new(rows: &Rows<'a>, loss: F) -> Self {
        Self { sample: *rows.sample(), loss, root: false, values: OnceLock::new() }
    }
}

impl<'a, F: Fn(&Sample<'a>, usize) -> f64> Losses<'a, F> {
    fn values(&self) -> &[f64] {
        let loss = |row| (self.loss)(&self.sample, row);
        self.values.get_or_init(|| (0..self.sample.rows()).map(loss).collect())
    }
}

impl<F> fmt::Debug for Losses<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Losses").field("root", &self.root).finish_non_exhaustive()
    }
}

impl<'a, F: Fn(&Sample<'a>, usize) -> f64 + Send + Sync> Prepared for Losses<'a, F> {
    fn value(&self, counts: Option<&[u32]>) -> Result<f64, Undefined> {
        let rows = self.sample.rows();
        let masses = Masses::new(&self.sample, counts);
        let (total, sum) = if counts.is_some() {
            let values = self.values();
            masses.sums(rows, |row| values[row])
        } else {
            masses.sums(rows, |row| (self.loss)(&self.sample, row))
        };
        let mean = mean(total, sum)?;
        Ok(if self.root { mean.sqrt() } else { mean })
    }

    fn before_resampling(&self) {
        self.values();
    }

    fn terms(&self) -> Vec<Term<'_>> {
        let mass = Term::mass(&self.sample);
        vec![mass, mass.times(self.values())]
    }

    fn lanes(&self, _: &[Counts], found: &InLanes<'_>) -> [Option<f64>; LANES] {
        let [[total], [sum]] = found.sums[..] else { return [None; LANES] };
        means(total, sum).map(|mean| if self.root { mean.map(f64::sqrt) } else { mean })
    }
}

/// Label − score.
pub fn residual(sample: &Sample<'_>, row: usize) -> f64 {
    sample.labels[row] - sample.scores[row]
}

/// The square of [`residual`].
pub fn squared(sample: &Sample<'_>, row: usize) -> f64 {
    let residual = residual(sample, row);
    residual * residual
}

/// Coefficient of determination: 1 − Σ(y − ŷ)² / Σ(y − ȳ)².
///
/// # Errors
/// No rows; labels that are all equal.
pub fn r_squared(sample: &Sample<'_>, counts: Option<&[u32]>) -> Result<f64, Undefined> {
    let (_, left) = Masses::new(sample, counts).sums(sample.rows(), |row| squared(sample, row));
    Ok(1.0 - left / label_spread(sample, counts)?)
}

/// Explained variance: 1 − Σ(e − ē)² / Σ(y − ȳ)², where e = y − ŷ. A constant offset costs nothing.
///
/// # Errors
/// No rows; labels that are all equal.
pub fn explained_variance(sample: &Sample<'_>, counts: Option<&[u32]>) -> Result<f64, Undefined> {
    let left = spread(sample, counts, |row| residual(sample, row))?;
    Ok(1.0 - left / label_spread(sample, counts)?)
}

/// [`r_squared`] of several resamples.
pub(super) fn r_squared_lanes(sample: &Sample<'_>, counts: &[Counts]) -> [Option<f64>; LANES] {
    let (_, left) = MassesLanes::new(sample, counts).sums(|row, _| squared(sample, row));
    explained(&left, &spread_lanes(sample, counts, |row| sample.labels[row]))
}

/// [`explained_variance`] of several resamples.
pub(super) fn explained_variance_lanes(
    sample: &Sample<'_>,
    counts: &[Counts],
) -> [Option<f64>; LANES] {
    let left = spread_lanes(sample, counts, |row| residual(sample, row));
    explained(&left, &spread_lanes(sample, counts, |row| sample.labels[row]))
}

fn explained(left: &Lanes, total: &Lanes) -> [Option<f64>; LANES] {
    std::array::from_fn(|l| (total[l] > 0.0).then(|| 1.0 - left[l] / total[l]))
}

fn spread_lanes(sample: &Sample<'_>, counts: &[Counts], value: impl Fn(usize) -> f64) -> Lanes {
    let masses = MassesLanes::new(sample, counts);
    let (total, sum) = masses.sums(|row, _| value(row));
    let mean = means(&total, &sum).map(|mean| mean.unwrap_or(0.0));
    masses.sums(|row, lane| (value(row) - mean[lane]) * (value(row) - mean[lane])).1
}

fn label_spread(sample: &Sample<'_>, counts: Option<&[u32]>) -> Result<f64, Undefined> {
    let total = spread(sample, counts, |row| sample.labels[row])?;
    if total > 0.0 { Ok(total) } else { Err(Undefined::ConstantLabels) }
}

/// Σ mass · (value − mean)².
fn spread(
    sample: &Sample<'_>,
    counts: Option<&[u32]>,
    value: impl Fn(usize) -> f64,
) -> Result<f64, Undefined> {
    let (rows, masses) = (sample.rows(), Masses::new(sample, counts));
    let (total, sum) = masses.sums(rows, &value);
    let mean = mean(total, sum)?;
    let (_, squares) = masses.sums(rows, |row| (value(row) - mean) * (value(row) - mean));
    Ok(squares)
}

fn mean(total: f64, sum: f64) -> Result<f64, Undefined> {
    if total > 0.0 { Ok(sum / total) } else { Err(Undefined::NoRows) }
}
