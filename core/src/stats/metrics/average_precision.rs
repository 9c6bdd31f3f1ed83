//! `average-precision`: area under the precision-recall steps: Σ (Rₙ − Rₙ₋₁) Pₙ.

use super::definition::{Definition, Prepared};
use crate::domain::metric::{Direction, Task};
use crate::stats::ranking::Ranking;
use crate::stats::{Sample, Undefined};

/// `average-precision`
pub const DEFINITION: Definition = Definition {
    name: "average-precision",
    about: "Area under the precision-recall steps: Σ (Rₙ − Rₙ₋₁) Pₙ",
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
        self.0.average_precision(counts)
    }
}
