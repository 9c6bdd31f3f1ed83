//! An MLflow server: its address, the login, its calls, and what its refusals mean.

mod artifacts;
mod login;
mod refused;
mod server;
mod sink;

pub use artifacts::proxied;
pub use login::Login;
pub use server::Server;
pub use sink::{BytesSink, FileSink};
