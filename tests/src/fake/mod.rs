//! A server on loopback that plays another system: its state is a value of the test, and it can be
//! told to fail at a chosen call.

mod connection;
mod fault;
mod request;
mod server;
pub mod wire;

pub use fault::{Fault, Rule};
pub use request::{Call, Reply};
pub use server::{Fake, Site};
