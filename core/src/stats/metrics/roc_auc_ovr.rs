//! `roc-auc-ovr-macro`: areas under the ROC curves of each class against the rest (Provost and
//! Domingos 2000 where classes count as many rows as they have).

use super::class_ranks::{ClassRanks, mean, prior_weighted};
use super::definition::Definition;
use crate::domain::metric::{Direction, Task};

/// `roc-auc-ovr-macro`
pub const MACRO: Definition = Definition::new(
    "roc-auc-ovr-macro",
    "Mean of the areas under the ROC curves of each class against the rest",
    Direction::HigherIsBetter,
    &[Task::Multiclass],
    |rows, _| ClassRanks::boxed(rows, |ranks| mean(ranks.each(|one| one.roc_auc())?)),
)
.of_probabilities()
.shown(&[Task::Multiclass]);

/// `roc-auc-ovr-weighted`
pub const WEIGHTED: Definition = Definition::new(
    "roc-auc-ovr-weighted",
    "As roc-auc-ovr-macro, where each class counts as many rows as it has",
    Direction::HigherIsBetter,
    &[Task::Multiclass],
    |rows, _| ClassRanks::boxed(rows, |ranks| prior_weighted(ranks, |one| one.roc_auc())),
)
.of_probabilities();
