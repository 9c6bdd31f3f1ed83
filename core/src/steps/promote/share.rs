//! `promote --to-registry`: copies a version into another registry, and moves the alias there.

use std::path::Path;

use serde::Serialize;

use crate::domain::error::{Error, Result};
use crate::domain::name::Alias;
use crate::domain::record::VersionRecord;
use crate::domain::reference::ModelRef;
use crate::files::stream::silent;
use crate::ports::registry::{Expected, Origin, Promotion, Registry, Wanted};
use crate::ports::shelf::{Shared, Shelf};
use crate::ports::store::ArtifactStore;
use crate::steps::package::transfer;
use crate::steps::register::{self, RegisterInput};

/// Where a version is copied from or to.
pub enum Place<'a> {
    /// A registry with a history and a store of its own.
    Registry(&'a dyn Registry, &'a dyn ArtifactStore),
    /// One that versions are put into and taken from, without a history.
    Shelf(&'a dyn Shelf),
}

/// What to copy.
#[derive(Debug, Clone)]
pub struct ShareInput {
    /// The version.
    pub reference: ModelRef,
    /// The alias to move there.
    pub alias: Alias,
    /// Who acts.
    pub origin: Origin,
}

/// A version that was copied.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct SharedVersion {
    /// The alias.
    pub alias: Alias,
    /// `model@version`, the same in both registries.
    #[serde(rename = "ref")]
    pub reference: ModelRef,
    /// Where the alias pointed there before.
    pub previous: Option<String>,
    /// Address of what was copied.
    pub url: String,
}

/// Copies the version with its bytes: each file is verified on its way out of one store and into
/// the other. Asked again, it goes on where it stopped, and copies nothing twice.
///
/// # Errors
/// The version is not there or archived, its bytes are damaged, another package has its version in
/// the other registry, or one of the two cannot be reached or written.
pub fn run(
    input: &ShareInput,
    from: &Place<'_>,
    to: &Place<'_>,
    work: &Path,
) -> Result<SharedVersion> {
    let package = work.join("package");
    let lent: Box<dyn ArtifactStore>;
    let (record, store) = match from {
        Place::Registry(registry, store) => (registry.resolve(&input.reference)?, *store),
        Place::Shelf(shelf) => {
            let found = shelf.find(&input.reference)?;
            lent = found.store;
            (found.record, lent.as_ref())
        }
    };
    let reference = ModelRef::version(&record.model, &record.version);
    if record.archived {
        return Err(Error::usage(format!("{reference} is archived"))
            .hint("restore it first, or share another version"));
    }
    let manifest = transfer::fetch(&record.digest, store, &package)?;
    let (previous, url) = match to {
        Place::Shelf(shelf) => {
            let alias = &input.alias;
            let shared = Shared { record: &record, manifest: &manifest, package: &package, alias };
            let placed = shelf.place(&shared)?;
            (placed.previous, placed.uri)
        }
        Place::Registry(registry, store) => {
            in_registry(input, &record, (*registry, *store), &package)?
        }
    };
    Ok(SharedVersion { alias: input.alias.clone(), reference, previous, url })
}

fn in_registry(
    input: &ShareInput,
    record: &VersionRecord,
    (registry, store): (&dyn Registry, &dyn ArtifactStore),
    package: &Path,
) -> Result<(Option<String>, String)> {
    let wanted = RegisterInput {
        package: package.to_owned(),
        model: record.model.clone(),
        wanted: Wanted::Exactly(record.version.clone()),
        origin: input.origin.clone(),
    };
    let registered = register::run(&wanted, registry, store, &silent)?;
    let promoted = registry.promote(&Promotion {
        model: record.model.clone(),
        alias: input.alias.clone(),
        version: record.version.clone(),
        expected: Expected::Current,
        origin: input.origin.clone(),
    })?;
    let previous = promoted.previous.map(|version| ModelRef::version(&record.model, &version));
    Ok((previous.map(|reference| reference.to_string()), registered.uri))
}
