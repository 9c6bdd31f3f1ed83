//! Curves to look at: ROC, precision and recall, calibration, distributions. What is drawn has at
//! most [`MOST_POINTS`] points, chosen so that the shape stays.

pub mod calibration;
pub mod density;
pub mod distribution;
pub mod ranked;
pub mod thinned;

#[cfg(test)]
mod reference_tests;

pub use calibration::{Bin, Binning, calibration};
pub use density::{Density, density};
pub use distribution::{Distribution, distributions, quantiles};
pub use ranked::Ranked;
pub use thinned::{MOST_POINTS, thinned};

use super::sample::Sample;
use super::undefined::Undefined;

/// The weight of a row.
fn weight(sample: &Sample<'_>, row: usize) -> f64 {
    sample.weights.map_or(1.0, |weights| weights[row])
}

/// An error for columns that cannot be drawn: of different lengths, empty, or with a number that is
/// not finite.
fn drawable(sample: &Sample<'_>) -> Result<(), Undefined> {
    let Sample { labels, scores, .. } = sample;
    if labels.len() != scores.len() {
        return Err(Undefined::Lengths { labels: labels.len(), scores: scores.len() });
    }
    if labels.is_empty() {
        return Err(Undefined::NoRows);
    }
    for (what, values) in [("label", labels), ("score", scores)] {
        if let Some(i) = values.iter().position(|v| !v.is_finite()) {
            return Err(Undefined::NotFinite { what, row: i + 1, value: values[i] });
        }
    }
    Ok(())
}
