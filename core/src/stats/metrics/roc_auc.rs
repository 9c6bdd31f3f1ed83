//! `roc-auc`: area under the ROC curve: the share of pairs of a positive and a negative that are in the right order; ties count half.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::ranked::Ordered;
use crate::stats::{Rows, Undefined};

/// `roc-auc`
pub const DEFINITION: Definition = Definition::new(
    "roc-auc",
    "Area under the ROC curve: the share of pairs of a positive and a negative that are in the right order; ties count half",
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
        Ordered::binary(&self.0, counts).roc_auc()
    }
}
