//! The forge and the trigger of Azure DevOps, against a server on loopback that plays it.

mod binary;
mod comments;
mod login;
mod proposals;
mod refusals;
mod setting;
mod statuses;
mod tickets;
mod trigger;
