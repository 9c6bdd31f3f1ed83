//! Bootstrap intervals: how far a metric, or the difference between two models on the same rows,
//! would move with other rows from the same source (Efron 1979).
//!
//! Resamples are drawn and measured [`LANES`] at a time. Each such block has a generator of its own
//! (SplitMix64, seeded with the seed and the number of the block), so that the result is the same for
//! any number of threads; sums are of whole numbers, or in the order of the rows.

mod arranged;
mod block;
mod draws;
mod estimate;
mod jackknife;
mod models;
mod options;
mod plan;
mod poisson;
mod study;

#[cfg(test)]
mod tests;

pub use block::{Counts, LANES, totals};
pub use estimate::{Estimate, Found, PairedDifference, compare, estimate, paired_difference};
pub use options::{MIN_RESAMPLES, Method, Options};
