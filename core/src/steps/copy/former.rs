//! From a registry of another kind: what happened there becomes events with its time and author,
//! and the files of each version a package. The same registry gives the same events on every run,
//! so that a copy that broke off goes on, and what was added there since is all that a later one
//! brings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayon::prelude::*;

use super::events::{Taken, Written, untaken};
use super::registry::{CopiedModel, Side};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::event::{Copied, Registered, What};
use crate::domain::name::ModelName;
use crate::domain::package::Format;
use crate::domain::record::LoggedEvent;
use crate::domain::version::Version;
use crate::files::stream;
use crate::ports::former::{FormerModel, FormerRegistry, Happened, Happening, Holdings, Left};
use crate::ports::host::Host;
use crate::ports::registry::{Entry, Origin};
use crate::ports::store::Progress;
use crate::steps::package::{self, PackageInput, transfer};

/// Versions that are named in an error; the rest is counted.
const NAMED: usize = 5;

/// A move out of a former registry.
pub struct Move<'a> {
    /// What the former registry is called in the history.
    pub from: &'a str,
    /// The former registry.
    pub former: &'a dyn FormerRegistry,
    /// The registry that is moved into.
    pub to: &'a Side<'a>,
    /// Who copies.
    pub origin: &'a Origin,
    /// Versions whose files cannot be brought are left, and all else is taken over.
    pub leave_missing: bool,
    /// Where this runs.
    pub host: &'a dyn Host,
    /// Told the bytes as they are stored.
    pub progress: Progress<'a>,
}

/// The models of `holdings` to take over: `wanted`, else all of them.
///
/// # Errors
/// A name that is not there; nothing is there.
pub fn wanted<'a>(wanted: &[ModelName], holdings: &'a Holdings) -> Result<Vec<&'a FormerModel>> {
    let there: Vec<&str> = holdings.models.iter().map(|model| model.name.as_str()).collect();
    if there.is_empty() {
        let why = holdings.left.first().map_or_else(String::new, |left| {
            format!(": of `{}`, {}", left.what.escape_debug(), left.why)
        });
        return Err(Error::not_found(format!("there is no model that can be taken over{why}"))
            .hint("a model needs one registered version at least"));
    }
    if wanted.is_empty() {
        return Ok(holdings.models.iter().collect());
    }
    let find = |name: &ModelName| {
        holdings.models.iter().find(|model| model.name == *name).ok_or_else(|| {
            Error::not_found(format!("the registry to copy from has no model {name}"))
                .hint(format!("it has: {}", there.join(", ")))
        })
    };
    wanted.iter().map(find).collect()
}

impl Move<'_> {
    /// Takes over one model, and says what of it is left.
    ///
    /// # Errors
    /// Versions whose files cannot be brought, unless they may be left: nothing is taken over then;
    /// conflict where the model went another way in `to`; a backend that fails. What was done
    /// stays, and the next try goes on.
    pub fn run(&self, model: &FormerModel) -> Result<(CopiedModel, Vec<Left>)> {
        self.take(model).map_err(|e| e.during(format!("copy {}", model.name)))
    }

    fn take(&self, model: &FormerModel) -> Result<(CopiedModel, Vec<Left>)> {
        let there = self.there(&model.name)?;
        let Taken { rest: new, told } = untaken(&model.name, &model.happenings, &there)?;
        let missing = self.missing(model, new)?;
        self.may_adopt(model, &there, new, &missing)?;
        let mut written = Written::after(&model.name, &there);
        let made = self.make(model, new, &missing)?;
        let mut left = left_before(model, new, written.versions());
        for happening in new {
            let package = match &happening.what {
                Happened::Registered(version) => made.get(version).map(|made| &made.data),
                _ => None,
            };
            let whole = written.write(happening, package)?;
            let why = match (&happening.what, whole) {
                (Happened::Registered(version), _) => missing.get(version).map(ToString::to_string),
                (Happened::Pointed(_, Some(version)), false) => Some(format!("{version} is left")),
                _ => None,
            };
            left.extend(why.map(|why| leaves(model, happening, why)));
        }
        let events = match written.events.is_empty() && told {
            true => 0,
            false => self.adopt(model, there, &written.events)?,
        };
        self.to.registry.finish(&model.name)?;
        if self.to.store.capabilities().names && !written.versions().is_empty() {
            // An earlier copy may have ended before it came to this.
            for version in self.to.registry.model(&model.name)?.versions {
                self.to.store.name(&version.digest, &model.name, &version.version)?;
            }
        }
        let sent = made.values().filter(|made| made.sent);
        let copied = CopiedModel {
            model: model.name.clone(),
            versions: written.versions().len() as u64,
            events,
            packages: sent.clone().count() as u64,
            bytes: sent.map(|made| made.data.bytes).sum(),
            changed: events > 0 || !made.is_empty(),
        };
        Ok((copied, left))
    }

    /// Asks, before anything is packaged, whether the registry takes what happened.
    fn may_adopt(
        &self,
        model: &FormerModel,
        there: &[LoggedEvent],
        new: &[Happening],
        missing: &BTreeMap<Version, Error>,
    ) -> Result<()> {
        let mut written = Written::after(&model.name, there);
        for happening in new {
            let package = match &happening.what {
                Happened::Registered(version) if !missing.contains_key(version) => {
                    Some(to_be_made(version))
                }
                _ => None,
            };
            written.write(happening, package.as_ref())?;
        }
        let history: Vec<LoggedEvent> = there.iter().cloned().chain(written.events).collect();
        self.to.registry.may_adopt(&history)
    }

    fn there(&self, model: &ModelName) -> Result<Vec<LoggedEvent>> {
        match self.to.registry.history(model) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            found => found,
        }
    }

    /// The new versions whose files cannot be brought, and why.
    fn missing(&self, model: &FormerModel, new: &[Happening]) -> Result<BTreeMap<Version, Error>> {
        let mut missing = BTreeMap::new();
        for version in registered(new) {
            match self.former.look(&model.name, version) {
                Ok(()) => {}
                Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::Input) => {
                    missing.insert(version.clone(), e);
                }
                Err(e) => return Err(e.during(version.to_string())),
            }
        }
        match missing.values().next() {
            Some(first) if !self.leave_missing => {
                Err(cannot(&missing, registered(new).count(), first.hint_text()))
            }
            _ => Ok(missing),
        }
    }

    /// Packages the new versions and puts them into the store.
    fn make(
        &self,
        model: &FormerModel,
        new: &[Happening],
        missing: &BTreeMap<Version, Error>,
    ) -> Result<BTreeMap<Version, Made>> {
        let versions: Vec<&Version> =
            registered(new).filter(|version| !missing.contains_key(version)).collect();
        let made = versions.into_par_iter().map(|version| {
            let made = self.package(&model.name, version);
            Ok((version.clone(), made.map_err(|e| e.during(version.to_string()))?))
        });
        made.collect()
    }

    fn package(&self, model: &ModelName, version: &Version) -> Result<Made> {
        let folder = tempfile::tempdir()
            .map_err(|e| Error::io("make", Path::new("a temporary folder"), e))?;
        let (files, out) = (folder.path().join("model"), folder.path().join("package"));
        std::fs::create_dir(&files).map_err(|e| Error::io("make", &files, e))?;
        let brought = self.former.bring(model, version, &files, &stream::silent)?;
        let input = PackageInput {
            model: brought.model.clone(),
            out,
            brought: Some(brought),
            ..PackageInput::default()
        };
        let made = package::run(&input, self.host, &stream::silent)?;
        let sent = !self.to.store.contains(&made.digest)?;
        if sent {
            transfer::store_with(&made.folder, self.to.store, self.progress)?;
        }
        let data = Registered {
            version: version.clone(),
            digest: made.digest,
            uri: self.to.store.uri(&made.digest),
            format: made.manifest.format,
            bytes: made.bytes,
            commit: made.manifest.provenance.commit,
        };
        Ok(Made { data, sent })
    }

    /// Takes over the new events and says, once, where they are from.
    fn adopt(
        &self,
        model: &FormerModel,
        there: Vec<LoggedEvent>,
        new: &[LoggedEvent],
    ) -> Result<u64> {
        let history: Vec<LoggedEvent> = there.into_iter().chain(new.iter().cloned()).collect();
        let adopted = self.to.registry.adopt(&history)?;
        self.to.registry.record(&Entry {
            model: model.name.clone(),
            what: What::Copied(Copied { from: self.from.to_owned(), uris: BTreeMap::new() }),
            only_after: history.last().map(|last| last.id),
            origin: self.origin.clone(),
        })?;
        Ok(adopted + 1)
    }
}

/// What stands for the package of a version that is not made yet.
fn to_be_made(version: &Version) -> Registered {
    Registered {
        version: version.clone(),
        digest: Digest::of(version.to_string().as_bytes()),
        uri: String::new(),
        format: Format::Generic,
        bytes: 0,
        commit: None,
    }
}

/// A version that became a package.
struct Made {
    data: Registered,
    sent: bool,
}

fn registered(happenings: &[Happening]) -> impl Iterator<Item = &Version> {
    happenings.iter().filter_map(|happening| match &happening.what {
        Happened::Registered(version) => Some(version),
        _ => None,
    })
}

fn leaves(model: &FormerModel, happening: &Happening, why: String) -> Left {
    Left { model: model.called.clone(), what: happening.told_by.clone(), why }
}

/// The versions that an earlier copy left.
fn left_before(model: &FormerModel, new: &[Happening], there: &BTreeSet<Version>) -> Vec<Left> {
    let before = model.happenings.len().saturating_sub(new.len());
    let why = "an earlier copy left it, and a history is only continued; package and register it by \
               hand";
    let left = |happening: &Happening| match &happening.what {
        Happened::Registered(version) if !there.contains(version) => {
            Some(leaves(model, happening, why.to_owned()))
        }
        _ => None,
    };
    model.happenings.iter().take(before).filter_map(left).collect()
}

fn cannot(missing: &BTreeMap<Version, Error>, of: usize, hint: Option<&str>) -> Error {
    let named: Vec<String> =
        missing.iter().take(NAMED).map(|(version, error)| format!("{version}: {error}")).collect();
    let more = match missing.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let (count, named) = (missing.len(), named.join("; "));
    Error::input(format!("the files of {count} of {of} versions cannot be taken: {named}{more}"))
        .hint(format!(
            "{}; or leave such versions with --leave-missing",
            hint.unwrap_or("mend that")
        ))
}
