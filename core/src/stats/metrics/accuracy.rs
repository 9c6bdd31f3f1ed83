//! `accuracy`: share of right answers.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::confusion::{Answered, Confusion};
use crate::stats::{Sample, Undefined};

/// `accuracy`
pub const DEFINITION: Definition = Definition {
    name: "accuracy",
    about: "Share of right answers",
    direction: Direction::HigherIsBetter,
    tasks: &[Task::Binary],
    needs_probabilities: false,
    prepare,
};

fn prepare<'a>(sample: &Sample<'a>) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    Ok(Box::new(Answered::new(*sample, Confusion::accuracy)))
}
