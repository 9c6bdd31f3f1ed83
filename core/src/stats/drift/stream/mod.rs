//! Detectors of change in a stream of values, one value at a time.

mod adwin;
mod ddm;
mod page_hinkley;

pub use adwin::Adwin;
pub use ddm::{Ddm, State};
pub use page_hinkley::{PageHinkley, Towards};

#[cfg(test)]
mod reference_tests;
