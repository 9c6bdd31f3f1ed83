//! `average-precision-macro`: average precisions of each class against the rest.

use super::class_ranks::{ClassRanks, mean, prior_weighted};
use super::definition::Definition;
use crate::domain::metric::{Direction, Task};

/// `average-precision-macro`
pub const MACRO: Definition = Definition::new(
    "average-precision-macro",
    "Mean of the average precisions of each class against the rest",
    Direction::HigherIsBetter,
    &[Task::Multiclass],
    |rows, _| ClassRanks::boxed(rows, |ranks| mean(ranks.each(|one| one.average_precision())?)),
)
.of_probabilities();

/// `average-precision-weighted`
pub const WEIGHTED: Definition = Definition::new(
    "average-precision-weighted",
    "As average-precision-macro, where each class counts as many rows as it has",
    Direction::HigherIsBetter,
    &[Task::Multiclass],
    |rows, _| ClassRanks::boxed(rows, |ranks| prior_weighted(ranks, |one| one.average_precision())),
)
.of_probabilities();
