//! `balanced-accuracy`: mean of the recalls of the classes.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::confusion::{Answered, Confusion};
use crate::stats::{Sample, Undefined};

/// `balanced-accuracy`
pub const DEFINITION: Definition = Definition {
    name: "balanced-accuracy",
    about: "Mean of the recalls of the classes",
    direction: Direction::HigherIsBetter,
    tasks: &[Task::Binary],
    needs_probabilities: false,
    prepare,
};

fn prepare<'a>(sample: &Sample<'a>) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    Ok(Box::new(Answered::new(*sample, Confusion::balanced_accuracy)))
}
