//! Categories of two samples, however many: which are compared on their own, how many values are in
//! new ones, and which are lost.
//!
//! Everything here rests on one fact. Where both samples come from one population and the rows of
//! each level are known for both together, which of them belong to the baseline is a draw of the
//! baseline's rows from all rows without replacement (the argument of the permutation test, Fisher
//! 1935). So levels are picked by what both samples hold *together*, never by the baseline's counts
//! alone: those that are large there by chance would be smaller in any other sample (regression to
//! the mean), and a test would take that for drift.

mod bound;
mod levels;
mod lost;
mod novelty;
mod own;
#[cfg(test)]
mod tests;

pub use levels::{Levels, Untold};
pub use novelty::Novelty;
pub use own::Counted;
