//! Azure Pipelines.

mod host;
pub mod syntax;

pub use host::AzurePipelinesHost;
