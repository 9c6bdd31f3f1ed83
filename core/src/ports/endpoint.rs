//! What serves a model and shares requests out between its versions.

use std::collections::BTreeMap;

use crate::domain::endpoint::{EndpointStatus, SlotCounters, SlotStatus, Traffic};
use crate::domain::error::Result;
use crate::domain::name::ModelName;
use crate::domain::rollout::Pinned;

/// A version to load into a slot.
#[derive(Debug, Clone)]
pub struct Load {
    /// The model.
    pub model: ModelName,
    /// The version, pinned by digest.
    pub pinned: Pinned,
}

/// What serves a model.
///
/// Slots are named by their version. Every call may be made again after a crash: loading what is
/// loaded, or setting the traffic that is set, does nothing.
pub trait Endpoint: Send + Sync {
    /// What it serves now.
    fn status(&self) -> Result<EndpointStatus>;
    /// Loads a version into a slot of its own and proves that it answers its sample request. An
    /// error leaves nothing loaded and the traffic as it was.
    fn load(&self, load: &Load) -> Result<SlotStatus>;
    /// Shares requests out. Atomic: a request sees the old shares or the new.
    fn set_traffic(&self, traffic: &Traffic) -> Result<()>;
    /// Counters by slot.
    fn counters(&self) -> Result<BTreeMap<String, SlotCounters>>;
    /// Unloads a slot that gets no traffic. Unknown slots are no error.
    fn unload(&self, slot: &str) -> Result<()>;
}
