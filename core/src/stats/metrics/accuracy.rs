//! `accuracy`: share of right answers.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::confusion::{Answered, Confusion};
use crate::stats::{Rows, Undefined};

/// `accuracy`
pub const DEFINITION: Definition = Definition {
    name: "accuracy",
    about: "Share of right answers",
    direction: Direction::HigherIsBetter,
    tasks: &[Task::Binary],
    needs_probabilities: false,
    prepare,
};

fn prepare<'a>(rows: &Rows<'a>) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    Ok(Box::new(Answered::new(*rows.sample(), Confusion::accuracy)))
}
