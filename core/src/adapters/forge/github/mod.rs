//! GitHub, and GitHub Enterprise Server, over the REST API.

mod check;
mod comment;
mod deployment;
mod forge;
mod marker;
mod proposal;
mod ticket;

pub use forge::GitHubForge;
