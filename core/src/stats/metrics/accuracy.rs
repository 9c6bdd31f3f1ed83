//! `accuracy`: share of right answers.

use super::definition::{CLASSES, Definition};

/// `accuracy`
pub const DEFINITION: Definition =
    Definition::of_answers("accuracy", "Share of right answers", CLASSES, |c, _| c.accuracy())
        .shown(CLASSES);
