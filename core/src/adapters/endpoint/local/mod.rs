//! The endpoint that Outerloop serves itself: a router in front of one slot a version.
//!
//! A slot runs its model with ONNX Runtime in this process, or hands requests to a child process
//! that speaks MLflow's scoring protocol.

mod bind;
mod changes;
mod child;
pub mod client;
mod control;
mod folder;
mod inbound;
mod inference;
mod invocations;
pub mod library;
mod metrics;
mod onnx;
mod package;
pub mod probe;
mod process;
mod request;
mod request_log;
mod router;
pub mod server;
mod slot;
mod tally;
mod tensor;
mod traffic;
mod watchdog;
mod wire;

#[cfg(test)]
#[cfg(unix)]
mod tests;
