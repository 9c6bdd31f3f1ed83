//! A fake of GitHub on loopback, for one repository: strict in what it takes, with the permissions
//! of a job's token, and with state that a test can read.
//!
//! A call that GitHub would not know, or a body with a field that it does not document, is answered
//! as GitHub would and remembered as a violation: [`GitHubFake::assert_no_violations`].

mod actions;
mod checks;
mod comments;
mod deployments;
mod git;
mod issues;
mod lists;
mod oidc;
mod permissions;
mod pulls;
mod routes;
mod server;
mod shape;
mod site;

pub use actions::Workflow;
pub use permissions::{Level, Permissions};
pub use server::GitHubFake;
pub use site::GitHubSite;
