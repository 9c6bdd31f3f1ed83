//! `deploy`: a candidate takes over an endpoint step by step, or goes back.

pub mod analysis;
pub mod deployments;
mod engine;
mod increase;
pub mod journal;
pub mod meter;
mod run;
pub mod traffic;

#[cfg(test)]
mod deployments_tests;
#[cfg(test)]
pub(crate) mod simulation;
#[cfg(test)]
mod tests;

pub use run::{DeployInput, DeployOutcome, Judged, Update, run};
pub(crate) use run::{Ports, outcome_of, secure, serves};
