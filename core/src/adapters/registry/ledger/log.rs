//! What a system must do to hold a registry: keep events in order, and show what they add up to.

use super::state::ModelState;
use crate::domain::error::Result;
use crate::domain::event::What;
use crate::domain::name::ModelName;
use crate::domain::record::LoggedEvent;
use crate::ports::registry::Capabilities;

/// An event as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its place in the model's history, from 1.
    pub sequence: u64,
    /// Its canonical JSON.
    pub bytes: Vec<u8>,
}

/// A part of a model's history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Events that are whole, ascending by sequence.
    pub events: Vec<Stored>,
    /// Number of the newest event whose effect on the system's own objects is known to be complete.
    pub mirrored: u64,
    /// What is odd about how they are kept, in plain words: told by a verification, and no reason to
    /// refuse the history.
    pub notes: Vec<String>,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is the model's newest event.
    Done,
    /// Another event has its place. Nothing was written, or what was is withdrawn.
    Lost,
}

/// What became of showing events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// The system's objects are what the state says.
    Done,
    /// It took so long that another writer may have shown a newer state meanwhile, and this one came
    /// after it: it is to be shown again, as it is then.
    Late,
}

/// Where events are kept, for each model by itself.
///
/// Promises, held by [`crate::conformance::registry`] through [`super::LedgerRegistry`]: an event is
/// visible only when it is whole; of two that want the same place one gets it; an append whose
/// answer was lost is found out by reading, never by writing again.
pub trait Log: Send + Sync {
    /// What the registry can do that is kept here.
    fn capabilities(&self) -> Capabilities;

    /// Names of all models that have events, ascending.
    ///
    /// # Errors
    /// The system cannot be read.
    fn models(&self) -> Result<Vec<ModelName>>;

    /// The model's events from number `from` (1 is the first); empty for a model that is not there.
    ///
    /// # Errors
    /// The system cannot be read.
    fn read(&self, model: &ModelName, from: u64) -> Result<Page>;

    /// Puts `bytes` in place `sequence` of the model's history, if that place is free.
    ///
    /// # Errors
    /// The system cannot be written, or nobody knows whether it was.
    fn append(&self, model: &ModelName, sequence: u64, bytes: &[u8]) -> Result<Appended>;

    /// Runs `work`, which appends and mirrors, while nobody else does so for this model, where the
    /// system needs and has a way to make sure of that. By default it just runs.
    ///
    /// # Errors
    /// Those of `work`; a lock that cannot be had.
    fn alone(&self, model: &ModelName, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        let _ = model;
        work()
    }

    /// Whether [`Log::alone`] keeps all others out, so that nobody but `work` appends meanwhile.
    fn keeps_others_out(&self) -> bool {
        false
    }

    /// Proves that this process may write.
    ///
    /// # Errors
    /// It may not, or the system does not answer.
    fn check_writable(&self) -> Result<()>;
}

/// What shows the state in the objects that the system's own users know: versions, aliases, tags.
/// It follows the events and is never read for a decision.
pub trait Mirror: Send + Sync {
    /// Whether the system can show what is about to happen, such as an alias of this name. Asked
    /// before the event is written.
    ///
    /// # Errors
    /// It cannot, with what is allowed.
    fn allows(&self, model: &ModelName, what: &What) -> Result<()> {
        let _ = (model, what);
        Ok(())
    }

    /// Brings the system's objects to what `state` says of the things that `events` are about, and
    /// notes that everything up to [`ModelState::events`] is mirrored. May be asked twice, and by
    /// two processes at once: it looks at what is there before it makes anything.
    ///
    /// # Errors
    /// The system cannot be written. What was done stays, and the next write goes on.
    fn project(&self, state: &ModelState, events: &[LoggedEvent]) -> Result<Shown>;

    /// Where the system's objects are not what `state` says, in plain words.
    ///
    /// # Errors
    /// The system cannot be read.
    fn differences(&self, state: &ModelState) -> Result<Vec<String>>;
}
