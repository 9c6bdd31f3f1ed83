//! One file a gate: its id, its settings, and how it is evaluated.

pub mod absolute;
pub mod calibration;
pub mod churn;
pub mod custom;
mod decisions;
pub mod digest;
pub mod evidence;
pub mod expectations;
pub mod fairness;
pub mod gate;
pub mod groups;
pub mod improvement;
pub mod latency;
pub mod leakage;
pub mod method;
pub mod non_inferiority;
mod paired;
pub mod probes;
pub mod settings;
pub mod signature;
mod single;
pub mod size;
mod slice_loss;
pub mod slices;
pub mod superiority;

#[cfg(test)]
mod docs_tests;
#[cfg(test)]
mod testing;

pub use evidence::{Candidate, Dropped, Evidence, Integrity, Predictions, Scores};
pub use gate::{Gate, judge};
pub use paired::gain_in_group;
pub use probes::{Looked, Probes};
