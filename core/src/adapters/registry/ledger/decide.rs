//! Decides what a request changes, given the state as it is. Called again whenever the state
//! turns out to have moved.

use std::cell::RefCell;

use super::lookup;
use super::state::{self, ModelState};
use super::view::{Model, Models};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::event::{Promoted, Registered, VersionOnly, What};
use crate::domain::name::ModelName;
use crate::domain::record::{LoggedEvent, VersionRecord};
use crate::domain::version::Version;
use crate::ports::registry::{
    Entry, Expected, Origin, PromoteOutcome, Promotion, RegisterOutcome, Registration, Wanted,
};

/// An event to write.
pub(in crate::adapters::registry) struct Change {
    /// The model.
    pub model: ModelName,
    /// What happens.
    pub what: What,
    /// Who acts.
    pub origin: Origin,
}

type Answer<'a, T> = Box<dyn FnOnce(&LoggedEvent) -> T + 'a>;

/// What is to be done.
pub(in crate::adapters::registry) enum Decision<'a, T> {
    /// Nothing; this is the answer.
    Done(T),
    /// Write this event; the answer is made from it.
    Write(Box<Change>, Answer<'a, T>),
}

fn write<'a, T>(change: Change, answer: impl FnOnce(&LoggedEvent) -> T + 'a) -> Decision<'a, T> {
    Decision::Write(Box::new(change), Box::new(answer))
}

/// Decides a registration.
pub(in crate::adapters::registry) fn register<'a>(
    models: &dyn Models,
    wanted: &'a Registration,
) -> Result<Decision<'a, RegisterOutcome>> {
    let folder = models.find(&wanted.model)?;
    if let Some(known) = known_package(folder.as_deref(), wanted)? {
        return Ok(Decision::Done(RegisterOutcome { record: known, created: false }));
    }
    let data = Registered {
        version: free_version(folder.as_deref(), wanted)?,
        digest: wanted.digest,
        uri: wanted.uri.clone(),
        format: wanted.format,
        bytes: wanted.bytes,
        commit: wanted.commit.clone(),
    };
    let change = Change {
        model: wanted.model.clone(),
        what: What::Registered(data.clone()),
        origin: wanted.origin.clone(),
    };
    Ok(write(change, move |logged| RegisterOutcome {
        record: state::registered(logged, &data),
        created: true,
    }))
}

fn known_package(
    folder: Option<&dyn Model>,
    wanted: &Registration,
) -> Result<Option<VersionRecord>> {
    let Some(folder) = folder else { return Ok(None) };
    let Some(known) = folder.find_digest(&wanted.digest)? else { return Ok(None) };
    match &wanted.wanted {
        Wanted::Exactly(version) if *version != known.version => Err(Error::new(
            ErrorKind::AlreadyExists,
            format!("this package is {}@{} already", wanted.model, known.version),
        )
        .hint(format!("use {}; a package has one version", known.version))),
        _ => Ok(Some(known)),
    }
}

fn free_version(folder: Option<&dyn Model>, wanted: &Registration) -> Result<Version> {
    let versions = folder.map_or_else(|| Ok(Vec::new()), Model::versions)?;
    match &wanted.wanted {
        Wanted::Exactly(version) if versions.contains(version) => Err(Error::new(
            ErrorKind::AlreadyExists,
            format!("{}@{version} is registered with another package", wanted.model),
        )
        .hint("versions never change; register under a new one, for example with --bump minor")),
        Wanted::Exactly(version) => Ok(version.clone()),
        Wanted::Next(bump) => {
            Ok(versions.last().map_or_else(Version::first, |highest| highest.bumped(*bump)))
        }
    }
}

/// Where an alias pointed when its promotion began; empty until the state was read once.
pub(in crate::adapters::registry) type Begun = RefCell<Option<Option<Version>>>;

/// Decides a promotion.
pub(in crate::adapters::registry) fn promote<'a>(
    models: &dyn Models,
    wanted: &'a Promotion,
    begun: &Begun,
) -> Result<Decision<'a, PromoteOutcome>> {
    let folder = models.model(&wanted.model)?;
    let record = registered(folder.as_ref(), &wanted.version)?;
    if record.archived {
        return Err(Error::usage(format!("{}@{} is archived", wanted.model, wanted.version))
            .hint("restore it first, or promote another version"));
    }
    let previous = folder.alias(&wanted.alias)?;
    check_expected(wanted, previous.as_ref(), begun)?;
    if previous.as_ref() == Some(&wanted.version) {
        return Ok(Decision::Done(PromoteOutcome { previous, moved: false, event: None }));
    }
    let change = Change {
        model: wanted.model.clone(),
        what: What::Promoted(Promoted {
            alias: wanted.alias.clone(),
            version: wanted.version.clone(),
            previous: previous.clone(),
        }),
        origin: wanted.origin.clone(),
    };
    Ok(write(change, |logged| PromoteOutcome { previous, moved: true, event: Some(logged.id) }))
}

fn check_expected(wanted: &Promotion, now: Option<&Version>, begun: &Begun) -> Result<()> {
    let mut begun = begun.borrow_mut();
    let expected = match &wanted.expected {
        Expected::Current => begun.get_or_insert_with(|| now.cloned()).as_ref(),
        Expected::Nothing => None,
        Expected::Version(version) => Some(version),
    };
    if expected == now {
        return Ok(());
    }
    let say = |v: Option<&Version>| v.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    Err(Error::conflict(format!(
        "`{}` of {} points at {}, not at {}",
        wanted.alias,
        wanted.model,
        say(now),
        say(expected)
    ))
    .hint("somebody else promoted; look at what is there now and decide again"))
}

/// Decides whether a version is put away or taken out.
pub(in crate::adapters::registry) fn set_archived<'a>(
    models: &dyn Models,
    model: &'a ModelName,
    version: &'a Version,
    archived: bool,
    origin: &'a Origin,
) -> Result<Decision<'a, VersionRecord>> {
    let folder = models.model(model)?;
    let record = registered(folder.as_ref(), version)?;
    if record.archived == archived {
        return Ok(Decision::Done(record));
    }
    if archived && let Some((alias, _)) = folder.aliases()?.iter().find(|(_, v)| *v == version) {
        return Err(Error::usage(format!("`{alias}` points at {model}@{version}"))
            .hint(format!("promote another version to `{alias}` first")));
    }
    let data = VersionOnly { version: version.clone() };
    let change = Change {
        model: model.clone(),
        what: if archived { What::Archived(data) } else { What::Restored(data) },
        origin: origin.clone(),
    };
    Ok(write(change, move |_| VersionRecord { archived, ..record }))
}

/// Decides whether an event may be appended.
pub(in crate::adapters::registry) fn record<'a>(
    models: &dyn Models,
    entry: &'a Entry,
) -> Result<Decision<'a, LoggedEvent>> {
    let folder = models.model(&entry.model)?;
    let version = match &entry.what {
        What::Validated(v) => Some(&v.version),
        What::Monitored(m) => Some(&m.version),
        What::RetrainRequested(r) => Some(&r.version),
        What::RolloutStarted(r) => Some(&r.candidate.version),
        What::RolloutStep(_)
        | What::RolloutFinished(_)
        | What::RolloutRolledBack(_)
        | What::Notified(_) => None,
        What::Copied(copied) => {
            for version in copied.uris.keys() {
                registered(folder.as_ref(), version)?;
            }
            None
        }
        What::Registered(_)
        | What::Promoted(_)
        | What::Withdrawn(_)
        | What::Archived(_)
        | What::Restored(_) => {
            let kind = entry.what.type_name();
            return Err(Error::internal(format!(
                "a `{kind}` event changes state and is not \
                 appended by itself"
            )));
        }
    };
    if let Some(version) = version {
        registered(folder.as_ref(), version)?;
    }
    if let Some(expected) = entry.only_after
        && folder.head()?.head != expected
    {
        return Err(Error::conflict(format!("something else happened to {}", entry.model))
            .hint("read its history again and decide anew"));
    }
    let change = Change {
        model: entry.model.clone(),
        what: entry.what.clone(),
        origin: entry.origin.clone(),
    };
    Ok(write(change, Clone::clone))
}

/// The events of `history`, another registry's, that the model does not have yet; `here` is what it
/// has.
///
/// # Errors
/// A history that does not hold; conflict where the model went another way here.
pub(in crate::adapters::registry) fn missing<'a>(
    here: &[LoggedEvent],
    history: &'a [LoggedEvent],
) -> Result<&'a [LoggedEvent]> {
    let Some(first) = history.first() else { return Ok(&[]) };
    let model = &first.event.model;
    let mut state = ModelState::new(model.clone());
    for logged in history {
        let mut problems = state.play(logged);
        if logged.event.model != *model || logged.event.id()? != logged.id {
            problems.push("is not what its id says".to_owned());
        }
        if let Some(problem) = problems.first() {
            let sequence = logged.event.sequence;
            return Err(Error::integrity(format!("event {sequence} of {model} {problem}"))
                .hint(format!("`outerloop history {model} --verify` there lists what is wrong")));
        }
    }
    match here.iter().zip(history).position(|(a, b)| a.id != b.id) {
        None => Ok(history.get(here.len()..).unwrap_or_default()),
        Some(at) => Err(went_another_way(model, at, here)),
    }
}

fn went_another_way(model: &ModelName, at: usize, here: &[LoggedEvent]) -> Error {
    let copied = matches!(here.get(at).map(|e| &e.event.what), Some(What::Copied(_)));
    let (what, hint) = match (at, copied) {
        (0, _) => (
            format!("another {model} is in this registry"),
            "a history is taken over whole; copy into a registry that has no model of this name",
        ),
        (_, true) => (
            format!("{model} was copied here before, and went on where it came from"),
            "from the copy on, one of the two is the model's registry; write only to that one",
        ),
        _ => (
            format!("{model} has events of its own here after event {at}"),
            "only a history that has not gone on here can be continued",
        ),
    };
    Error::conflict(what).hint(hint)
}

/// The records that an event changes, as they are before it.
pub(in crate::adapters::registry) fn touched(
    model: Option<&dyn Model>,
    what: &What,
) -> Result<Vec<VersionRecord>> {
    let Some(model) = model else { return Ok(Vec::new()) };
    match what {
        What::Archived(data) | What::Restored(data) => {
            Ok(model.record(&data.version)?.into_iter().collect())
        }
        What::Copied(data) => {
            let records = data.uris.keys().map(|version| model.record(version));
            Ok(records.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
        }
        _ => Ok(Vec::new()),
    }
}

/// A record as it is after an event that touches it.
pub(in crate::adapters::registry) fn after(record: VersionRecord, what: &What) -> VersionRecord {
    match what {
        What::Archived(_) => VersionRecord { archived: true, ..record },
        What::Restored(_) => VersionRecord { archived: false, ..record },
        What::Copied(data) => match data.uris.get(&record.version) {
            Some(uri) => VersionRecord { uri: uri.clone(), ..record },
            None => record,
        },
        _ => record,
    }
}

fn registered(model: &dyn Model, version: &Version) -> Result<VersionRecord> {
    match model.record(version)? {
        Some(record) => Ok(record),
        None => Err(lookup::unknown_version(model, version)?),
    }
}
