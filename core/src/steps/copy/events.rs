//! What happened in a former registry, as events of this one: which of it was taken over before, and
//! the events of the rest.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::event::{Event, Promoted, Registered, VersionOnly, What, Withdrawn};
use crate::domain::name::{Alias, ModelName};
use crate::domain::record::LoggedEvent;
use crate::domain::version::Version;
use crate::ports::former::{Happened, Happening};

/// What was taken over before.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Taken<'a> {
    /// What is new.
    pub rest: &'a [Happening],
    /// An event says where all that was taken over came from.
    pub told: bool,
}

/// What of `happenings` follows on what `there` holds of them already.
///
/// # Errors
/// Conflict where the model has events of its own there, and there is something new.
pub(super) fn untaken<'a>(
    model: &ModelName,
    happenings: &'a [Happening],
    there: &[LoggedEvent],
) -> Result<Taken<'a>> {
    let mut rest = happenings;
    let (mut own, mut told) = (None, true);
    for logged in there {
        // What one copy left, a later one passes over.
        match rest.iter().position(|happening| is(&logged.event, happening)) {
            Some(at) => {
                rest = rest.get(at + 1..).unwrap_or_default();
                told = false;
            }
            None if matches!(logged.event.what, What::Copied(_)) => told = true,
            None => own = own.or(Some(logged)),
        }
    }
    match (own, rest.first()) {
        (Some(own), Some(next)) => Err(went_on(model, own, next, rest.len() == happenings.len())),
        _ => Ok(Taken { rest, told: told || own.is_some() }),
    }
}

/// Whether the event is what a happening became.
fn is(event: &Event, happening: &Happening) -> bool {
    let same = match (&event.what, &happening.what) {
        (What::Registered(a), Happened::Registered(b)) => a.version == *b,
        (What::Promoted(a), Happened::Pointed(alias, Some(b))) => {
            a.alias == *alias && a.version == *b
        }
        (What::Withdrawn(a), Happened::Pointed(alias, _)) => a.alias == *alias,
        (What::Archived(a), Happened::Archived(b)) | (What::Restored(a), Happened::Restored(b)) => {
            a.version == *b
        }
        _ => false,
    };
    same && event.time == happening.time && event.actor == happening.actor
}

fn went_on(model: &ModelName, own: &LoggedEvent, next: &Happening, nothing: bool) -> Error {
    if nothing {
        return Error::conflict(format!("another {model} is in this registry"))
            .hint("copy into a registry that has no model of this name");
    }
    let (own, next) = (own.event.what.type_name(), next.told_by.escape_debug());
    Error::conflict(format!(
        "{model} was copied here before and went on here (`{own}`), and where it came from there \
         is `{next}` now"
    ))
    .hint("from the copy on, one of the two is the model's registry; write only to that one")
}

/// The state that the new events go on from, and they themselves.
#[derive(Debug)]
pub(super) struct Written {
    model: ModelName,
    aliases: BTreeMap<Alias, Version>,
    versions: BTreeSet<Version>,
    archived: BTreeSet<Version>,
    head: Option<Digest>,
    sequence: u64,
    /// The new events.
    pub events: Vec<LoggedEvent>,
}

impl Written {
    /// Goes on from `there`.
    pub fn after(model: &ModelName, there: &[LoggedEvent]) -> Self {
        let mut written = Self {
            model: model.clone(),
            aliases: BTreeMap::new(),
            versions: BTreeSet::new(),
            archived: BTreeSet::new(),
            head: None,
            sequence: 0,
            events: Vec::new(),
        };
        for logged in there {
            written.apply(logged);
        }
        written
    }

    /// The versions that are there.
    pub fn versions(&self) -> &BTreeSet<Version> {
        &self.versions
    }

    /// Writes what a happening changes; `package` is the one of a version that was registered, none
    /// when it is left. Gives false when it was a promotion to a version that is left.
    ///
    /// # Errors
    /// A value that JSON cannot carry.
    pub fn write(&mut self, happening: &Happening, package: Option<&Registered>) -> Result<bool> {
        let mut whole = true;
        let what = match &happening.what {
            Happened::Registered(_) => package.cloned().map(What::Registered),
            Happened::Pointed(alias, version) => {
                let held = version.clone().filter(|version| self.versions.contains(version));
                whole = held.is_some() || version.is_none();
                self.pointed(alias, held)
            }
            Happened::Archived(version) => self
                .may_move(version, false)
                .then(|| What::Archived(VersionOnly { version: version.clone() })),
            Happened::Restored(version) => self
                .may_move(version, true)
                .then(|| What::Restored(VersionOnly { version: version.clone() })),
        };
        let Some(what) = what else { return Ok(whole) };
        let event = Event {
            model: self.model.clone(),
            sequence: self.sequence + 1,
            previous: self.head,
            time: happening.time,
            actor: happening.actor.clone(),
            run: None,
            cause: None,
            what,
        };
        let logged = LoggedEvent { id: event.id()?, event };
        self.apply(&logged);
        self.events.push(logged);
        Ok(whole)
    }

    fn pointed(&self, alias: &Alias, version: Option<Version>) -> Option<What> {
        let previous = self.aliases.get(alias).cloned();
        let alias = alias.clone();
        match (version, previous) {
            (Some(version), previous) if previous.as_ref() != Some(&version) => {
                Some(What::Promoted(Promoted { alias, version, previous }))
            }
            (None, Some(previous)) => Some(What::Withdrawn(Withdrawn { alias, previous })),
            _ => None,
        }
    }

    fn may_move(&self, version: &Version, archived: bool) -> bool {
        self.versions.contains(version) && self.archived.contains(version) == archived
    }

    fn apply(&mut self, logged: &LoggedEvent) {
        self.head = Some(logged.id);
        self.sequence = logged.event.sequence;
        match &logged.event.what {
            What::Registered(data) => drop(self.versions.insert(data.version.clone())),
            What::Promoted(data) => {
                self.aliases.insert(data.alias.clone(), data.version.clone());
            }
            What::Withdrawn(data) => drop(self.aliases.remove(&data.alias)),
            What::Archived(data) => drop(self.archived.insert(data.version.clone())),
            What::Restored(data) => drop(self.archived.remove(&data.version)),
            _ => {}
        }
    }
}
