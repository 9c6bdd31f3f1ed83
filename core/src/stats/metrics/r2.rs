//! `r2`: coefficient of determination: 1 − Σ(y − ŷ)² / Σ(y − ȳ)².

use super::definition::{Definition, InLanes, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::bootstrap::{Counts, LANES};
use crate::stats::{Sample, Undefined, loss};

/// `r2`
pub const DEFINITION: Definition = Definition::new(
    "r2",
    "Coefficient of determination: 1 − Σ(y − ŷ)² / Σ(y − ȳ)²",
    Direction::HigherIsBetter,
    &[Task::Regression],
    |rows, _| Ok(Box::new(Explained(*rows.sample()))),
)
.shown(&[Task::Regression]);

#[derive(Debug)]
struct Explained<'a>(Sample<'a>);

impl Prepared for Explained<'_> {
    fn value(&self, counts: Option<&[u32]>) -> Result<f64, Undefined> {
        loss::r_squared(&self.0, counts)
    }

    fn lanes(&self, counts: &[Counts], _: &InLanes<'_>) -> [Option<f64>; LANES] {
        loss::r_squared_lanes(&self.0, counts)
    }
}
