//! `mse`: mean squared error.

use super::definition::Definition;
use crate::domain::metric::{Direction, Task};
use crate::stats::loss::{Losses, squared};

/// `mse`
pub const DEFINITION: Definition = Definition::new(
    "mse",
    "Mean squared error",
    Direction::LowerIsBetter,
    &[Task::Regression],
    |rows, _| Losses::boxed(rows, squared),
)
.shown(&[Task::Regression]);
