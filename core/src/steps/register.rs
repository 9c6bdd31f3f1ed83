//! `register`: a package becomes a version.

use std::path::PathBuf;

use serde::Serialize;

use super::package::open::open_with;
use super::package::transfer::store_with;
use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::event::What;
use crate::domain::name::ModelName;
use crate::domain::package::Manifest;
use crate::domain::reference::ModelRef;
use crate::domain::version::Version;
use crate::ports::registry::{Origin, RegisterOutcome, Registration, Registry, Wanted};
use crate::ports::store::{ArtifactStore, Progress};

/// What to register.
#[derive(Debug, Clone)]
pub struct RegisterInput {
    /// The package's folder.
    pub package: PathBuf,
    /// The model.
    pub model: ModelName,
    /// Which version.
    pub wanted: Wanted,
    /// Who acts. The cause is taken from the package where it names one.
    pub origin: Origin,
}

/// The registered version.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RegisteredVersion {
    /// The model.
    pub model: ModelName,
    /// The version.
    pub version: Version,
    /// `model@version`.
    #[serde(rename = "ref")]
    pub reference: ModelRef,
    /// Package digest.
    pub digest: Digest,
    /// Where the bytes are.
    pub uri: String,
    /// False when the same package was registered before.
    pub created: bool,
    /// What to look at, in plain words.
    #[serde(skip)]
    pub warnings: Vec<String>,
}

/// Verifies the package, stores its bytes, and registers it. `progress` is told the bytes as they
/// are read: each file once to verify it and once to store it.
///
/// Nothing is stored before it is shown that the registry can be written and that the wanted
/// version is free. Asked again with the same package, nothing changes.
///
/// # Errors
/// The package is damaged; the version is taken by another package; the registry or the store
/// cannot be written.
pub fn run(
    input: &RegisterInput,
    registry: &dyn Registry,
    store: &dyn ArtifactStore,
    progress: Progress<'_>,
) -> Result<RegisteredVersion> {
    registry.check_writable()?;
    let (manifest, digest) = open_with(&input.package, progress)?;
    check_free(input, &digest, registry)?;
    let mut warnings = unknown_cause(input, &manifest, registry)?;
    let stored = store_with(&input.package, store, progress)?;
    if stored != digest {
        return Err(Error::integrity(format!("{} changed while read", input.package.display()))
            .hint("leave the package alone while it is registered, and run this again"));
    }
    let registration = registration(input, &manifest, digest, store);
    let RegisterOutcome { record, created } = registry.register(&registration)?;
    // The version is registered, with or without a name in the store.
    if let Err(error) = store.name(&record.digest, &record.model, &record.version) {
        warnings.push(format!("the store has no name for the version: {error}"));
    }
    Ok(RegisteredVersion {
        reference: ModelRef::version(&record.model, &record.version),
        model: record.model,
        version: record.version,
        digest: record.digest,
        uri: record.uri,
        created,
        warnings,
    })
}

fn registration(
    input: &RegisterInput,
    manifest: &Manifest,
    digest: Digest,
    store: &dyn ArtifactStore,
) -> Registration {
    let cause = manifest.provenance.cause.or(input.origin.cause);
    Registration {
        model: input.model.clone(),
        wanted: input.wanted.clone(),
        digest,
        uri: store.uri(&digest),
        format: manifest.format,
        bytes: manifest.total_size(),
        commit: manifest.provenance.commit.clone(),
        origin: Origin { cause, ..input.origin.clone() },
    }
}

/// The registry decides this again when it registers; here it saves sending the bytes.
fn check_free(input: &RegisterInput, digest: &Digest, registry: &dyn Registry) -> Result<()> {
    let Wanted::Exactly(version) = &input.wanted else { return Ok(()) };
    let reference = ModelRef::version(&input.model, version);
    match registry.resolve(&reference) {
        Ok(record) if record.digest != *digest => Err(Error::new(
            ErrorKind::AlreadyExists,
            format!("{reference} is registered with another package"),
        )
        .hint("versions never change; register under a new one, for example with --bump minor")),
        Ok(_) => Ok(()),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Err(e) => Err(e),
    }
}

/// A warning when the package names a cause that is no request to retrain this model.
fn unknown_cause(
    input: &RegisterInput,
    manifest: &Manifest,
    registry: &dyn Registry,
) -> Result<Vec<String>> {
    let Some(cause) = manifest.provenance.cause else { return Ok(Vec::new()) };
    let events = match registry.history(&input.model) {
        Ok(events) => events,
        Err(e) if e.kind() == ErrorKind::NotFound => Vec::new(),
        Err(e) => return Err(e),
    };
    let known =
        events.iter().any(|e| e.id == cause && matches!(e.event.what, What::RetrainRequested(_)));
    if known {
        return Ok(Vec::new());
    }
    Ok(vec![format!(
        "the package says that event {} caused it, and {} has no such request to retrain",
        cause.short(),
        input.model
    )])
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::adapters::registry::git::GitRegistry;
    use crate::adapters::registry::git::fixture::{git, open};
    use crate::adapters::store::folder::FolderStore;
    use crate::domain::package::{FILES, FileEntry, Format, MANIFEST};
    use crate::files::stream::silent;

    struct House {
        folder: tempfile::TempDir,
        registry: GitRegistry,
        store: FolderStore,
    }

    fn house() -> House {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-q"]);
        let registry = open(folder.path());
        let store = FolderStore::new(folder.path().join("store"));
        House { folder, registry, store }
    }

    fn package(folder: &Path, content: &str, cause: Option<Digest>) -> RegisterInput {
        let place = folder.join(format!("package-{content}"));
        fs::create_dir_all(place.join(FILES)).unwrap();
        fs::write(place.join(FILES).join("model.bin"), content).unwrap();
        let files = vec![FileEntry::of("model.bin", content.as_bytes())];
        let mut manifest = Manifest::of(Format::Generic, files);
        manifest.provenance.cause = cause;
        fs::write(place.join(MANIFEST), manifest.to_bytes().unwrap()).unwrap();
        RegisterInput {
            package: place,
            model: "acme".parse().unwrap(),
            wanted: Wanted::Next(crate::domain::version::Bump::Minor),
            origin: Origin { actor: "ada".to_owned(), ..Origin::default() },
        }
    }

    #[test]
    fn a_package_becomes_a_version_once() {
        let House { folder, registry, store } = house();
        let input = package(folder.path(), "one", None);
        let first = run(&input, &registry, &store, &silent).unwrap();
        assert_eq!(first.reference.to_string(), "acme@1.0.0");
        assert!(first.created && first.warnings.is_empty());
        assert!(store.contains(&first.digest).unwrap());
        assert!(store.contains(&Digest::of(b"one")).unwrap());
        let again = run(&input, &registry, &store, &silent).unwrap();
        assert_eq!(again, RegisteredVersion { created: false, ..first });
        let keys = serde_json::to_value(&again).unwrap();
        let keys: Vec<&String> = keys.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["model", "version", "ref", "digest", "uri", "created"]);
    }

    #[test]
    fn nothing_is_stored_for_a_version_that_is_taken() {
        let House { folder, registry, store } = house();
        run(&package(folder.path(), "one", None), &registry, &store, &silent).unwrap();
        let wanted = Wanted::Exactly("1.0.0".parse().unwrap());
        let other = RegisterInput { wanted, ..package(folder.path(), "two", None) };
        let error = run(&other, &registry, &store, &silent).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert!(!store.contains(&Digest::of(b"two")).unwrap());
    }

    #[test]
    fn a_damaged_package_is_neither_stored_nor_registered() {
        let House { folder, registry, store } = house();
        let input = package(folder.path(), "one", None);
        fs::write(input.package.join(FILES).join("model.bin"), "0ne").unwrap();
        let error = run(&input, &registry, &store, &silent).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
        assert!(registry.models().unwrap().is_empty());
        assert!(!store.contains(&Digest::of(b"0ne")).unwrap());
    }

    #[test]
    fn a_cause_that_is_not_there_is_a_warning() {
        let House { folder, registry, store } = house();
        let cause = Digest::of(b"no such event");
        let input = package(folder.path(), "one", Some(cause));
        let outcome = run(&input, &registry, &store, &silent).unwrap();
        assert!(outcome.created && outcome.warnings[0].contains(&cause.short()));
        let events = registry.history(&input.model).unwrap();
        assert_eq!(events[0].event.cause, Some(cause));
    }
}
