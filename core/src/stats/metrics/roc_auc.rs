//! `roc-auc`: area under the ROC curve: the share of pairs of a positive and a negative that are in the right order; ties count half.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::{Rows, Undefined};

/// `roc-auc`
pub const DEFINITION: Definition = Definition {
    name: "roc-auc",
    about: "Area under the ROC curve: the share of pairs of a positive and a negative that are in the right order; ties count half",
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
        self.0.ranking().roc_auc(counts)
    }
}
