//! A log in memory, for the conformance tests: handles share it as processes share a server, it may
//! break off at any call, and somebody may change it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::log::{Appended, Log, Mirror, Page, Shown, Stored};
use super::state::ModelState;
use crate::domain::error::{Error, Result};
use crate::domain::event::What;
use crate::domain::name::{Alias, ModelName};
use crate::domain::record::{LoggedEvent, VersionRecord};
use crate::domain::version::Version;
use crate::ports::registry::Capabilities;

/// One model in the system.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub events: Vec<Vec<u8>>,
    pub mirrored: u64,
    pub versions: BTreeMap<Version, VersionRecord>,
    pub aliases: BTreeMap<Alias, Version>,
}

impl Kept {
    fn show(&mut self, state: &ModelState, version: &Version) {
        if let Some(record) = state.versions().get(version) {
            self.versions.insert(version.clone(), record.clone());
        }
    }
}

/// The system.
#[derive(Debug, Default)]
pub(super) struct Inside {
    pub models: BTreeMap<ModelName, Kept>,
    /// After so many more calls, every call fails; none: they work.
    pub dies_after: Option<u32>,
}

/// A handle on it.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory(Arc<Mutex<Inside>>);

impl Memory {
    /// The system as it is.
    pub fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call; of one that dies, the second half is what the caller does not hear of.
    fn call(&self) -> Result<MutexGuard<'_, Inside>> {
        let mut inside = self.inside();
        match &mut inside.dies_after {
            Some(0) => Err(Error::unavailable("the connection broke").hint("try again")),
            Some(left) => {
                *left -= 1;
                Ok(inside)
            }
            None => Ok(inside),
        }
    }
}

impl Log for Memory {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            compare_and_swap: true,
            immutable: false,
            verifiable_history: true,
            notes: Vec::new(),
        }
    }

    fn models(&self) -> Result<Vec<ModelName>> {
        Ok(self.call()?.models.keys().cloned().collect())
    }

    fn read(&self, model: &ModelName, from: u64) -> Result<Page> {
        let inside = self.call()?;
        let Some(kept) = inside.models.get(model) else { return Ok(Page::default()) };
        let before = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX);
        let numbered = (from..).zip(kept.events.iter().skip(before));
        let events = numbered.map(|(sequence, bytes)| Stored { sequence, bytes: bytes.clone() });
        Ok(Page { events: events.collect(), mirrored: kept.mirrored, notes: Vec::new() })
    }

    fn append(&self, model: &ModelName, sequence: u64, bytes: &[u8]) -> Result<Appended> {
        let mut inside = self.call()?;
        let kept = inside.models.entry(model.clone()).or_default();
        if kept.events.len() as u64 + 1 != sequence {
            return Ok(Appended::Lost);
        }
        kept.events.push(bytes.to_vec());
        drop(inside);
        self.call().map(|_| Appended::Done)
    }

    fn check_writable(&self) -> Result<()> {
        self.call().map(|_| ())
    }
}

impl Mirror for Memory {
    fn project(&self, state: &ModelState, events: &[LoggedEvent]) -> Result<Shown> {
        let show = |change: &dyn Fn(&mut Kept)| {
            change(self.call()?.models.entry(state.name().clone()).or_default());
            Ok::<(), Error>(())
        };
        for logged in events {
            match &logged.event.what {
                What::Registered(data) => show(&|kept| kept.show(state, &data.version))?,
                What::Archived(data) | What::Restored(data) => {
                    show(&|kept| kept.show(state, &data.version))?;
                }
                What::Promoted(_) | What::Withdrawn(_) => {
                    show(&|kept| kept.aliases = state.aliases().clone())?
                }
                _ => {}
            }
        }
        show(&|kept| kept.mirrored = kept.mirrored.max(state.events()))?;
        Ok(Shown::Done)
    }

    fn differences(&self, state: &ModelState) -> Result<Vec<String>> {
        let inside = self.call()?;
        let Some(kept) = inside.models.get(state.name()) else { return Ok(Vec::new()) };
        let mut wrong = Vec::new();
        if kept.versions != *state.versions() {
            wrong.push("the versions are not what the history says".to_owned());
        }
        if kept.aliases != *state.aliases() {
            wrong.push("the aliases are not what the history says".to_owned());
        }
        Ok(wrong)
    }
}
