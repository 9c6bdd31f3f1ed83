//! Bootstrap intervals: how far a metric, or the difference between two models on the same rows,
//! would move with other rows from the same source (Efron 1979).
//!
//! Every resample draws its rows from a generator seeded with its own number, so that the result is
//! the same for any number of threads.

mod draws;
mod estimate;
mod generator;
mod jackknife;
mod options;
mod plan;

#[cfg(test)]
mod tests;

pub use estimate::{Estimate, PairedDifference, estimate, paired_difference};
pub use options::{MIN_RESAMPLES, Method, Options};
