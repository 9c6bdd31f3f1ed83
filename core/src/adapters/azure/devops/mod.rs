//! The REST API of Azure DevOps Services and Server: where a run belongs, one client, and which
//! permission is missing.

mod client;
mod permission;
mod run;

pub use client::{API, DevOps};
pub use permission::{
    CONTRIBUTE, EDIT_WORK_ITEMS, PULL_REQUESTS, Permission, QUEUE_BUILDS, READ, UPDATE_BUILD,
    VIEW_BUILDS,
};
pub use run::{AgentRun, Repository};
