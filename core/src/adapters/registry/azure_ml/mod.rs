//! The registry in a workspace of Azure Machine Learning. The service has no compare-and-swap, but
//! Blob Storage does: events are blobs of the workspace's default datastore, each made only where
//! there is none of its number. The workspace's models show what the events add up to.

mod log;
mod mirror;
mod place;
mod segments;

use std::sync::Arc;

use super::ledger::LedgerRegistry;
use crate::adapters::azure::ml::Workspace;
use crate::ports::clock::Clock;

pub use log::BlobLog;
pub use mirror::WorkspaceMirror;

/// The registry in a workspace.
pub type AzureMlRegistry = LedgerRegistry<BlobLog, WorkspaceMirror>;

/// The registry in `workspace`. Nothing is sent yet.
pub fn open(workspace: &Arc<Workspace>, clock: Arc<dyn Clock>) -> AzureMlRegistry {
    let log = BlobLog::new(Arc::clone(workspace));
    LedgerRegistry::new(log, WorkspaceMirror::new(Arc::clone(workspace)), clock)
}
