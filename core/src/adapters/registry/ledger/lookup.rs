//! Finds the version that a reference means, and says what there is when it is not found.

use super::view::{Model, Models};
use crate::domain::error::{Error, Result};
use crate::domain::name::ModelName;
use crate::domain::record::VersionRecord;
use crate::domain::reference::{ModelRef, Selector};
use crate::domain::version::Version;

/// How many names a hint lists.
const SHOWN: usize = 5;

/// The version that `reference` means. An archived version is found by its exact version or
/// digest only.
pub(in crate::adapters::registry) fn resolve(
    models: &dyn Models,
    reference: &ModelRef,
) -> Result<VersionRecord> {
    let folder = models.model(&reference.model)?;
    match &reference.selector {
        Selector::Version(version) => folder
            .record(version)?
            .map_or_else(|| Err(unknown_version(folder.as_ref(), version)?), Ok),
        Selector::Digest(digest) => folder.find_digest(digest)?.ok_or_else(|| {
            Error::not_found(format!("no version of {} has the package {digest}", reference.model))
                .hint(format!("`outerloop show {}` lists the digests", reference.model))
        }),
        Selector::Alias(alias) => {
            let Some(version) = folder.alias(alias)? else {
                let aliases: Vec<_> = folder.aliases()?.into_keys().collect();
                let aliases = list(aliases.iter().map(ToString::to_string));
                return Err(Error::not_found(format!("{} has no alias `{alias}`", folder.name()))
                    .hint(match aliases {
                        Some(list) => format!("its aliases are {list}"),
                        None => format!(
                            "it has none yet; `outerloop promote {}@VERSION --to {alias}` sets it",
                            folder.name()
                        ),
                    }));
            };
            folder
                .record(&version)?
                .map_or_else(|| Err(unknown_version(folder.as_ref(), &version)?), Ok)
        }
        Selector::Latest => latest(folder.as_ref()),
    }
}

/// The highest release that is not archived; a pre-release only when there is no release.
fn latest(folder: &dyn Model) -> Result<VersionRecord> {
    let mut versions = folder.versions()?;
    // Stable: releases move behind the pre-releases, and both stay ascending.
    versions.sort_by_key(|version| !version.is_prerelease());
    for version in versions.iter().rev() {
        match folder.record(version)? {
            Some(record) if !record.archived => return Ok(record),
            _ => {}
        }
    }
    Err(Error::not_found(format!("every version of {} is archived", folder.name()))
        .hint("restore one, or name a version"))
}

/// The error for a model that is not there.
pub(in crate::adapters::registry) fn unknown_model(name: &ModelName, known: &[ModelName]) -> Error {
    // One without events is there for the system alone.
    let mut near: Vec<&ModelName> = known.iter().filter(|other| *other != name).collect();
    near.sort_by_key(|other| strsim::damerau_levenshtein(name.as_str(), other.as_str()));
    let hint = match list(near.iter().map(ToString::to_string)) {
        Some(list) => format!("there are {list}"),
        None => "the registry is empty; `outerloop register` adds the first model".to_owned(),
    };
    Error::not_found(format!("there is no model `{name}`")).hint(hint)
}

/// The error for a version that is not registered.
pub(in crate::adapters::registry) fn unknown_version(
    folder: &dyn Model,
    version: &Version,
) -> Result<Error> {
    let versions = folder.versions()?;
    let error = Error::not_found(format!("{}@{version} is not registered", folder.name()));
    Ok(match list(versions.iter().rev().map(ToString::to_string)) {
        Some(list) => error.hint(format!("there are {list}")),
        None => error.hint("it has no version yet"),
    })
}

fn list(names: impl ExactSizeIterator<Item = String>) -> Option<String> {
    let total = names.len();
    let shown: Vec<String> = names.take(SHOWN).map(|name| format!("`{name}`")).collect();
    match total {
        0 => None,
        n if n > SHOWN => Some(format!("{} and {} more", shown.join(", "), n - SHOWN)),
        _ => Some(shown.join(", ")),
    }
}
