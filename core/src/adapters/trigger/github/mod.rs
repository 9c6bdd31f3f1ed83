//! Trainings that GitHub Actions runs: by `workflow_dispatch`, or by `repository_dispatch`.
//!
//! **Never two for one event.** Before anything is sent, the runs are looked through for one that
//! names the event and has not ended; it is the answer then: an earlier process started it and was
//! killed. (Two at the same time are kept apart by the registry, which takes a request's event from
//! one of them.) After a lost answer it is looked for again, and a second request is sent only when
//! no new run could be it. A run names its event by its title:
//! `run-name: retrain ${{ inputs.event }}`. A run that has ended is no obstacle, so that
//! `retrain --again` can start what failed.

mod dispatch;
mod runs;
mod workflow;

pub use dispatch::DispatchTrigger;
pub use workflow::{Workflow, WorkflowTrigger};
