//! `precision`: share of the predicted positives that are positive; and its averages over classes.

use super::definition::{CLASSES, Definition, of_class};
use crate::domain::metric::Task;
use crate::stats::versus::{Average, Versus};

/// `precision`
pub const DEFINITION: Definition = Definition::of_answers(
    "precision",
    "Share of the predicted positives that are positive",
    &[Task::Binary],
    |c, _| of_class(c, None, Versus::precision),
)
.shown(&[Task::Binary]);

/// `precision-macro`
pub const MACRO: Definition = Definition::of_answers(
    "precision-macro",
    "Mean of the precisions of the classes, each counting the same",
    CLASSES,
    |c, _| of_class(c, Some(Average::Macro), Versus::precision),
);

/// `precision-micro`
pub const MICRO: Definition = Definition::of_answers(
    "precision-micro",
    "The precision of all classes counted together",
    CLASSES,
    |c, _| of_class(c, Some(Average::Micro), Versus::precision),
);

/// `precision-weighted`
pub const WEIGHTED: Definition = Definition::of_answers(
    "precision-weighted",
    "Mean of the precisions of the classes, each counting as many rows as it has",
    CLASSES,
    |c, _| of_class(c, Some(Average::Weighted), Versus::precision),
);
