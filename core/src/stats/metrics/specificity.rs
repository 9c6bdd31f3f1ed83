//! `specificity`: share of the negatives that are predicted as such.

use super::definition::{Definition, of_class};
use crate::domain::metric::Task;
use crate::stats::versus::Versus;

/// `specificity`
pub const DEFINITION: Definition = Definition::of_answers(
    "specificity",
    "Share of the negatives that are predicted as such",
    &[Task::Binary],
    |c, _| of_class(c, None, Versus::specificity),
);
