//! Copies a version: its files through an upload that the registry gives, then the version itself.

use rayon::prelude::*;
use serde_json::{Value, json};

use crate::adapters::azure::ml::{ModelVersion, SharedRegistry};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::package::{FILES, Format, MANIFEST};
use crate::files::stream::silent;
use crate::ports::shelf::{Placed, Shared, Shelf};

/// The property with the package's digest.
const DIGEST: &str = "outerloop.digest";
/// The tag with the aliases, separated by spaces.
const ALIASES: &str = "outerloop.aliases";

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
        let record = shared.record;
        let (name, version) = (record.model.as_str(), record.version.to_string());
        let upload = self.registry.upload(name, &version)?;
        let folder = format!("outerloop/{}", record.digest.hex());
        shared.manifest.files.par_iter().try_for_each(|file| {
            let source = shared.package.join(FILES).join(&file.path);
            let target = format!("{folder}/{FILES}/{}", file.path);
            let there = upload.container.stat(&target)?;
            if there.is_some_and(|s| s.size == file.size && s.sha256 == file.digest.hex()) {
                return Ok(());
            }
            upload.container.upload(&target, &source, &file.digest, &silent)
        })?;
        let manifest = shared.manifest.to_bytes()?;
        let target = format!("{folder}/{MANIFEST}");
        upload.container.write(&target, "application/json", &manifest)?;
        Ok(format!("{}/{folder}/{FILES}", upload.uri))
    }

    fn make(&self, shared: &Shared<'_>) -> Result<()> {
        let record = shared.record;
        let kind = if record.format == Format::Mlflow { "mlflow_model" } else { "custom_model" };
        let mut properties = json!({
            DIGEST: record.digest.to_string(),
            "outerloop.event": record.event.to_string(),
            "outerloop.format": record.format.as_str(),
            "outerloop.bytes": record.bytes.to_string(),
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
