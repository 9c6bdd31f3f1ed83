//! What starts a training.

use crate::domain::digest::Digest;
use crate::domain::error::Result;
use crate::domain::name::ModelName;
use crate::domain::retrain::Reason;

/// A request to train.
#[derive(Debug, Clone)]
pub struct TrainingRequest {
    /// The model.
    pub model: ModelName,
    /// The `retrain-requested` event; the package that comes of it names it as its cause.
    pub event: Digest,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// What starts a training.
pub trait Trigger: Send + Sync {
    /// The word for the event: `command` …
    fn name(&self) -> &'static str;
    /// Says what [`Trigger::start`] would do, in plain words.
    fn describe(&self) -> String;
    /// Starts the training and gives the address or name of its run.
    fn start(&self, request: &TrainingRequest) -> Result<String>;
}
