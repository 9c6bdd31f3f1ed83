//! `average-precision`: area under the precision-recall steps: Σ (Rₙ − Rₙ₋₁) Pₙ.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::ranked::Ordered;
use crate::stats::{Rows, Undefined};

/// `average-precision`
pub const DEFINITION: Definition = Definition::new(
    "average-precision",
    "Area under the precision-recall steps: Σ (Rₙ − Rₙ₋₁) Pₙ",
    Direction::HigherIsBetter,
    &[Task::Binary],
    prepare,
)
.shown(&[Task::Binary]);

fn prepare<'a>(
    rows: &Rows<'a>,
    _: &'static Definition,
) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    rows.ranking();
    Ok(Box::new(Ranked(rows.clone())))
}

#[derive(Debug)]
struct Ranked<'a>(Rows<'a>);

impl Prepared for Ranked<'_> {
    fn value(&self, counts: Option<&[u32]>) -> Result<f64, Undefined> {
        Ordered::binary(&self.0, counts).average_precision()
    }
}
