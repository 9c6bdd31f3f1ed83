//! Gathers what the gates look at: the versions, their packages and the stored bytes.

use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::name::Alias;
use crate::domain::package::Manifest;
use crate::domain::record::VersionRecord;
use crate::domain::reference::ModelRef;
use crate::files::stream;
use crate::gates::Integrity;
use crate::ports::registry::Registry;
use crate::ports::store::ArtifactStore;
use crate::steps::package::transfer;
use crate::steps::promote::CHAMPION;

/// The version to compare `challenger` with: the one that is asked for, else the champion unless
/// that is the challenger itself.
pub(super) fn opponent(
    registry: &dyn Registry,
    challenger: &VersionRecord,
    against: Option<&ModelRef>,
) -> Result<Option<VersionRecord>> {
    if let Some(reference) = against {
        let record = registry.resolve(reference)?;
        let (model, version) = (&record.model, &record.version);
        if *model != challenger.model || *version == challenger.version {
            let own = ModelRef::version(&challenger.model, &challenger.version);
            return Err(Error::usage(format!("{own} cannot be compared with {model}@{version}"))
                .hint("name another version of the same model with --against"));
        }
        return Ok(Some(record));
    }
    let alias: Alias = CHAMPION.parse()?;
    let model = registry.model(&challenger.model)?;
    match model.aliases.get(&alias) {
        Some(version) if *version != challenger.version => {
            registry.resolve(&ModelRef::version(&challenger.model, version)).map(Some)
        }
        _ => Ok(None),
    }
}

/// The manifest of a registered version, from the store.
pub(super) fn manifest(store: &dyn ArtifactStore, record: &VersionRecord) -> Result<Manifest> {
    let name = ModelRef::version(&record.model, &record.version);
    transfer::manifest(&record.digest, store)
        .map_err(|e| e.during(format!("read the package of {name}")))
}

/// Reads every file of the package and hashes it.
pub(super) fn integrity(
    store: &dyn ArtifactStore,
    package: &Digest,
    manifest: &Manifest,
) -> Integrity {
    let folder = match tempfile::tempdir() {
        Ok(folder) => folder,
        Err(e) => return Integrity::Unchecked(format!("no temporary folder: {e}")),
    };
    let target = folder.path().join("file");
    let mut bytes = 0;
    for file in &manifest.files {
        if let Err(e) = store.get_file(transfer::address(package, file), &target, &stream::silent) {
            return refused(&file.path, &e);
        }
        match std::fs::metadata(&target) {
            Ok(found) if found.len() == file.size => bytes += found.len(),
            Ok(found) => {
                let (path, size) = (&file.path, file.size);
                let what = format!("{path} has {} bytes, {size} are registered", found.len());
                return Integrity::Mismatch(what);
            }
            Err(e) => return Integrity::Unchecked(format!("{}: {e}", file.path)),
        }
        let _ = std::fs::remove_file(&target);
    }
    Integrity::Verified { files: manifest.files.len(), bytes }
}

fn refused(path: &str, error: &Error) -> Integrity {
    let what = format!("{path}: {error}");
    match error.kind() {
        ErrorKind::Integrity | ErrorKind::NotFound => Integrity::Mismatch(what),
        _ => Integrity::Unchecked(what),
    }
}
