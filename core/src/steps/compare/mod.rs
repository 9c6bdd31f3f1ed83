//! `compare`: two data sets, without a registry or a package.

mod asked;
mod column;
mod complete;
mod correlation;
mod kinds;
mod outcome;
mod profiles;
pub(crate) mod remarks;
mod rows;
mod run;
mod settle;
mod side;
pub(crate) mod summary;
#[cfg(test)]
mod tests;
mod times;
#[cfg(test)]
mod times_tests;

pub use asked::Asked;
pub use correlation::CorrelationChange;
pub use kinds::GuessedKind;
pub use outcome::{CompareOutcome, ComparedColumn};
pub use run::{CompareInput, run};
pub use side::Only;
pub(crate) use side::Side;
