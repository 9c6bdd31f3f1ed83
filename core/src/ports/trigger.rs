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

/// A training that was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The address of its run for people, else its name.
    pub run: String,
    /// Its id on the server, where the server gave one.
    pub id: Option<String>,
    /// The event that it answers.
    pub event: Digest,
}

/// How far a training is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunState {
    /// Not ended; in the server's words, with its address once that is known.
    Running {
        /// `queued`, `in_progress` …
        status: String,
        /// Address of the run.
        url: Option<String>,
    },
    /// Ended.
    Ended {
        /// It did what it should.
        success: bool,
        /// `success`, `failure`, `canceled` …
        conclusion: String,
        /// Address of the run.
        url: Option<String>,
    },
}

/// What starts a training.
pub trait Trigger: Send + Sync {
    /// The word for the event: `command`, `github-workflow` …
    fn name(&self) -> &'static str;
    /// Says what [`Trigger::start`] would do, in plain words, without asking anybody.
    fn describe(&self) -> String;
    /// Asks the server what [`Trigger::start`] would do, where the server can say; nothing is
    /// started.
    ///
    /// # Errors
    /// The server would refuse.
    fn preview(&self, request: &TrainingRequest) -> Result<String> {
        let _ = request;
        Ok(self.describe())
    }
    /// Starts the training. Never starts a second one for the same event, also when the answer to
    /// the first call was lost.
    fn start(&self, request: &TrainingRequest) -> Result<Started>;
    /// How far the training is. A command has ended when [`Trigger::start`] returns.
    fn state(&self, started: &Started) -> Result<RunState>;
}
