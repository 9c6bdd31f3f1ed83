//! `brier`: mean squared distance of the probability from the label.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::loss::Losses;
use crate::stats::{Rows, Undefined};

/// `brier`
pub const DEFINITION: Definition = Definition {
    name: "brier",
    about: "Mean squared distance of the probability from the label",
    direction: Direction::LowerIsBetter,
    tasks: &[Task::Binary],
    needs_probabilities: true,
    prepare,
};

fn prepare<'a>(rows: &Rows<'a>) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    Ok(Box::new(Losses::new(rows.sample(), |label, score| (label - score).powi(2))))
}
