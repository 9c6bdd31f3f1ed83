//! `f1` and F-beta: weighted harmonic mean of precision and recall; and their averages over classes.

use super::definition::{CLASSES, Definition, of_class};
use super::family::Family;
use crate::domain::metric::Task;
use crate::stats::versus::Average;

/// `f1`
pub const DEFINITION: Definition = BETA.with(1.0).shown(&[Task::Binary]);

/// `f0.5`
pub const HALF: Definition = Definition { name: "f0.5", about: HALF_ABOUT, ..BETA }.with(0.5);

/// `f2`
pub const TWO: Definition = Definition { name: "f2", about: TWO_ABOUT, ..BETA }.with(2.0);

const HALF_ABOUT: &str = "Harmonic mean of precision and recall, where precision counts twice";
const TWO_ABOUT: &str = "Harmonic mean of precision and recall, where recall counts twice";

const BETA: Definition = Definition::of_answers(
    "f1",
    "Harmonic mean of precision and recall",
    &[Task::Binary],
    |c, beta| of_class(c, None, |class| class.f(beta)),
);

/// `f1-macro`
pub const MACRO: Definition = Definition::of_answers(
    "f1-macro",
    "Mean of the F1 of the classes, each counting the same",
    CLASSES,
    |c, beta| of_class(c, Some(Average::Macro), |class| class.f(beta)),
)
.with(1.0)
.shown(&[Task::Multiclass]);

/// `f1-micro`
pub const MICRO: Definition = Definition::of_answers(
    "f1-micro",
    "The F1 of all classes counted together",
    CLASSES,
    |c, beta| of_class(c, Some(Average::Micro), |class| class.f(beta)),
)
.with(1.0);

/// `f1-weighted`
pub const WEIGHTED: Definition = Definition::of_answers(
    "f1-weighted",
    "Mean of the F1 of the classes, each counting as many rows as it has",
    CLASSES,
    |c, beta| of_class(c, Some(Average::Weighted), |class| class.f(beta)),
)
.with(1.0)
.shown(&[Task::Multiclass]);

/// `f0.25`, `f3` and so on, and their averages.
pub const FAMILIES: [Family; 4] = [
    family("", &BETA),
    family("-macro", &MACRO),
    family("-micro", &MICRO),
    family("-weighted", &WEIGHTED),
];

const fn family(after: &'static str, base: &'static Definition) -> Family {
    Family {
        before: "f",
        after,
        letter: "B",
        about: "Harmonic mean of precision and recall, where recall counts B times as much",
        allowed: "B is above 0 and at most 100",
        allows: |beta| beta > 0.0 && beta <= 100.0,
        base,
    }
}
