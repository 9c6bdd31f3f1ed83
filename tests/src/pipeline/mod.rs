//! Runs a pipeline of Azure Pipelines as far as the example's pipelines go: stages, jobs, deployment
//! jobs, steps, conditions, variables and outputs. Tasks of the extension run as the agent runs
//! them. What it does not know it refuses.

mod expression;
mod run;
mod scope;

pub use run::{PipelineRun, Queued, Runner};
