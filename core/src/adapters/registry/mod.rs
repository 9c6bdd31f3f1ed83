//! Backends of the registry.

pub mod azure_ml;
pub mod azure_ml_shared;
pub mod git;
pub mod ledger;
pub mod mlflow;
