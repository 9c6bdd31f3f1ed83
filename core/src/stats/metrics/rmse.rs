//! `rmse`: root of the mean squared error.

use super::definition::Definition;
use crate::domain::metric::{Direction, Task};
use crate::stats::loss::{Losses, squared};

/// `rmse`
pub const DEFINITION: Definition = Definition::new(
    "rmse",
    "Root of the mean squared error",
    Direction::LowerIsBetter,
    &[Task::Regression],
    |rows, _| Losses::rooted(rows, squared),
)
.shown(&[Task::Regression]);
