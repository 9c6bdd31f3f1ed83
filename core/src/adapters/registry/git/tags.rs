//! Mirrors versions and aliases as tags in the manner of GTO: `name@v1.2.3` on the commit that
//! was trained from, `name#champion#4` for the fourth time that an alias of the model moved.
//!
//! The tags are for people and other tools; the registry never reads them. A tag that cannot be
//! written is therefore a warning and no error. A tag is never moved, and one that the remote
//! refused does not stay here.

use git2::{Object, Repository};

use super::registry::GitRegistry;
use super::repository::{Advance, target};
use super::write::signature;
use crate::domain::error::{Error, Result};
use crate::domain::name::{Alias, ModelName};
use crate::domain::version::Version;

/// How often a number that somebody else took is chosen again.
const TRIES: usize = 5;

impl GitRegistry {
    /// Tags a version, on `commit` where the repository has it and else on `HEAD`.
    pub(super) fn tag_version(&self, model: &ModelName, version: &Version, commit: Option<&str>) {
        let name = format!("{model}@v{version}");
        self.mirror(&name, |repository| {
            let named = commit.and_then(|commit| repository.revparse_single(commit).ok());
            let object = match named {
                Some(object) => object,
                None => repository.revparse_single("HEAD").map_err(|e| failed("HEAD", &e))?,
            };
            // Lost: the tag is there already.
            self.tag(repository, &name, &object, &format!("registered {model}@{version}")).map(drop)
        });
    }

    /// Tags the move of an alias, on the commit that the version's tag is on.
    pub(super) fn tag_alias(&self, model: &ModelName, alias: &Alias, version: &Version) {
        let what = format!("{model}#{alias}");
        self.mirror(&what, |repository| {
            let commit =
                self.tagged_commit(repository, &format!("refs/tags/{model}@v{version}"))?;
            let message = format!("promoted {model}@{version} to {alias}");
            for _ in 0..TRIES {
                let name = format!("{what}#{}", self.next_number(repository, model)?);
                if self.tag(repository, &name, &commit, &message)? == Advance::Done {
                    return Ok(());
                }
            }
            Err(Error::conflict("others keep tagging"))
        });
    }

    fn mirror(&self, name: &str, write: impl FnOnce(&Repository) -> Result<()>) {
        if !self.options().gto_tags {
            return;
        }
        let _turn = self.take_turn();
        if let Err(error) = self.repository().and_then(|repository| write(&repository)) {
            tracing::warn!("the tag for {name} was not written: {error}");
        }
    }

    /// Makes the tag on the remote first, where there is one, and then here.
    fn tag(
        &self,
        repository: &Repository,
        name: &str,
        object: &Object<'_>,
        message: &str,
    ) -> Result<Advance> {
        let reference = format!("refs/tags/{name}");
        let here = target(repository, &reference)?;
        let id = match here {
            Some(id) => id,
            None => repository
                .tag_annotation_create(
                    name,
                    object,
                    &signature("outerloop", self.clock().now())?,
                    message,
                )
                .map_err(|e| failed(name, &e))?,
        };
        match self.remote(repository)? {
            Some(remote) if remote.push_new(id, &reference)? == Advance::Lost => {
                return Ok(Advance::Lost);
            }
            None if here.is_some() => return Ok(Advance::Lost),
            _ => {}
        }
        if here.is_none() {
            repository
                .reference(&reference, id, false, "outerloop")
                .map_err(|e| failed(name, &e))?;
        }
        Ok(Advance::Done)
    }

    fn tagged_commit<'r>(&self, repository: &'r Repository, tag: &str) -> Result<Object<'r>> {
        if target(repository, tag)?.is_none()
            && let Some(remote) = self.remote(repository)?
        {
            remote.fetch_also(tag)?;
        }
        repository.revparse_single(&format!("{tag}^{{commit}}")).map_err(|e| failed(tag, &e))
    }

    /// One more than the highest number of any alias tag of the model, as GTO counts.
    fn next_number(&self, repository: &Repository, model: &ModelName) -> Result<u64> {
        let names = match self.remote(repository)? {
            Some(remote) => remote.list(&format!("refs/tags/{model}#*"))?,
            None => local_tags(repository, &format!("{model}#*"))?,
        };
        let number = |name: &String| name.rsplit('#').next().and_then(|n| n.parse::<u64>().ok());
        Ok(names.iter().filter_map(number).max().unwrap_or(0) + 1)
    }
}

fn local_tags(repository: &Repository, pattern: &str) -> Result<Vec<String>> {
    let names = repository.tag_names(Some(pattern)).map_err(|e| failed(pattern, &e))?;
    Ok(names.iter().filter_map(|name| name.ok().flatten().map(str::to_owned)).collect())
}

fn failed(name: &str, error: &git2::Error) -> Error {
    Error::unavailable(format!("cannot tag {name}: {}", error.message()))
}
