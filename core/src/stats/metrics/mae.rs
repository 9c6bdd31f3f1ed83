//! `mae`: mean absolute error.

use super::definition::Definition;
use crate::domain::metric::{Direction, Task};
use crate::stats::loss::{Losses, residual};

/// `mae`
pub const DEFINITION: Definition = Definition::new(
    "mae",
    "Mean absolute error",
    Direction::LowerIsBetter,
    &[Task::Regression],
    |rows, _| Losses::boxed(rows, |s, row| residual(s, row).abs()),
)
.shown(&[Task::Regression]);
