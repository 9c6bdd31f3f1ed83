//! `log-loss`: mean negative log-likelihood (natural logarithm).

use super::definition::{CLASSES, Definition};
use crate::domain::metric::Direction;
use crate::stats::Sample;
use crate::stats::loss::Losses;

/// `log-loss`
pub const DEFINITION: Definition = Definition::new(
    "log-loss",
    "Mean negative log-likelihood (natural logarithm)",
    Direction::LowerIsBetter,
    CLASSES,
    |rows, _| Losses::boxed(rows, loss),
)
.of_probabilities()
.shown(CLASSES);

fn loss(sample: &Sample<'_>, row: usize) -> f64 {
    let (label, score) = (sample.labels[row], sample.scores[row]);
    let right = match sample.probabilities {
        Some(p) => p[row * sample.classes + label as usize],
        None if label == 1.0 => score,
        None => 1.0 - score,
    };
    // A probability of 0 or 1 is moved inwards by the machine epsilon. The logarithm is not that of
    // the system, whose last digit differs between machines.
    -libm::log(right.clamp(f64::EPSILON, 1.0 - f64::EPSILON))
}
