//! `max-error`: the largest absolute error of a row that weighs something.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::loss::residual;
use crate::stats::masses::Masses;
use crate::stats::{Sample, Undefined};

/// `max-error`
pub const DEFINITION: Definition = Definition::new(
    "max-error",
    "Largest absolute error",
    Direction::LowerIsBetter,
    &[Task::Regression],
    |rows, _| Ok(Box::new(Largest(*rows.sample()))),
);

#[derive(Debug)]
struct Largest<'a>(Sample<'a>);

impl Prepared for Largest<'_> {
    fn value(&self, counts: Option<&[u32]>) -> Result<f64, Undefined> {
        let mut largest = None;
        Masses::new(&self.0, counts).each(self.0.rows(), |row, mass| {
            if mass > 0.0 {
                let error = residual(&self.0, row).abs();
                largest = Some(largest.map_or(error, |l: f64| l.max(error)));
            }
        });
        largest.ok_or(Undefined::NoRows)
    }
}
