//! `recall`: share of the positives that are predicted as such.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::confusion::{Answered, Confusion};
use crate::stats::{Rows, Undefined};

/// `recall`
pub const DEFINITION: Definition = Definition {
    name: "recall",
    about: "Share of the positives that are predicted as such",
    direction: Direction::HigherIsBetter,
    tasks: &[Task::Binary],
    needs_probabilities: false,
    prepare,
};

fn prepare<'a>(rows: &Rows<'a>) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    Ok(Box::new(Answered::new(*rows.sample(), Confusion::recall)))
}
