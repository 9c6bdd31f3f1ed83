//! `mcc`: Matthews' correlation coefficient.

use super::definition::{CLASSES, Definition};

/// `mcc`
pub const DEFINITION: Definition =
    Definition::of_answers("mcc", "Matthews' correlation coefficient", CLASSES, |c, _| c.mcc())
        .shown(CLASSES);
