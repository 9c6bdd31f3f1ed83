//! `f1`: harmonic mean of precision and recall.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::confusion::{Answered, Confusion};
use crate::stats::{Rows, Undefined};

/// `f1`
pub const DEFINITION: Definition = Definition {
    name: "f1",
    about: "Harmonic mean of precision and recall",
    direction: Direction::HigherIsBetter,
    tasks: &[Task::Binary],
    needs_probabilities: false,
    prepare,
};

fn prepare<'a>(rows: &Rows<'a>) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    Ok(Box::new(Answered::new(*rows.sample(), Confusion::f1)))
}
