//! `mape`: mean absolute error as a share of the label.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::loss::{Losses, residual};
use crate::stats::masses::Masses;
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
    let (labels, masses) = (rows.sample().labels, Masses::new(rows.sample(), None));
    if let Some(row) = (0..labels.len()).find(|row| labels[*row] == 0.0 && masses.of(*row) > 0.0) {
        return Err(Undefined::ZeroLabel { row: row + 1 });
    }
    Losses::boxed(rows, |s, row| match s.labels[row] {
        // A row that weighs nothing.
        0.0 => 0.0,
        label => residual(s, row).abs() / label.abs(),
    })
}
