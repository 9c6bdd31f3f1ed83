//! `brier`: mean squared distance of the probability from the label.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::loss::Losses;
use crate::stats::{Sample, Undefined};

/// `brier`
pub const DEFINITION: Definition = Definition {
    name: "brier",
    about: "Mean squared distance of the probability from the label",
    direction: Direction::LowerIsBetter,
    tasks: &[Task::Binary],
    needs_probabilities: true,
    prepare,
};

fn prepare<'a>(sample: &Sample<'a>) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    Ok(Box::new(Losses::new(sample, |label, score| (label - score).powi(2))))
}
