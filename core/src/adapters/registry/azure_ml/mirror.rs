//! The workspace's models: a version each, with what the history says of it in properties, which
//! the service never changes, and its aliases in a tag.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::place;
use crate::adapters::azure::ml::{ModelVersion, Workspace};
use crate::adapters::http::one_line;
use crate::adapters::registry::ledger::{Mirror, ModelState, Shown};
use crate::domain::canonical;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::event::{Registered, What};
use crate::domain::name::ModelName;
use crate::domain::package::{FILES, Format};
use crate::domain::record::{LoggedEvent, VersionRecord};
use crate::domain::version::Version;

/// The property with the package's digest.
const DIGEST: &str = "outerloop.digest";
/// The tag with the aliases, separated by spaces.
const ALIASES: &str = "outerloop.aliases";

/// The models of a workspace.
pub struct WorkspaceMirror {
    workspace: Arc<Workspace>,
}

impl WorkspaceMirror {
    /// The models of `workspace`. Nothing is sent yet.
    pub fn new(workspace: Arc<Workspace>) -> Self {
        Self { workspace }
    }

    fn show(&self, state: &ModelState, record: &VersionRecord, data: Option<&Event>) -> Result<()> {
        let (name, version) = (state.name().as_str(), record.version.to_string());
        let models = self.workspace.models();
        let aliases = aliases(state, &record.version);
        let fields = match models.get(name, &version)? {
            None => self.made(state, record, data)?,
            Some(there) if there.property(DIGEST) != Some(&record.digest.to_string()) => {
                tracing::warn!("{name}:{version} in the workspace is another model: {}", strange());
                return Ok(());
            }
            Some(there) if shows(&there, record, &aliases) => return Ok(()),
            Some(there) => changed(&there, record, &aliases),
        };
        match models.put(name, &version, &fields) {
            // It was deleted, and cannot be made again; `history --verify` says so for ever.
            Err(error) if error.kind() == ErrorKind::Conflict => {
                tracing::warn!("the workspace does not show {name}:{version}: {error}");
                Ok(())
            }
            result => result,
        }
    }

    /// The fields of a version that is not there yet.
    fn made(
        &self,
        state: &ModelState,
        record: &VersionRecord,
        data: Option<&Event>,
    ) -> Result<Value> {
        let mut properties = json!({
            DIGEST: record.digest.to_string(),
            "outerloop.event": record.event.to_string(),
            "outerloop.format": record.format.as_str(),
            "outerloop.bytes": record.bytes.to_string(),
            "outerloop.uri": one_line(&record.uri),
        });
        let mut description = "Registered by outerloop".to_owned();
        if let Some(Event { data, run }) = data {
            if let Some(commit) = &data.commit {
                properties["outerloop.commit"] = json!(one_line(commit));
                description.push_str(&format!(" from the commit {}", one_line(commit)));
            }
            if let Some(run) = run {
                properties["outerloop.run"] = json!(one_line(run));
            }
        }
        Ok(json!({
            "description": description,
            "tags": tags(&json!({}), &aliases(state, &record.version)),
            "properties": properties,
            "modelType": if record.format == Format::Mlflow { "mlflow_model" } else { "custom_model" },
            "modelUri": self.model_uri(record)?,
            "isAnonymous": false,
            "isArchived": record.archived,
        }))
    }

    /// Where Azure Machine Learning finds the files. Where it cannot, a blob stands for them that
    /// says where they are.
    fn model_uri(&self, record: &VersionRecord) -> Result<String> {
        if record.uri.starts_with("azureml://") {
            return Ok(format!("{}/{FILES}", record.uri));
        }
        let datastore = self.workspace.datastore()?;
        let name = place::pointer(&record.model, &record.version);
        let pointer = json!({"digest": record.digest.to_string(), "uri": record.uri});
        let bytes = canonical::to_bytes(&pointer)?;
        datastore.container.write(&name, "application/json", &bytes)?;
        Ok(format!("{}/paths/{name}", datastore.uri))
    }
}

/// The event that registered a version.
struct Event<'a> {
    data: &'a Registered,
    run: Option<&'a str>,
}

impl Mirror for WorkspaceMirror {
    fn allows(&self, model: &ModelName, what: &What) -> Result<()> {
        let What::Registered(data) = what else { return Ok(()) };
        let there = self.workspace.models().get(model.as_str(), &data.version.to_string())?;
        match there {
            // One with a digest is of this registry: somebody else was first, which appending finds
            // out, or this very package is shown anew.
            Some(there) if there.property(DIGEST).is_none() => Err(Error::new(
                ErrorKind::AlreadyExists,
                format!("the workspace has {model}:{} already: {}", data.version, strange()),
            )
            .hint("register under another version, for example with --version or --bump")),
            _ => Ok(()),
        }
    }

    fn project(&self, state: &ModelState, events: &[LoggedEvent]) -> Result<Shown> {
        let mut touched: BTreeSet<&Version> = BTreeSet::new();
        for logged in events {
            match &logged.event.what {
                What::Registered(data) => drop(touched.insert(&data.version)),
                What::Promoted(data) => {
                    touched.insert(&data.version);
                    touched.extend(data.previous.as_ref());
                }
                What::Withdrawn(data) => drop(touched.insert(&data.previous)),
                What::Archived(data) | What::Restored(data) => drop(touched.insert(&data.version)),
                _ => {}
            }
        }
        let registered = |version: &Version| {
            events.iter().find_map(|logged| match &logged.event.what {
                What::Registered(data) if data.version == *version => {
                    Some(Event { data, run: logged.event.run.as_deref() })
                }
                _ => None,
            })
        };
        for version in touched {
            if let Some(record) = state.versions().get(version) {
                self.show(state, record, registered(version).as_ref())?;
            }
        }
        let count = state.events().to_string();
        let container = &self.workspace.datastore()?.container;
        container.write(&place::mirrored(state.name()), "text/plain", count.as_bytes())?;
        Ok(Shown::Done)
    }

    fn differences(&self, state: &ModelState) -> Result<Vec<String>> {
        let found = self.workspace.models().all(state.name().as_str())?;
        let of = |version: &Version| {
            let version = version.to_string();
            found.iter().find(|there| there.version == version)
        };
        let mut wrong = Vec::new();
        for (version, record) in state.versions() {
            let aliases = aliases(state, version);
            match of(version) {
                None => wrong.push(format!("the workspace has no version {version}")),
                Some(there) if there.property(DIGEST) != Some(&record.digest.to_string()) => {
                    wrong.push(format!("version {version} of the workspace: {}", strange()));
                }
                Some(there) if there.is_archived() != record.archived => {
                    let word = if record.archived { "not archived" } else { "archived" };
                    wrong.push(format!("version {version} is {word} in the workspace"));
                }
                Some(there) if !shows(there, record, &aliases) => wrong.push(format!(
                    "version {version} has the aliases `{}` in the workspace, and `{aliases}` in \
                     the history",
                    there.tag(ALIASES).unwrap_or_default().escape_debug()
                )),
                Some(_) => {}
            }
        }
        for there in found.iter().filter(|there| there.property(DIGEST).is_some()) {
            let known = there.version.parse::<Version>();
            if !known.is_ok_and(|version| state.versions().contains_key(&version)) {
                let version = there.version.escape_debug();
                wrong.push(format!("version {version} of the workspace is not in the history"));
            }
        }
        Ok(wrong)
    }
}

fn strange() -> &'static str {
    "it was not registered by outerloop with this package"
}

/// The aliases that point at a version, by name.
fn aliases(state: &ModelState, version: &Version) -> String {
    let names = state.aliases().iter().filter(|(_, v)| *v == version);
    names.map(|(alias, _)| alias.as_str()).collect::<Vec<_>>().join(" ")
}

fn shows(there: &ModelVersion, record: &VersionRecord, aliases: &str) -> bool {
    there.is_archived() == record.archived && there.tag(ALIASES).unwrap_or_default() == aliases
}

/// The fields as they are, with what the history says: tags of others stay.
fn changed(there: &ModelVersion, record: &VersionRecord, aliases: &str) -> Value {
    let mut fields = there.fields();
    fields["tags"] = tags(&fields["tags"], aliases);
    fields["isArchived"] = json!(record.archived);
    fields
}

fn tags(before: &Value, aliases: &str) -> Value {
    let mut tags = before.as_object().cloned().unwrap_or_default();
    tags.shift_remove(ALIASES);
    if !aliases.is_empty() {
        tags.insert(ALIASES.to_owned(), json!(aliases));
    }
    Value::Object(tags)
}
