//! A real MLflow server as registry and store.

mod client;
mod conformance;
mod faults;
mod refusals;
