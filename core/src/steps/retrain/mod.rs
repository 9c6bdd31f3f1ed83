//! `retrain`: whether to train again, decided from the history alone.

mod decision;
mod guards;
mod rules;
mod run;
pub mod ticket;
mod wait;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod ticket_tests;

pub use decision::{Decision, decide};
pub use run::{Requested, RetrainInput, RetrainOutcome, Training, run};
pub use wait::{Waited, wait};
