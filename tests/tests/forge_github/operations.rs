//! Everything that the forge does, to be tried against what may go wrong.

use outerloop_core::domain::error::Result;
use outerloop_core::ports::forge::{DeploymentState, Forge};
use outerloop_tests::github::GitHubFake;
use serde_json::Value;

use crate::setting::{check, comment, deployment, proposal, ticket};

/// Something that the forge does, and how many of it there are then.
pub struct Operation {
    pub name: &'static str,
    pub run: fn(&dyn Forge, &str) -> Result<()>,
    pub count: fn(&GitHubFake) -> usize,
}

pub const OPERATIONS: [Operation; 6] = [
    Operation {
        name: "comment",
        run: |forge, _| forge.comment(&comment("yes")).map(drop),
        count: |fake| fake.state().comments.len(),
    },
    Operation {
        name: "check",
        run: |forge, _| forge.check(&check("text", 60)).map(drop),
        count: |fake| fake.state().checks.len(),
    },
    Operation {
        name: "propose",
        run: |forge, _| forge.propose(&proposal("Promote churn@1.1.0")).map(drop),
        count: |fake| fake.state().pulls.len() - 1,
    },
    Operation {
        name: "open ticket",
        run: |forge, _| forge.open_ticket(&ticket("drift")).map(drop),
        count: |fake| fake.state().issues.len(),
    },
    Operation {
        name: "open and close ticket",
        run: |forge, _| {
            forge.open_ticket(&ticket("drift"))?;
            forge.close_ticket("retrain:churn", "done").map(drop)
        },
        count: |fake| fake.state().comments.len(),
    },
    Operation {
        name: "deployment",
        run: |forge, commit| {
            forge.deployment(&deployment(commit, DeploymentState::Success)).map(drop)
        },
        count: |fake| {
            let site = fake.state();
            let statuses = |d: &Value| d["statuses"].as_array().map_or(0, Vec::len);
            site.deployments.len().max(site.deployments.iter().map(statuses).sum())
        },
    },
];
