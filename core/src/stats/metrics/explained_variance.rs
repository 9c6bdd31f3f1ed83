//! `explained-variance`: share of the variance of the labels that the answers explain; a constant offset costs nothing.

use super::definition::{Definition, InLanes, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::bootstrap::{Counts, LANES};
use crate::stats::{Sample, Undefined, loss};

/// `explained-variance`
pub const DEFINITION: Definition = Definition::new(
    "explained-variance",
    "Share of the variance of the labels that the answers explain; a constant offset costs nothing",
    Direction::HigherIsBetter,
    &[Task::Regression],
    |rows, _| Ok(Box::new(Explained(*rows.sample()))),
);

#[derive(Debug)]
struct Explained<'a>(Sample<'a>);

impl Prepared for Explained<'_> {
    fn value(&self, counts: Option<&[u32]>) -> Result<f64, Undefined> {
        loss::explained_variance(&self.0, counts)
    }

    fn lanes(&self, counts: &[Counts], _: &InLanes<'_>) -> [Option<f64>; LANES] {
        loss::explained_variance_lanes(&self.0, counts)
    }
}
