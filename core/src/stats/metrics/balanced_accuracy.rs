//! `balanced-accuracy`: mean of the recalls of the classes.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::confusion::{Answered, Confusion};
use crate::stats::{Rows, Undefined};

/// `balanced-accuracy`
pub const DEFINITION: Definition = Definition {
    name: "balanced-accuracy",
    about: "Mean of the recalls of the classes",
    direction: Direction::HigherIsBetter,
    tasks: &[Task::Binary],
    needs_probabilities: false,
    prepare,
};

fn prepare<'a>(rows: &Rows<'a>) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    Ok(Box::new(Answered::new(*rows.sample(), Confusion::balanced_accuracy)))
}
