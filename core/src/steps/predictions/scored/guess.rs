//! What is told of how the rows were scored, where nobody said it.

use super::super::guess::Guess;
use super::outputs::Chosen;
use super::plan::{Plan, listed};

/// Columns that went into the model.
pub(super) fn features(plan: &Plan, what: &'static str) -> Guess {
    let columns: Vec<String> = plan.inputs.iter().flat_map(|i| i.columns.iter().cloned()).collect();
    Guess { what, value: listed(&columns), why: plan.why.clone(), option: "--features" }
}

/// The output that is the score.
pub(super) fn output(chosen: &Chosen, what: &'static str) -> Guess {
    let unnamed = "the model's answer".to_owned();
    let value = if chosen.what.is_empty() { unnamed } else { chosen.what.clone() };
    Guess { what, value, why: chosen.why.clone(), option: "--output" }
}
