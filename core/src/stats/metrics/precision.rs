//! `precision`: share of the predicted positives that are positive.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::confusion::{Answered, Confusion};
use crate::stats::{Rows, Undefined};

/// `precision`
pub const DEFINITION: Definition = Definition {
    name: "precision",
    about: "Share of the predicted positives that are positive",
    direction: Direction::HigherIsBetter,
    tasks: &[Task::Binary],
    needs_probabilities: false,
    prepare,
};

fn prepare<'a>(rows: &Rows<'a>) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    Ok(Box::new(Answered::new(*rows.sample(), Confusion::precision)))
}
