//! What the events add up to, as versions, aliases and tags of MLflow.

use std::collections::BTreeMap;

use super::Mlflow;
use super::calls::ModelVersion;
use super::lineage::{self, ARCHIVED, DIGEST, VERDICT, VERSION};
use super::tags::MIRRORED;
use crate::adapters::registry::ledger::{Mirror, ModelState, Shown};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::event::{Event, Registered, What};
use crate::domain::name::{Alias, ModelName};
use crate::domain::record::LoggedEvent;
use crate::domain::version::Version;

impl Mirror for Mlflow {
    fn allows(&self, _: &ModelName, what: &What) -> Result<()> {
        match what {
            What::Promoted(promoted) => allows_alias(&promoted.alias),
            _ => Ok(()),
        }
    }

    fn project(&self, state: &ModelState, events: &[LoggedEvent]) -> Result<Shown> {
        let model = state.name();
        for logged in events {
            // A claim that grows old is renewed; where it is lost, another writer may mirror.
            let held = match self.held(model) {
                Err(e) if e.kind() == ErrorKind::Timeout => return Ok(Shown::Late),
                held => held?,
            };
            // An event that was appended under this claim was shown by nobody yet.
            let fresh = held.appended == Some(logged.event.sequence);
            self.show(state, logged, fresh)?;
        }
        if self.is_late(model) {
            return Ok(Shown::Late);
        }
        self.set_tag(model, MIRRORED, &state.events().to_string())?;
        Ok(if self.is_late(model) { Shown::Late } else { Shown::Done })
    }

    fn differences(&self, state: &ModelState) -> Result<Vec<String>> {
        let shown = self.search_versions(state.name(), "")?;
        let mut wrong = versions(state, &shown);
        wrong.extend(self.aliases(state, &shown)?);
        Ok(wrong)
    }
}

/// What MLflow allows as an alias.
fn allows_alias(alias: &Alias) -> Result<()> {
    let text = alias.as_str();
    let letters = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let number = text
        .strip_prefix('v')
        .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit()));
    if letters && !number && text != "latest" {
        return Ok(());
    }
    Err(Error::usage(format!("MLflow does not allow the alias `{text}`")).hint(
        "use letters, digits, `_` and `-`; not `latest`, and no `v` with a number, such as v1",
    ))
}

impl Mlflow {
    fn show(&self, state: &ModelState, logged: &LoggedEvent, fresh: bool) -> Result<()> {
        match &logged.event.what {
            What::Registered(data) if fresh => {
                let made = Some((&logged.event, data));
                self.make_version(state, &data.version, made).map(|_| ())
            }
            What::Registered(data) => {
                let made = Some((&logged.event, data));
                self.show_version(state, &data.version, made).map(|_| ())
            }
            What::Promoted(promoted) => self.show_alias(state, &promoted.alias),
            What::Withdrawn(withdrawn) => self.show_alias(state, &withdrawn.alias),
            What::Archived(data) | What::Restored(data) => self.show_archived(state, &data.version),
            What::Validated(validated) => {
                let number = self.number(state, &validated.version)?;
                let verdict = validated.verdict.to_string();
                self.set_version_tag(state.name(), &number, VERDICT, &verdict)
            }
            _ => Ok(()),
        }
    }

    /// MLflow's number of the version, which is made if it is not there; of two, the first stays.
    fn show_version(
        &self,
        state: &ModelState,
        version: &Version,
        made: Option<(&Event, &Registered)>,
    ) -> Result<String> {
        let found = self.of(state.name(), version)?;
        if let Some((first, doubles)) = found.split_first() {
            for double in doubles {
                self.delete_version(state.name(), &double.version)?;
            }
            return Ok(first.version.clone());
        }
        self.make_version(state, version, made)
    }

    /// MLflow's number of a version that is not there yet.
    fn make_version(
        &self,
        state: &ModelState,
        version: &Version,
        made: Option<(&Event, &Registered)>,
    ) -> Result<String> {
        let record = state.versions().get(version).ok_or_else(|| {
            Error::internal(format!("{}@{version} is shown and not registered", state.name()))
        })?;
        match self.create_version(&lineage::version(record, made)) {
            Ok(made) => Ok(made.version),
            Err((error, false)) => Err(error),
            Err((error, true)) => {
                // Nobody heard whether it was made.
                let found = self.of(state.name(), version)?;
                found.into_iter().next().map(|made| made.version).ok_or(error)
            }
        }
    }

    /// MLflow's number of a version; one that somebody deleted there is made again.
    fn number(&self, state: &ModelState, version: &Version) -> Result<String> {
        self.show_version(state, version, None)
    }

    fn show_alias(&self, state: &ModelState, alias: &Alias) -> Result<()> {
        let Some(version) = state.aliases().get(alias) else {
            return self.remove_alias(state.name(), alias.as_str());
        };
        let number = self.number(state, version)?;
        self.set_alias(state.name(), alias.as_str(), &number)
    }

    fn show_archived(&self, state: &ModelState, version: &Version) -> Result<()> {
        let archived = state.versions().get(version).is_some_and(|record| record.archived);
        let number = self.number(state, version)?;
        self.set_version_tag(state.name(), &number, ARCHIVED, &archived.to_string())
    }

    /// Versions of MLflow that say that they are `version`.
    fn of(&self, model: &ModelName, version: &Version) -> Result<Vec<ModelVersion>> {
        self.search_versions(model, &format!(" and tags.`{VERSION}` = '{version}'"))
    }

    fn aliases(&self, state: &ModelState, shown: &[ModelVersion]) -> Result<Vec<String>> {
        let found = self.find(state.name())?.map(|model| model.aliases).unwrap_or_default();
        let found: BTreeMap<&str, &str> =
            found.iter().map(|a| (a.alias.as_str(), a.version.as_str())).collect();
        let meant = |number: &str| {
            let version = shown.iter().find(|v| v.version == number);
            version.and_then(|version| version.tag(VERSION)).unwrap_or("a version of others")
        };
        let mut wrong = Vec::new();
        for (alias, version) in state.aliases() {
            match found.get(alias.as_str()) {
                None => wrong.push(format!("MLflow has no alias `{alias}`, and {version} has it")),
                Some(number) if meant(number) != version.to_string() => wrong.push(format!(
                    "MLflow's alias `{alias}` points at {} (its number {number}), and the history \
                     says {version}",
                    meant(number).escape_debug()
                )),
                Some(_) => {}
            }
        }
        Ok(wrong)
    }
}

fn versions(state: &ModelState, shown: &[ModelVersion]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut own: BTreeMap<&str, &ModelVersion> = BTreeMap::new();
    for version in shown {
        let Some(name) = version.tag(VERSION) else { continue };
        if own.insert(name, version).is_some() {
            wrong
                .push(format!("MLflow has two versions that say they are {}", name.escape_debug()));
        }
    }
    for (version, record) in state.versions() {
        let name = version.to_string();
        let Some(shown) = own.remove(name.as_str()) else {
            wrong.push(format!("{version} has no version in MLflow"));
            continue;
        };
        let number = &shown.version;
        if shown.tag(DIGEST) != Some(record.digest.to_string().as_str()) {
            wrong.push(format!("MLflow's version {number} ({version}) names another package"));
        }
        if shown.source != lineage::source(&record.uri, &record.digest) {
            wrong.push(format!("MLflow's version {number} ({version}) has another source"));
        }
        if record.archived != (shown.tag(ARCHIVED) == Some("true")) {
            wrong.push(format!("MLflow's version {number} ({version}) is archived otherwise"));
        }
    }
    let unknown = own.into_iter().map(|(name, shown)| {
        let (number, name) = (&shown.version, name.escape_debug());
        format!("MLflow's version {number} says that it is {name}, which was never registered")
    });
    wrong.extend(unknown);
    wrong
}
