//! `mape`: mean absolute error as a share of the label.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::loss::Losses;
use crate::stats::{Rows, Undefined};

/// `mape`
pub const DEFINITION: Definition = Definition {
    name: "mape",
    about: "Mean absolute error as a share of the label",
    direction: Direction::LowerIsBetter,
    tasks: &[Task::Regression],
    needs_probabilities: false,
    prepare,
};

fn prepare<'a>(rows: &Rows<'a>) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    if let Some(row) = rows.sample().labels.iter().position(|l| *l == 0.0) {
        return Err(Undefined::ZeroLabel { row: row + 1 });
    }
    Ok(Box::new(Losses::new(rows.sample(), |label, score| (label - score).abs() / label.abs())))
}
