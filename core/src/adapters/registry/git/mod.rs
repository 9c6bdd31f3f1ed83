//! The registry in a git reference: each commit is an event, the tree is the state.
//!
//! Objects are written through libgit2; fetch and push go through the `git` program, so that
//! credentials, ssh and proxies work as they are set up.

mod history;
mod layout;
mod login;
mod message;
mod program;
mod refusal;
mod registry;
mod remote;
mod replay;
mod repository;
mod tags;
mod transact;
mod verify;
mod write;

#[cfg(test)]
#[cfg(unix)]
mod ending_tests;
#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

pub use login::JobLogin;
pub use registry::{GitRegistry, Options, RemoteChoice};
