//! Names of blobs.

use crate::domain::name::ModelName;
use crate::domain::version::Version;

/// Where models are, each with a folder of its own.
pub(super) const MODELS: &str = "outerloop/registry/";
/// What is written to prove that this process may write.
pub(super) const PROBE: &str = "outerloop/writable";

/// The event with this number.
pub(super) fn event(model: &ModelName, sequence: u64) -> String {
    format!("{MODELS}{model}/events/{sequence:010}.json")
}

/// Many events in one blob; `number` counts from 0.
pub(super) fn segment(model: &ModelName, number: u64) -> String {
    format!("{MODELS}{model}/segments/{number:07}.jsonl")
}

/// How many events the workspace's models show.
pub(super) fn mirrored(model: &ModelName) -> String {
    format!("{MODELS}{model}/mirrored")
}

/// What stands for a version whose bytes Azure Machine Learning cannot read.
pub(super) fn pointer(model: &ModelName, version: &Version) -> String {
    format!("{MODELS}{model}/versions/{version}.json")
}
