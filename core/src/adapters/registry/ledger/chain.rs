//! A model's history as it was read, and the state that it adds up to.

use super::log::{Page, Stored};
use super::state::ModelState;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::event::Event;
use crate::domain::name::ModelName;
use crate::domain::record::LoggedEvent;

/// The events of one model, the state, and how much of it the system's own objects show.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    pub state: ModelState,
    pub events: Vec<LoggedEvent>,
    pub mirrored: u64,
}

impl Chain {
    /// Of a model of which nothing was read yet.
    pub fn new(name: ModelName) -> Self {
        Self { state: ModelState::new(name), events: Vec::new(), mirrored: 0 }
    }

    /// Whether nothing has happened to the model: it is not in the registry.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The number from which to read on.
    pub fn next(&self) -> u64 {
        self.state.events() + 1
    }

    /// The events that the system's own objects may not show yet.
    pub fn unmirrored(&self) -> &[LoggedEvent] {
        let first = self.events.partition_point(|logged| logged.event.sequence <= self.mirrored);
        &self.events[first..]
    }

    /// Adds what was read, and says in plain words what is wrong with it.
    pub fn extend(&mut self, page: Page) -> Vec<String> {
        let mut problems = Vec::new();
        for stored in page.events {
            match self.parse(&stored) {
                Ok(logged) => {
                    let wrong = self.add(logged);
                    let numbered = |why| format!("event {} {why}", stored.sequence);
                    problems.extend(wrong.into_iter().map(numbered));
                }
                Err(why) => problems.push(format!("event {} {why}", stored.sequence)),
            }
        }
        self.mirrored = page.mirrored;
        if self.mirrored > self.state.events() {
            problems.push(format!(
                "the history ends with event {}, and there were {}",
                self.state.events(),
                self.mirrored
            ));
        }
        problems
    }

    /// Adds one event.
    pub fn add(&mut self, logged: LoggedEvent) -> Vec<String> {
        let problems = self.state.play(&logged);
        self.events.push(logged);
        problems
    }

    fn parse(&self, stored: &Stored) -> Result<LoggedEvent, String> {
        let event: Event = serde_json::from_slice(&stored.bytes)
            .map_err(|e| format!("cannot be read as an event: {e}"))?;
        let id = Digest::of(&stored.bytes);
        if event.id().ok() != Some(id) {
            return Err("is not in canonical form".to_owned());
        }
        if event.model != *self.state.name() {
            return Err(format!("is one of {}", event.model));
        }
        if event.sequence != stored.sequence {
            return Err(format!("says that it is number {}", event.sequence));
        }
        Ok(LoggedEvent { id, event })
    }
}

/// The error for a history that does not hold.
pub(super) fn broken(model: &ModelName, problems: &[String]) -> Error {
    let more = match problems.len() {
        0 | 1 => String::new(),
        n => format!(", and {} more", n - 1),
    };
    let first = problems.first().map_or("it cannot be read", String::as_str);
    Error::integrity(format!("the history of {model} does not hold: {first}{more}")).hint(format!(
        "somebody changed the registry by hand; `outerloop history {model} --verify` lists all \
         that is wrong"
    ))
}
