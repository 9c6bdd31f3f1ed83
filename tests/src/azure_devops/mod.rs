//! A server on loopback that plays Azure DevOps, as far as this program speaks to it. It is strict:
//! an unknown path, a missing version, a wrong content type, an unknown or missing field is refused
//! and remembered as a violation.

mod answer;
mod builds;
mod git;
mod pipelines;
mod pull_requests;
mod server;
mod shape;
mod statuses;
mod threads;
mod work_items;
mod world;

pub use server::{
    AzureDevOpsFake, BUILD, OIDC_TOKEN, PIPELINE, PROJECT, PROJECT_ID, REPOSITORY, TOKEN,
    sign_in_page,
};
pub use world::{
    Branch, Build, Commit, Permission, PullRequest, Status, Thread, ThreadComment, WorkItem, World,
};
