//! `validate`: whether a version may be promoted, judged by the gates.

pub mod announce;
pub mod announcement;
mod evidence;
pub mod outcome;
pub mod pinned;
mod probe;
mod run;
mod slices;

#[cfg(test)]
mod announce_tests;
#[cfg(test)]
mod tests;

pub use announcement::Announcement;
pub use outcome::{MetricPair, SliceRow, Slices, ValidateOutcome, Validation};
pub use run::{Backends, ValidateInput, run};
