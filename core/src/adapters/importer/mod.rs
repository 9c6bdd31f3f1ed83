//! Systems that models are taken from.

pub mod azure_ml;
pub mod gto;
pub mod mlflow;
