//! Many numbers compared exactly without sorting them all.
//!
//! Both samples go into buckets in the order of the values, each with its counts and the sum of its
//! values. Where the distribution functions cannot cross within a bucket, the area between them
//! there follows from the sum alone. Only buckets in which they may cross, in which their distance
//! may be the largest, or in which a tenth of the baseline ends are sorted.

mod bucketed;
mod choice;
mod few;
mod side;
mod walk;

pub(super) use choice::compare;

#[cfg(test)]
mod tests;
