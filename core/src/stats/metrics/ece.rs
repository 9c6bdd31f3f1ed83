//! `ece`: expected calibration error: how far probabilities are from the shares that come true.

use super::definition::{CLASSES, Definition};
use super::family::Family;
use crate::domain::metric::Direction;
use crate::stats::calibration::{BINS, Binned};

/// `ece`
pub const DEFINITION: Definition = Definition::new(
    "ece",
    "Expected calibration error over ten bins of equal width",
    Direction::LowerIsBetter,
    CLASSES,
    |rows, definition| Ok(Box::new(Binned::equal_width(rows, definition.parameter as usize)?)),
)
.with(BINS as f64)
.of_probabilities()
.shown(CLASSES);

/// `ece-quantile`
pub const QUANTILE: Definition = Definition::new(
    "ece-quantile",
    "Expected calibration error over ten bins of about as many rows each",
    Direction::LowerIsBetter,
    CLASSES,
    |rows, definition| Ok(Box::new(Binned::equal_mass(rows, definition.parameter as usize)?)),
)
.with(BINS as f64)
.of_probabilities();

/// `ece-15`, `ece-20` and so on.
pub const FAMILY: Family = Family {
    before: "ece-",
    after: "",
    letter: "N",
    about: "Expected calibration error over N bins of equal width",
    allowed: "N is a whole number from 2 to 100",
    allows: |bins| (2.0..=100.0).contains(&bins) && bins.fract() == 0.0,
    base: &DEFINITION,
};
