//! The endpoint that Outerloop serves itself: a router in front of one slot a version.
//!
//! A slot runs its model with ONNX Runtime in this process, or hands requests to a child process
//! that speaks MLflow's scoring protocol.

mod changes;
mod child;
pub mod client;
mod control;
mod folder;
mod inbound;
mod invocations;
mod metrics;
pub mod probe;
mod process;
mod request_log;
mod router;
pub mod server;
mod slot;
mod tally;
mod traffic;
mod wire;

use crate::adapters::onnx::{
    inference, library, model as onnx, package, request, tensor, watchdog,
};

#[cfg(test)]
#[cfg(unix)]
mod tests;
