//! What several adapters share of Azure DevOps and Azure: its REST API, and the login.

pub mod arm;
pub mod blob;
pub mod devops;
pub mod identity;
pub mod login;
pub mod ml;
