//! An MLflow server: its address, the login, its calls, and what its refusals mean.

mod artifacts;
mod login;
mod refused;
mod server;
mod sink;

pub use login::Login;
pub use server::{Environment, Server};

pub(in crate::adapters) use artifacts::{Artifacts, Fetch, open};
