//! `ks`: Kolmogorov and Smirnov: the largest gap between the shares of positives and of negatives above a score.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::ranked::Ordered;
use crate::stats::{Rows, Undefined};

/// `ks`
pub const DEFINITION: Definition = Definition::new(
    "ks",
    "Kolmogorov and Smirnov: the largest gap between the shares of positives and of negatives above a score",
    Direction::HigherIsBetter,
    &[Task::Binary],
    prepare,
);

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
        Ordered::binary(&self.0, counts).ks()
    }
}
