//! Azure DevOps: pull requests and statuses of Azure Repos, properties of runs, work items of Azure
//! Boards. Environments record deployments by themselves.

mod branch;
mod changes;
mod comments;
mod forge;
mod markup;
mod properties;
mod proposals;
mod statuses;
mod ticket_search;
mod tickets;

pub use forge::AzureDevOps;
