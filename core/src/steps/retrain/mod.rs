//! `retrain`: whether to train again, decided from the history alone.

mod decision;
mod guards;
mod rules;
mod run;

#[cfg(test)]
mod tests;

pub use decision::{Decision, decide};
pub use run::{RetrainInput, RetrainOutcome, run};
