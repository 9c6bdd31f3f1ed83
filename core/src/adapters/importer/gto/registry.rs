//! The registry itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use git2::{Oid, Repository};

use super::annotation::{self, Found};
use super::repository::{self, Tag};
use super::story::{Registration, Story, fitted, short};
use super::{files, repository::tree};
use crate::domain::error::{Error, Result};
use crate::domain::name::ModelName;
use crate::domain::version::Version;
use crate::ports::former::{FormerModel, FormerRegistry, Holdings, Left};
use crate::ports::import::Brought;
use crate::ports::store::Progress;

/// A repository in which models were registered with GTO.
pub struct GtoRegistry {
    repository: Mutex<Repository>,
    read: OnceLock<Read>,
}

/// All that the tags say.
#[derive(Debug, Default)]
struct Read {
    models: BTreeMap<ModelName, Told>,
    left: Vec<Left>,
}

/// An artifact by the name that it has from now on.
#[derive(Debug)]
struct Told {
    called: String,
    story: Story,
}

impl GtoRegistry {
    /// The one in the repository that holds `folder`. No tag is read yet.
    ///
    /// # Errors
    /// Not found outside of a repository.
    pub fn open(folder: &Path) -> Result<Self> {
        let repository = Mutex::new(repository::open(folder)?);
        Ok(Self { repository, read: OnceLock::new() })
    }

    fn repository(&self) -> MutexGuard<'_, Repository> {
        self.repository.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> Result<&Read> {
        if let Some(read) = self.read.get() {
            return Ok(read);
        }
        let (tags, left) = repository::tags(&self.repository())?;
        Ok(self.read.get_or_init(|| Read::of(&tags, left)))
    }

    fn registration(&self, model: &ModelName, version: &Version) -> Result<(&str, &Registration)> {
        let told = self.read()?.models.get(model);
        let found =
            told.and_then(|told| Some((told.called.as_str(), told.story.versions.get(version)?)));
        found
            .ok_or_else(|| Error::not_found(format!("no tag of GTO's registers {model}@{version}")))
    }

    /// The annotation and the files of an artifact at a commit.
    fn find(
        &self,
        repository: &Repository,
        called: &str,
        commit: Oid,
    ) -> Result<(Found, Vec<files::Found>)> {
        let tree = tree(repository, commit)?;
        let within = |e: Error| e.during(format!("commit {}", short(commit)));
        let found = annotation::read(repository, &tree, called).map_err(within)?;
        let files = files::find(repository, &tree, &found.path).map_err(within)?;
        Ok((found, files))
    }
}

impl Read {
    fn of(tags: &[Tag], mut left: Vec<Left>) -> Self {
        let mut artifacts: BTreeMap<&str, Vec<&Tag>> = BTreeMap::new();
        for tag in tags {
            artifacts.entry(&tag.read.artifact).or_default().push(tag);
        }
        let mut models: BTreeMap<ModelName, Told> = BTreeMap::new();
        for (called, tags) in artifacts {
            let mut leave = |what: &str, why: String| {
                let (model, what) = (called.to_owned(), what.to_owned());
                left.push(Left { model, what, why });
            };
            let name: ModelName = match fitted(called).parse() {
                Ok(name) => name,
                Err(e) => {
                    leave("all of it", format!("no model can be called so: {e}"));
                    continue;
                }
            };
            if let Some(other) = models.get(&name) {
                let why = format!("its name would be {name}, which {} has", other.called);
                leave("all of it", why);
                continue;
            }
            let mut story = Story::default();
            tags.into_iter().for_each(|tag| story.tell(tag));
            let story = story.end();
            for (tag, why) in &story.left {
                leave(tag, why.clone());
            }
            if !story.versions.is_empty() {
                models.insert(name, Told { called: called.to_owned(), story });
            }
        }
        left.sort();
        Self { models, left }
    }
}

impl FormerRegistry for GtoRegistry {
    fn holdings(&self) -> Result<Holdings> {
        let read = self.read()?;
        let models = read.models.iter().map(|(name, told)| FormerModel {
            name: name.clone(),
            called: told.called.clone(),
            happenings: told.story.happenings.clone(),
        });
        Ok(Holdings { models: models.collect(), left: read.left.clone() })
    }

    fn look(&self, model: &ModelName, version: &Version) -> Result<()> {
        let (called, registration) = self.registration(model, version)?;
        self.find(&self.repository(), called, registration.commit).map(drop)
    }

    fn bring(
        &self,
        model: &ModelName,
        version: &Version,
        into: &Path,
        progress: Progress<'_>,
    ) -> Result<Brought> {
        let (called, registration) = self.registration(model, version)?;
        let repository = self.repository();
        let (found, files) = self.find(&repository, called, registration.commit)?;
        let model = files::write(&repository, &files, &found.path, into, progress)?;
        Ok(brought(model, called, registration, &found))
    }
}

fn brought(model: PathBuf, called: &str, registration: &Registration, found: &Found) -> Brought {
    let annotation = &found.annotation;
    let custom = Some(&annotation.custom).filter(|custom| !custom.is_null());
    let said = [
        ("artifact", Some(called.to_owned())),
        ("tag", Some(registration.tag.clone())),
        ("message", Some(registration.message.clone())),
        ("path", Some(found.path.clone())),
        ("type", annotation.kind.clone()),
        ("labels", Some(annotation.labels.join(", "))),
        ("description", annotation.description.clone()),
        ("custom", custom.map(ToString::to_string)),
    ];
    let said = said.into_iter().filter_map(|(name, text)| {
        Some((format!("gto.{name}"), text.filter(|text| !text.is_empty())?))
    });
    Brought {
        model,
        details: said.collect(),
        commit: Some(registration.commit.to_string()),
        ..Brought::default()
    }
}
