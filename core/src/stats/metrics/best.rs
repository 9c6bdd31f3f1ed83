//! `f1-best` and others: a metric at the threshold that is best for it on these very rows.

use super::definition::{Definition, Prepared};
use super::{accuracy, balanced_accuracy, f1, mcc};
use crate::domain::metric::{Direction, Task};
use crate::stats::{Rows, Undefined, threshold};

/// `accuracy-best`
pub const ACCURACY: Definition =
    at_best("accuracy-best", "Highest accuracy at any threshold", |rows, _| {
        Best::boxed(rows, &accuracy::DEFINITION)
    });

/// `balanced-accuracy-best`
pub const BALANCED_ACCURACY: Definition = at_best(
    "balanced-accuracy-best",
    "Highest balanced accuracy at any threshold: (Youden's J + 1) / 2",
    |rows, _| Best::boxed(rows, &balanced_accuracy::DEFINITION),
);

/// `f1-best`
pub const F1: Definition =
    at_best("f1-best", "Highest F1 at any threshold", |rows, _| Best::boxed(rows, &f1::DEFINITION));

/// `mcc-best`
pub const MCC: Definition =
    at_best("mcc-best", "Highest Matthews' correlation at any threshold", |rows, _| {
        Best::boxed(rows, &mcc::DEFINITION)
    });

const fn at_best(
    name: &'static str,
    about: &'static str,
    prepare: super::definition::Prepare,
) -> Definition {
    Definition::new(name, about, Direction::HigherIsBetter, &[Task::Binary], prepare)
}

#[derive(Debug)]
struct Best<'a> {
    rows: Rows<'a>,
    of: &'static Definition,
}

impl<'a> Best<'a> {
    fn boxed(
        rows: &Rows<'a>,
        of: &'static Definition,
    ) -> Result<Box<dyn Prepared + 'a>, Undefined> {
        rows.ranking();
        Ok(Box::new(Self { rows: rows.clone(), of }))
    }
}

impl Prepared for Best<'_> {
    fn value(&self, counts: Option<&[u32]>) -> Result<f64, Undefined> {
        Ok(threshold::best(self.of, &self.rows, counts)?.value)
    }
}
