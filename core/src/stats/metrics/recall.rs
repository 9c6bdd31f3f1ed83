//! `recall`: share of the positives that are predicted as such; and its averages over classes.

use super::definition::{CLASSES, Definition, of_class};
use crate::domain::metric::Task;
use crate::stats::versus::{Average, Versus};

/// `recall`
pub const DEFINITION: Definition = Definition::of_answers(
    "recall",
    "Share of the positives that are predicted as such",
    &[Task::Binary],
    |c, _| of_class(c, None, Versus::recall),
)
.shown(&[Task::Binary]);

/// `recall-macro`
pub const MACRO: Definition = Definition::of_answers(
    "recall-macro",
    "Mean of the recalls of the classes, each counting the same",
    CLASSES,
    |c, _| of_class(c, Some(Average::Macro), Versus::recall),
);

/// `recall-micro`
pub const MICRO: Definition = Definition::of_answers(
    "recall-micro",
    "The recall of all classes counted together",
    CLASSES,
    |c, _| of_class(c, Some(Average::Micro), Versus::recall),
);

/// `recall-weighted`
pub const WEIGHTED: Definition = Definition::of_answers(
    "recall-weighted",
    "Mean of the recalls of the classes, each counting as many rows as it has",
    CLASSES,
    |c, _| of_class(c, Some(Average::Weighted), Versus::recall),
);
