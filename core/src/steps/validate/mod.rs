//! `validate`: whether a version may be promoted, judged by the gates.

mod evidence;
pub mod outcome;
pub mod predictions;
mod run;
mod slices;

#[cfg(test)]
mod tests;

pub use outcome::{MetricPair, RocCurves, SliceRow, Slices, ValidateOutcome, Validation};
pub use run::{ValidateInput, run};
