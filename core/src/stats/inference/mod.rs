//! Tests and exact intervals, one file a method: numbers in, a p-value or an interval out. See
//! `docs/statistics.md` for which is used where, and why.

mod binomial;
pub mod mcnemar;
pub mod multiple;
pub mod paired_shares;
pub mod paired_t;
pub mod permutation;
pub mod power;
pub mod proportion;
pub mod sequential;
pub(in crate::stats) mod student;
pub mod swap;
pub mod test;
pub mod wilcoxon;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod reference_tests;

pub use test::{Alternative, Test, Untested};
