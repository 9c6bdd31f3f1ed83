//! Azure Resource Manager: calls with a login that is renewed, lists of several pages, operations
//! that go on after the answer, and errors that say what to do.

mod client;
mod operation;
mod refused;

pub use client::Arm;
