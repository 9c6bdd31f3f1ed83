//! The servers that hold repositories and their pull requests.

pub mod azure_devops;
pub mod github;
