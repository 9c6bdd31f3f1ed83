//! Where the state lies in the tree: reads models, versions and aliases out of a commit.

use std::collections::BTreeMap;

use git2::{Commit, ObjectType, Oid, Repository, Tree};
use serde::de::DeserializeOwned;

use super::message;
use super::repository::broken;
use crate::adapters::registry::ledger::{Model, ModelHead, Models};
use crate::domain::digest::Digest;
use crate::domain::error::{Error, Result};
use crate::domain::name::{Alias, ModelName};
use crate::domain::record::VersionRecord;
use crate::domain::version::Version;

/// Path of a model's folder.
pub(super) fn model_path(model: &ModelName) -> String {
    format!("models/{model}")
}

/// Path of a model's [`ModelHead`].
pub(super) fn head_path(model: &ModelName) -> String {
    format!("models/{model}/model.json")
}

/// Path of a version's record.
pub(super) fn version_path(model: &ModelName, version: &Version) -> String {
    format!("models/{model}/versions/{version}.json")
}

/// Path of an alias.
pub(super) fn alias_path(model: &ModelName, alias: &Alias) -> String {
    format!("models/{model}/aliases/{alias}")
}

/// The whole state as of one commit; no commit is the empty registry.
pub(super) struct Snapshot<'r> {
    repository: &'r Repository,
    /// The commit.
    pub commit: Option<Commit<'r>>,
    models: Option<Tree<'r>>,
}

impl<'r> Snapshot<'r> {
    /// The state at `head`.
    ///
    /// # Errors
    /// Integrity when the commit or its tree cannot be read, or the commit is none of the registry.
    pub fn at(repository: &'r Repository, head: Option<Oid>) -> Result<Self> {
        let Some(head) = head else {
            return Ok(Self { repository, commit: None, models: None });
        };
        let commit =
            repository.find_commit(head).map_err(|e| broken(&format!("commit {head}"), &e))?;
        message::read(commit.message_raw_bytes()).map_err(|why| foreign(head, &why))?;
        let root = commit.tree().map_err(|e| broken(&format!("the tree of {head}"), &e))?;
        let models = subtree(repository, &root, "models")?;
        Ok(Self { repository, commit: Some(commit), models })
    }

    /// The repository that it is read from.
    pub fn repository(&self) -> &'r Repository {
        self.repository
    }
}

impl Models for Snapshot<'_> {
    fn names(&self) -> Result<Vec<ModelName>> {
        self.models.as_ref().map_or_else(|| Ok(Vec::new()), |tree| parse_names(tree, "models", ""))
    }

    fn find(&self, name: &ModelName) -> Result<Option<Box<dyn Model + '_>>> {
        let Some(models) = &self.models else { return Ok(None) };
        let Some(tree) = subtree(self.repository, models, name.as_str())? else { return Ok(None) };
        Ok(Some(Box::new(ModelFolder { repository: self.repository, name: name.clone(), tree })))
    }
}

/// A commit that somebody else put there.
fn foreign(head: Oid, why: &str) -> Error {
    Error::integrity(format!("commit {head} is none of the registry: {why}")).hint(
        "the registry's reference was moved by hand; `git reflog` of it, or its remote, has \
             the commit before",
    )
}

/// One model's folder.
struct ModelFolder<'r> {
    repository: &'r Repository,
    name: ModelName,
    tree: Tree<'r>,
}

impl Model for ModelFolder<'_> {
    fn name(&self) -> &ModelName {
        &self.name
    }

    fn head(&self) -> Result<ModelHead> {
        let path = head_path(&self.name);
        let entry = self.tree.get_name("model.json");
        let entry = entry.ok_or_else(|| unreadable(&path, "it is missing"))?;
        self.json(entry.id(), &path)
    }

    fn versions(&self) -> Result<Vec<Version>> {
        let path = format!("{}/versions", model_path(&self.name));
        let mut versions: Vec<Version> = match self.folder("versions")? {
            Some(tree) => parse_names(&tree, &path, ".json")?,
            None => Vec::new(),
        };
        versions.sort();
        Ok(versions)
    }

    fn record(&self, version: &Version) -> Result<Option<VersionRecord>> {
        let Some(tree) = self.folder("versions")? else { return Ok(None) };
        let Some(entry) = tree.get_name(&format!("{version}.json")) else { return Ok(None) };
        self.json(entry.id(), &version_path(&self.name, version)).map(Some)
    }

    fn records(&self) -> Result<Vec<VersionRecord>> {
        let Some(tree) = self.folder("versions")? else { return Ok(Vec::new()) };
        let path = format!("{}/versions", model_path(&self.name));
        let read = |entry: git2::TreeEntry<'_>| {
            let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
            self.json(entry.id(), &format!("{path}/{name}"))
        };
        let mut records: Vec<VersionRecord> = tree.iter().map(read).collect::<Result<_>>()?;
        records.sort_by(|a, b| a.version.cmp(&b.version));
        Ok(records)
    }

    fn find_digest(&self, digest: &Digest) -> Result<Option<VersionRecord>> {
        let Some(tree) = self.folder("versions")? else { return Ok(None) };
        let path = format!("{}/versions", model_path(&self.name));
        let needle = digest.hex();
        for entry in &tree {
            let bytes = self.bytes(entry.id(), &path)?;
            // Most records are not it: look for the digits before reading the JSON.
            if !contains(&bytes, needle.as_bytes()) {
                continue;
            }
            let record: VersionRecord = parse(&bytes, &path)?;
            if record.digest == *digest {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    fn alias(&self, alias: &Alias) -> Result<Option<Version>> {
        let Some(tree) = self.folder("aliases")? else { return Ok(None) };
        let Some(entry) = tree.get_name(alias.as_str()) else { return Ok(None) };
        self.alias_target(entry.id(), alias).map(Some)
    }

    fn aliases(&self) -> Result<BTreeMap<Alias, Version>> {
        let Some(tree) = self.folder("aliases")? else { return Ok(BTreeMap::new()) };
        let path = format!("{}/aliases", model_path(&self.name));
        let names: Vec<Alias> = parse_names(&tree, &path, "")?;
        tree.iter()
            .zip(names)
            .map(|(entry, alias)| Ok((alias.clone(), self.alias_target(entry.id(), &alias)?)))
            .collect()
    }
}

impl ModelFolder<'_> {
    fn folder(&self, name: &str) -> Result<Option<Tree<'_>>> {
        subtree(self.repository, &self.tree, name)
    }

    fn alias_target(&self, id: Oid, alias: &Alias) -> Result<Version> {
        let path = alias_path(&self.name, alias);
        let bytes = self.bytes(id, &path)?;
        let text = str::from_utf8(&bytes).map_err(|_| unreadable(&path, "it is not UTF-8"))?;
        text.parse().map_err(|e: Error| unreadable(&path, &e.to_string()))
    }

    fn bytes(&self, id: Oid, path: &str) -> Result<Vec<u8>> {
        let blob = self.repository.find_blob(id).map_err(|e| broken(path, &e))?;
        Ok(blob.content().to_vec())
    }

    fn json<T: DeserializeOwned>(&self, id: Oid, path: &str) -> Result<T> {
        parse(&self.bytes(id, path)?, path)
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8], path: &str) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|e| unreadable(path, &e.to_string()))
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

fn subtree<'r>(
    repository: &'r Repository,
    tree: &Tree<'_>,
    name: &str,
) -> Result<Option<Tree<'r>>> {
    let Some(entry) = tree.get_name(name) else { return Ok(None) };
    if entry.kind() != Some(ObjectType::Tree) {
        return Err(unreadable(name, "it is not a folder"));
    }
    repository.find_tree(entry.id()).map(Some).map_err(|e| broken(name, &e))
}

fn parse_names<T: std::str::FromStr>(tree: &Tree<'_>, path: &str, suffix: &str) -> Result<Vec<T>> {
    let parse = |entry: git2::TreeEntry<'_>| {
        let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
        let stem = name.strip_suffix(suffix).unwrap_or(&name);
        stem.parse().map_err(|_| {
            unreadable(&format!("{path}/{}", name.escape_debug()), "it does not belong there")
        })
    };
    tree.iter().map(parse).collect()
}

fn unreadable(path: &str, why: &str) -> Error {
    Error::integrity(format!("the registry's `{path}` cannot be read: {why}")).hint(
        "somebody changed the registry by hand; `outerloop history MODEL --verify` says what and \
         where",
    )
}
