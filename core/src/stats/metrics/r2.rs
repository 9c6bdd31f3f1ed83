//! `r2`: coefficient of determination: 1 − Σ(y − ŷ)² / Σ(y − ȳ)².

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::{Rows, Sample, Undefined, loss};

/// `r2`
pub const DEFINITION: Definition = Definition {
    name: "r2",
    about: "Coefficient of determination: 1 − Σ(y − ŷ)² / Σ(y − ȳ)²",
    direction: Direction::HigherIsBetter,
    tasks: &[Task::Regression],
    needs_probabilities: false,
    prepare,
};

fn prepare<'a>(rows: &Rows<'a>) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    Ok(Box::new(Explained(*rows.sample())))
}

#[derive(Debug)]
struct Explained<'a>(Sample<'a>);

impl Prepared for Explained<'_> {
    fn value(&self, counts: Option<&[u32]>) -> Result<f64, Undefined> {
        loss::r_squared(self.0.labels, self.0.scores, counts)
    }
}
