//! A model behind an address: Open Inference Protocol v2, MLflow's `/invocations`, Azure Machine
//! Learning's `/score`.

mod answer;
mod client;
mod open_inference;
mod protocol;
mod rows;

pub use client::{EndpointScorer, Target};
pub use protocol::Protocol;
