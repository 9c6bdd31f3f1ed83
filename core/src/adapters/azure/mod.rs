//! What several adapters share of Azure DevOps and Azure: its REST API, and the login.

pub mod devops;
pub mod login;
