//! `roc-auc`: area under the ROC curve: the share of pairs of a positive and a negative that are in the right order; ties count half.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::ranking::Ranking;
use crate::stats::{Sample, Undefined};

/// `roc-auc`
pub const DEFINITION: Definition = Definition {
    name: "roc-auc",
    about: "Area under the ROC curve: the share of pairs of a positive and a negative that are in the right order; ties count half",
    direction: Direction::HigherIsBetter,
    tasks: &[Task::Binary],
    needs_probabilities: false,
    prepare,
};

fn prepare<'a>(sample: &Sample<'a>) -> Result<Box<dyn Prepared + 'a>, Undefined> {
    Ok(Box::new(Ranked(Ranking::new(sample.labels, sample.scores))))
}

#[derive(Debug)]
struct Ranked(Ranking);

impl Prepared for Ranked {
    fn value(&self, counts: &[u32]) -> Result<f64, Undefined> {
        self.0.roc_auc(counts)
    }
}
