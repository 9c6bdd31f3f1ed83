//! The outside world behind the ports. Adapters know ports and domain, and never each other.

pub mod azure;
pub mod clock;
pub mod endpoint;
#[cfg(feature = "spark")]
pub mod engine;
pub mod factory;
pub mod forge;
pub mod github;
pub mod host;
pub mod http;
pub mod importer;
pub mod mlflow;
pub mod notify;
mod objects;
pub mod onnx;
pub mod programs;
pub mod registry;
pub mod scorer;
pub mod source;
pub mod store;
pub mod trigger;
