//! Mirrors versions and aliases as tags in the manner of GTO: `name@v1.2.3` on the commit that
//! was trained from, `name#champion#4` for the fourth time that an alias of the model moved.
//!
//! The tags are for people and other tools; the registry never reads them. A tag that cannot be
//! written is therefore a warning and no error.

use git2::{Object, Oid, Repository};

use super::registry::GitRegistry;
use super::write::signature;
use crate::domain::error::{Error, Result};
use crate::domain::name::{Alias, ModelName};
use crate::domain::version::Version;

impl GitRegistry {
    /// Tags a version, on `commit` where the repository has it and else on `HEAD`.
    pub(super) fn tag_version(&self, model: &ModelName, version: &Version, commit: Option<&str>) {
        let name = format!("{model}@v{version}");
        self.mirror(&name, |repository| {
            if repository.find_reference(&format!("refs/tags/{name}")).is_ok() {
                return Ok(());
            }
            let target = source(repository, commit)?;
            self.tag(repository, &name, &target, &format!("registered {model}@{version}"))
        });
    }

    /// Tags the move of an alias, on the commit that the version's tag is on.
    pub(super) fn tag_alias(&self, model: &ModelName, alias: &Alias, version: &Version) {
        let what = format!("{model}#{alias}");
        self.mirror(&what, |repository| {
            let of_version = format!("refs/tags/{model}@v{version}");
            let target = match repository.revparse_single(&format!("{of_version}^{{commit}}")) {
                Ok(target) => target,
                Err(_) => source(repository, None)?,
            };
            let name = format!("{what}#{}", next_number(repository, model)?);
            let message = format!("promoted {model}@{version} to {alias}");
            self.tag(repository, &name, &target, &message)
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

    fn tag(
        &self,
        repository: &Repository,
        name: &str,
        target: &Object<'_>,
        message: &str,
    ) -> Result<()> {
        let tagger = signature("outerloop", self.clock().now())?;
        let id: Oid =
            repository.tag(name, target, &tagger, message, false).map_err(|e| failed(name, &e))?;
        tracing::debug!("wrote tag {name} as {id}");
        if let Some(remote) = self.remote(repository)? {
            remote.push_new(&format!("refs/tags/{name}"))?;
        }
        Ok(())
    }
}

fn source<'r>(repository: &'r Repository, commit: Option<&str>) -> Result<Object<'r>> {
    let named = commit.and_then(|commit| repository.revparse_single(commit).ok());
    match named {
        Some(object) => Ok(object),
        None => repository.revparse_single("HEAD").map_err(|e| failed("HEAD", &e)),
    }
}

/// One more than the highest number of any alias tag of the model, as GTO counts.
fn next_number(repository: &Repository, model: &ModelName) -> Result<u64> {
    let pattern = format!("{model}#*");
    let names = repository.tag_names(Some(&pattern)).map_err(|e| failed(&pattern, &e))?;
    let numbers = names
        .iter()
        .filter_map(|name| name.ok().flatten())
        .filter_map(|name| name.rsplit('#').next().and_then(|number| number.parse::<u64>().ok()));
    Ok(numbers.max().unwrap_or(0) + 1)
}

fn failed(name: &str, error: &git2::Error) -> Error {
    Error::unavailable(format!("cannot tag {name}: {}", error.message()))
}
