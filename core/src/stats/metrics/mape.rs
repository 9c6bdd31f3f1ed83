//! `mape`: mean absolute error as a share of the label.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::loss::{Losses, residual};
use crate::stats::{Rows, Undefined};

/// `mape`
pub const DEFINITION: Definition = Definition::new(
    "mape",
    "Mean absolute error as a share of the label",
    Direction::LowerIsBetter,
    &[Task::Regression],
    prepare,
)
.shown(&[Task::Regression]);

fn prepare<'a>(
    rows: &Rows<'a>,
    _: &'static Definition,
) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    if let Some(row) = rows.sample().labels.iter().position(|l| *l == 0.0) {
        return Err(Undefined::ZeroLabel { row: row + 1 });
    }
    Losses::boxed(rows, |s, row| residual(s, row).abs() / s.labels[row].abs())
}
