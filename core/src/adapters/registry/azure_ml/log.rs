//! Events as blobs, each made only where there is none of its number.

use std::sync::Arc;

use super::{place, segments};
use crate::adapters::azure::blob::Container;
use crate::adapters::azure::ml::Workspace;
use crate::adapters::registry::ledger::{Appended, Log, Page};
use crate::domain::error::Result;
use crate::domain::name::ModelName;
use crate::ports::registry::Capabilities;

/// Events in the default datastore of a workspace.
pub struct BlobLog {
    workspace: Arc<Workspace>,
}

impl BlobLog {
    /// The log of `workspace`. Nothing is sent yet.
    pub fn new(workspace: Arc<Workspace>) -> Self {
        Self { workspace }
    }

    fn container(&self) -> Result<&Container> {
        Ok(&self.workspace.datastore()?.container)
    }
}

impl Log for BlobLog {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            compare_and_swap: true,
            immutable: false,
            verifiable_history: true,
            notes: vec![
                "events are blobs of the workspace's default datastore, made only where there is \
                 none of their number; versions, tags and archived models of the workspace follow \
                 them"
                    .to_owned(),
                "aliases are shown as the tag outerloop.aliases: Azure Machine Learning has none"
                    .to_owned(),
                "who may write blobs of the datastore may change events, which is noticed on read"
                    .to_owned(),
            ],
        }
    }

    fn models(&self) -> Result<Vec<ModelName>> {
        let folders = self.container()?.folders(place::MODELS)?;
        let mut names: Vec<ModelName> = folders.iter().filter_map(|n| n.parse().ok()).collect();
        names.sort();
        Ok(names)
    }

    fn read(&self, model: &ModelName, from: u64) -> Result<Page> {
        let container = self.container()?;
        let mut problems = Vec::new();
        let mirrored = match container.read(&place::mirrored(model))? {
            None => 0,
            Some(bytes) => String::from_utf8_lossy(&bytes).trim().parse().unwrap_or_else(|_| {
                problems.push("the number of events that the workspace shows is none".to_owned());
                0
            }),
        };
        let events = segments::read(container, model, from, mirrored)?;
        Ok(Page { events, mirrored, notes: problems })
    }

    fn append(&self, model: &ModelName, sequence: u64, bytes: &[u8]) -> Result<Appended> {
        let container = self.container()?;
        if !container.create(&place::event(model, sequence), "application/json", bytes)? {
            return Ok(Appended::Lost);
        }
        if sequence.is_multiple_of(segments::EVENTS) {
            segments::gather(container, model, sequence);
        }
        Ok(Appended::Done)
    }

    fn check_writable(&self) -> Result<()> {
        self.workspace.check()?;
        self.container()?.write(place::PROBE, "text/plain", b"outerloop may write here\n")
    }
}

impl std::fmt::Debug for BlobLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobLog").field("workspace", self.workspace.place()).finish()
    }
}
