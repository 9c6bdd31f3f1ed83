//! `average-precision`: area under the precision-recall steps: Σ (Rₙ − Rₙ₋₁) Pₙ.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::{Rows, Undefined};

/// `average-precision`
pub const DEFINITION: Definition = Definition {
    name: "average-precision",
    about: "Area under the precision-recall steps: Σ (Rₙ − Rₙ₋₁) Pₙ",
    direction: Direction::HigherIsBetter,
    tasks: &[Task::Binary],
    needs_probabilities: false,
    prepare,
};

fn prepare<'a>(rows: &Rows<'a>) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    rows.ranking();
    Ok(Box::new(Ranked(rows.clone())))
}

#[derive(Debug)]
struct Ranked<'a>(Rows<'a>);

impl Prepared for Ranked<'_> {
    fn value(&self, counts: Option<&[u32]>) -> Result<f64, Undefined> {
        self.0.ranking().average_precision(counts)
    }
}
