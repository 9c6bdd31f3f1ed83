//! `smape`: mean absolute error as a share of the mean size of label and answer, from 0 to 2
//! (Makridakis 1993). A row where both are 0 has no error.

use super::definition::Definition;
use crate::domain::metric::{Direction, Task};
use crate::stats::loss::{Losses, residual};

/// `smape`
pub const DEFINITION: Definition = Definition::new(
    "smape",
    "Mean absolute error as a share of the mean size of label and answer, from 0 to 2",
    Direction::LowerIsBetter,
    &[Task::Regression],
    |rows, _| {
        Losses::boxed(rows, |s, row| {
            // Halves first: sizes near the largest number must not become infinite.
            let size = s.labels[row].abs() / 2.0 + s.scores[row].abs() / 2.0;
            if size > 0.0 { residual(s, row).abs() / size } else { 0.0 }
        })
    },
);
