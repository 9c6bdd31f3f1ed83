//! `validate`: whether a version may be promoted, judged by the gates.

pub mod announce;
pub mod announcement;
mod evidence;
pub mod outcome;
pub mod pinned;
mod portable;
mod probe;
mod run;
mod scores;
mod slices;
pub mod verdict_file;
mod verify;

#[cfg(test)]
mod announce_tests;
#[cfg(test)]
mod tests;

pub use announcement::Announcement;
pub use outcome::{MetricPair, SliceRow, Slices, ValidateOutcome, Validation};
pub use run::{Backends, ValidateInput, run};
pub use verdict_file::VerdictFile;
pub use verify::{Verification, VerifyInput, verify};
