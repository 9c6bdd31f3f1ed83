//! `balanced-accuracy`: mean of the recalls of the classes.

use super::definition::{CLASSES, Definition};

/// `balanced-accuracy`
pub const DEFINITION: Definition = Definition::of_answers(
    "balanced-accuracy",
    "Mean of the recalls of the classes",
    CLASSES,
    |c, _| c.balanced_accuracy(),
)
.shown(CLASSES);
