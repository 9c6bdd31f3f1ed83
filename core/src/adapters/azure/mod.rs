//! What several adapters share of Azure DevOps and Azure.

pub mod devops;
