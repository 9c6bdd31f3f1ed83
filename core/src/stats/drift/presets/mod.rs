//! How a column is compared and what counts as drift: the rules of a tool under one name, so that
//! its numbers, choices and decisions come out the same.

mod azure_ml;
mod compared;
mod estimated;
mod evidently;
mod nannyml;
mod outerloop;
mod preset;

pub use azure_ml::complete_rows;
#[cfg(test)]
pub(super) use azure_ml::histograms;
pub use compared::{Compared, Tests, Undecided};
pub use outerloop::Thresholds;
pub use preset::{Preset, Rule, compare, data_set};
