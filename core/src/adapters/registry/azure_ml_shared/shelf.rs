//! Copies a version: its files through an upload that the registry gives, then the version itself.
//! And finds one that was copied.

use std::str::FromStr;

use rayon::prelude::*;
use serde_json::{Value, json};

use crate::adapters::azure::ml::{ModelVersion, Packages, SharedRegistry};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::name::ModelName;
use crate::domain::package::{FILES, Format};
use crate::domain::record::VersionRecord;
use crate::domain::reference::{ModelRef, Selector};
use crate::domain::version::Version;
use crate::files::stream::silent;
use crate::ports::shelf::{Found, Placed, Shared, Shelf};
use crate::ports::store::{ArtifactStore as _, FileAddress};

/// The property with the package's digest.
const DIGEST: &str = "outerloop.digest";
/// The tag with the aliases, separated by spaces.
const ALIASES: &str = "outerloop.aliases";
/// The property with the event of the registration, in the registry that the version is from.
const EVENT: &str = "outerloop.event";
/// The property with the model's format.
const FORMAT: &str = "outerloop.format";
/// The property with the sum of the files' sizes in bytes.
const BYTES: &str = "outerloop.bytes";
/// Where packages are in the container that a registry gives.
const FOLDER: &str = "outerloop";

/// A registry of Azure Machine Learning.
pub struct AzureMlShelf {
    registry: SharedRegistry,
}

impl AzureMlShelf {
    /// The shelf that `registry` is.
    pub fn new(registry: SharedRegistry) -> Self {
        Self { registry }
    }

    /// The files of the package and its manifest, and where the files are then.
    fn upload(&self, shared: &Shared<'_>) -> Result<String> {
        let (digest, manifest) = (&shared.record.digest, shared.manifest);
        let (name, version) = (shared.record.model.as_str(), shared.record.version.to_string());
        let upload = self.registry.upload(name, &version)?;
        let store = Packages::of_registry(upload.container, FOLDER);
        manifest.files.par_iter().try_for_each(|file| {
            let at = FileAddress { package: digest, path: &file.path, digest: &file.digest };
            store.put_file(at, &shared.package.join(FILES).join(&file.path), &silent)
        })?;
        store.put_manifest(manifest)?;
        Ok(format!("{}/{FOLDER}/{}/{FILES}", upload.uri, digest.hex()))
    }

    fn make(&self, shared: &Shared<'_>) -> Result<()> {
        let record = shared.record;
        let kind = if record.format == Format::Mlflow { "mlflow_model" } else { "custom_model" };
        let mut properties = json!({
            DIGEST: record.digest.to_string(),
            EVENT: record.event.to_string(),
            FORMAT: record.format.as_str(),
            BYTES: record.bytes.to_string(),
        });
        if let Some(commit) = &shared.manifest.provenance.commit {
            properties["outerloop.commit"] = json!(commit);
        }
        let fields = json!({
            "description": "Shared by outerloop",
            // Given with the version: each change goes on after its answer, and is waited for.
            "tags": {ALIASES: shared.alias.as_str()},
            "properties": properties,
            "modelType": kind,
            "modelUri": self.upload(shared)?,
            "isAnonymous": false,
            "isArchived": false,
        });
        self.registry.models().put(record.model.as_str(), &record.version.to_string(), &fields)
    }

    /// Gives the alias to the version, which may have been `made` with it, and takes it from others;
    /// gives the one that had it.
    fn move_alias(&self, shared: &Shared<'_>, made: bool) -> Result<Option<String>> {
        let models = self.registry.models();
        let (name, alias) = (shared.record.model.as_str(), shared.alias.as_str());
        let wanted = shared.record.version.to_string();
        let all = models.all(name)?;
        let has = |there: &&ModelVersion| aliases(there).contains(&alias);
        let other = all.iter().filter(has).find(|there| there.version != wanted);
        let own = all.iter().filter(has).find(|there| there.version == wanted && !made);
        let had = other.or(own).map(|there| there.version.clone());
        // First given, then taken: at no time does no version have it.
        for there in all.iter().filter(|there| there.version == wanted) {
            if !aliases(there).contains(&alias) {
                let names = [aliases(there), vec![alias]].concat();
                models.put(name, &there.version, &with_aliases(there, &names))?;
            }
        }
        for there in all.iter().filter(|there| there.version != wanted) {
            if aliases(there).contains(&alias) {
                let names = aliases(there).into_iter().filter(|a| *a != alias).collect::<Vec<_>>();
                models.put(name, &there.version, &with_aliases(there, &names))?;
            }
        }
        Ok(had)
    }

    /// The version that `reference` means.
    fn meant(&self, reference: &ModelRef) -> Result<ModelVersion> {
        let (models, name) = (self.registry.models(), reference.model.as_str());
        let found = match &reference.selector {
            Selector::Version(version) => models.get(name, &version.to_string())?,
            Selector::Alias(alias) => {
                let mut all = models.all(name)?;
                all.retain(|there| aliases(there).contains(&alias.as_str()));
                if let [one, other, ..] = all.as_slice() {
                    let (one, other) = (&one.version, &other.version);
                    return Err(Error::conflict(format!("{one} and {other} are both {alias}"))
                        .hint("a promotion ended half-way: run it again, or name the version"));
                }
                all.pop()
            }
            Selector::Digest(digest) => {
                let has = |there: &ModelVersion| said::<Digest>(there, DIGEST) == Some(*digest);
                models.all(name)?.into_iter().find(has)
            }
            Selector::Latest => {
                let own = models
                    .all(name)?
                    .into_iter()
                    .filter(|there| !there.is_archived() && there.property(DIGEST).is_some());
                own.max_by_key(|there| there.version.parse::<Version>().ok())
            }
        };
        found.ok_or_else(|| {
            Error::not_found(format!("the registry has no {reference}"))
                .hint("its models are in the studio, below Registries")
        })
    }

    /// What the registry says of a version that this program placed.
    fn record(&self, model: &ModelName, there: &ModelVersion) -> Result<VersionRecord> {
        let version = &there.version;
        let read = || {
            Some(VersionRecord {
                model: model.clone(),
                version: version.parse().ok()?,
                digest: said(there, DIGEST)?,
                uri: format!("{}/models/{model}/versions/{version}", self.registry.uri()),
                format: serde_json::from_value(json!(there.property(FORMAT)?)).ok()?,
                bytes: said(there, BYTES)?,
                registered: there.created?,
                event: said(there, EVENT)?,
                archived: there.is_archived(),
            })
        };
        read().ok_or_else(|| {
            Error::new(
                ErrorKind::Unsupported,
                format!("{model}:{version} was not put there by `outerloop promote`"),
            )
            .hint(format!(
                "package its files anew: outerloop register --from \
                 {}/models/{model}/versions/{version}",
                self.registry.uri()
            ))
        })
    }

    /// What holds the package of a version.
    fn open(&self, record: &VersionRecord, there: &ModelVersion) -> Result<Packages> {
        let (model, version) = (record.model.as_str(), there.version.as_str());
        let uri = there.properties["modelUri"].as_str().unwrap_or_default();
        let files = self.registry.files(model, version, uri)?;
        let package = format!("/{}/{FILES}", record.digest.hex());
        let packages = files.path.strip_suffix(&package).ok_or_else(|| {
            Error::integrity(format!("{model}:{version} is at {}, not in its package", files.path))
                .hint("somebody changed it; promote it to this registry again as a new version")
        })?;
        Ok(Packages::of_registry(files.container, packages))
    }
}

impl Shelf for AzureMlShelf {
    fn place(&self, shared: &Shared<'_>) -> Result<Placed> {
        let record = shared.record;
        let (name, version) = (record.model.as_str(), record.version.to_string());
        let within = |e: Error| e.during(format!("share {name}@{version}"));
        let there = self.registry.models().get(name, &version).map_err(within)?;
        let made = there.is_none();
        match there {
            None => self.make(shared).map_err(within)?,
            Some(there) if there.property(DIGEST) == Some(&record.digest.to_string()) => {}
            Some(_) => {
                let at = self.registry.uri();
                return Err(Error::new(
                    ErrorKind::AlreadyExists,
                    format!("{at} has {name}:{version} with another package"),
                )
                .hint("versions never change; register it under a new version and share that"));
            }
        }
        let previous = self.move_alias(shared, made).map_err(within)?;
        let uri = format!("{}/models/{name}/versions/{version}", self.registry.uri());
        Ok(Placed { uri, previous: previous.map(|version| format!("{name}@{version}")) })
    }

    fn find(&self, reference: &ModelRef) -> Result<Found> {
        let within = |e: Error| e.during(format!("take {reference} from {}", self.registry.uri()));
        let there = self.meant(reference).map_err(within)?;
        let record = self.record(&reference.model, &there).map_err(within)?;
        let store = self.open(&record, &there).map_err(within)?;
        Ok(Found { record, store: Box::new(store) })
    }
}

/// What a version says of itself, where this program placed it.
fn said<T: FromStr>(there: &ModelVersion, name: &str) -> Option<T> {
    there.property(name)?.parse().ok()
}

fn aliases(there: &ModelVersion) -> Vec<&str> {
    there.tag(ALIASES).unwrap_or_default().split_whitespace().collect()
}

fn with_aliases(there: &ModelVersion, names: &[&str]) -> Value {
    let mut fields = there.fields();
    let mut tags = fields["tags"].as_object().cloned().unwrap_or_default();
    tags.shift_remove(ALIASES);
    if !names.is_empty() {
        tags.insert(ALIASES.to_owned(), json!(names.join(" ")));
    }
    fields["tags"] = Value::Object(tags);
    fields
}
