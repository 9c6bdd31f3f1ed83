//! `log-loss`: mean negative log-likelihood (natural logarithm).

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::loss::Losses;
use crate::stats::{Rows, Undefined};

/// `log-loss`
pub const DEFINITION: Definition = Definition {
    name: "log-loss",
    about: "Mean negative log-likelihood (natural logarithm)",
    direction: Direction::LowerIsBetter,
    tasks: &[Task::Binary],
    needs_probabilities: true,
    prepare,
};

fn prepare<'a>(rows: &Rows<'a>) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    Ok(Box::new(Losses::new(rows.sample(), |label, score| {
        // A probability of 0 or 1 is moved inwards by the machine epsilon.
        let right = if label == 1.0 { score } else { 1.0 - score };
        -right.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
    })))
}
