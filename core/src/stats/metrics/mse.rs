//! `mse`: mean squared error.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::loss::Losses;
use crate::stats::{Rows, Undefined};

/// `mse`
pub const DEFINITION: Definition = Definition {
    name: "mse",
    about: "Mean squared error",
    direction: Direction::LowerIsBetter,
    tasks: &[Task::Regression],
    needs_probabilities: false,
    prepare,
};

fn prepare<'a>(rows: &Rows<'a>) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    Ok(Box::new(Losses::new(rows.sample(), |label, score| (label - score).powi(2))))
}
