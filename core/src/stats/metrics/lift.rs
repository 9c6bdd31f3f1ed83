//! `lift-0.1`: how much denser positives are among the highest scores than in all rows.

use super::definition::{Definition, Prepared};
use super::family::Family;
use crate::domain::metric::{Direction, Task};
use crate::stats::ranked::Ordered;
use crate::stats::{Rows, Undefined};

/// `lift-0.1`
pub const DEFINITION: Definition = Definition::new(
    "lift-0.1",
    "How many times denser positives are in the top tenth of the scores than in all rows",
    Direction::HigherIsBetter,
    &[Task::Binary],
    prepare,
)
.with(0.1);

/// `lift-0.01`, `lift-0.25` and so on.
pub const FAMILY: Family = Family {
    before: "lift-",
    after: "",
    letter: "S",
    about: "How many times denser positives are in the top share S of the scores than in all rows",
    allowed: "S is a share above 0 and below 1",
    allows: |share| share > 0.0 && share < 1.0,
    base: &DEFINITION,
};

fn prepare<'a>(
    rows: &Rows<'a>,
    definition: &'static Definition,
) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    rows.ranking();
    Ok(Box::new(Lift { rows: rows.clone(), share: definition.parameter }))
}

#[derive(Debug)]
struct Lift<'a> {
    rows: Rows<'a>,
    share: f64,
}

impl Prepared for Lift<'_> {
    fn value(&self, counts: Option<&[u32]>) -> Result<f64, Undefined> {
        Ordered::binary(&self.rows, counts).lift(self.share)
    }
}
