//! What an artifact's tags add up to, one after the other, as GTO reads them: a stage is held by the
//! version to which it was assigned last, among those that hold it and are registered; a
//! deprecated artifact has neither versions nor stages until another tag follows.
//!
//! A tag that comes later changes nothing of what the tags before it gave, so that a second run
//! continues the first.

use std::collections::{BTreeMap, BTreeSet};

use git2::Oid;

use super::repository::Tag;
use super::tag::Says;
use crate::domain::name::Alias;
use crate::domain::version::Version;
use crate::ports::former::{Happened, Happening};

/// A version of an artifact.
#[derive(Debug, Clone)]
pub(super) struct Registration {
    /// Its commit.
    pub commit: Oid,
    /// The tag that registered it first.
    pub tag: String,
    /// What was written then.
    pub message: String,
    active: bool,
}

/// A stage.
#[derive(Debug)]
struct Stage {
    /// What GTO calls it.
    called: String,
    /// The commits that hold it, with the number and the name of the tag that assigned it last.
    holders: BTreeMap<Oid, (usize, String)>,
}

/// An artifact, as the tags up to some point say.
#[derive(Debug, Default)]
pub(super) struct Story {
    /// Its versions.
    pub versions: BTreeMap<Version, Registration>,
    /// What happened.
    pub happenings: Vec<Happening>,
    /// Tags that cannot be taken over, and why.
    pub left: Vec<(String, String)>,
    /// The versions of each commit, in the order of their registration.
    commits: BTreeMap<Oid, Vec<Version>>,
    stages: BTreeMap<Alias, Stage>,
    deprecated: bool,
    told: usize,
    shown: BTreeMap<Alias, Version>,
    archived: BTreeSet<Version>,
}

impl Story {
    /// Adds the next tag.
    pub fn tell(&mut self, tag: &Tag) {
        self.told += 1;
        self.deprecated = matches!(tag.read.says, Says::Deprecated);
        let done = match &tag.read.says {
            Says::Deprecated => Ok(()),
            Says::Registered(version) => self.register(tag, version),
            Says::Deregistered(version) => self.deregister(tag, version),
            Says::Assigned(stage) => self.assign(tag, stage),
            Says::Unassigned(stage) => self.unassign(tag, stage),
        };
        if let Err(why) = done {
            self.left.push((tag.name.clone(), why));
        }
        self.settle(tag);
    }

    /// The story to its end: stages whose commit never got a version are left.
    pub fn end(mut self) -> Self {
        for stage in self.stages.values() {
            for (commit, (_, tag)) in &stage.holders {
                if !self.commits.contains_key(commit) {
                    let why = format!("there is no version at its commit {}", short(*commit));
                    self.left.push((tag.clone(), why));
                }
            }
        }
        self.left.sort();
        self
    }

    fn register(&mut self, tag: &Tag, version: &semver::Version) -> Result<(), String> {
        let version = own(version)?;
        if let Some(known) = self.versions.get_mut(&version) {
            if known.commit != tag.commit {
                return Err(elsewhere(&version, known));
            }
            known.active = true;
            return Ok(());
        }
        let (commit, name, message) = (tag.commit, tag.name.clone(), tag.message.clone());
        let made = Registration { commit, tag: name, message, active: true };
        self.versions.insert(version.clone(), made);
        self.commits.entry(commit).or_default().push(version.clone());
        self.note(tag, Happened::Registered(version));
        Ok(())
    }

    fn deregister(&mut self, tag: &Tag, version: &semver::Version) -> Result<(), String> {
        let version = own(version)?;
        match self.versions.get_mut(&version) {
            None => Err(format!("{version} was not registered before")),
            Some(known) if known.commit != tag.commit => Err(elsewhere(&version, known)),
            Some(known) => {
                known.active = false;
                Ok(())
            }
        }
    }

    fn assign(&mut self, tag: &Tag, stage: &str) -> Result<(), String> {
        if self.commits.get(&tag.commit).is_some_and(|versions| versions.len() > 1) {
            let commit = short(tag.commit);
            return Err(format!("its commit {commit} has several versions, so GTO knows of none"));
        }
        let place = (self.told, tag.name.clone());
        self.stage(stage)?.holders.insert(tag.commit, place);
        Ok(())
    }

    fn unassign(&mut self, tag: &Tag, stage: &str) -> Result<(), String> {
        self.stage(stage)?.holders.remove(&tag.commit);
        Ok(())
    }

    fn stage(&mut self, called: &str) -> Result<&mut Stage, String> {
        let alias: Alias =
            fitted(called).parse().map_err(|e| format!("no alias can be called so: {e}"))?;
        let new = || Stage { called: called.to_owned(), holders: BTreeMap::new() };
        let stage = self.stages.entry(alias).or_insert_with(new);
        match stage.called == called {
            true => Ok(stage),
            false => Err(format!("as an alias it would be the same as `{}`", stage.called)),
        }
    }

    /// Notes what is different now.
    fn settle(&mut self, tag: &Tag) {
        let (mut away, mut out) = (Vec::new(), Vec::new());
        for (version, registration) in &self.versions {
            match (registration.active && !self.deprecated, self.archived.contains(version)) {
                (true, true) => out.push(version.clone()),
                (false, false) => away.push(version.clone()),
                _ => {}
            }
        }
        for version in out {
            self.archived.remove(&version);
            self.note(tag, Happened::Restored(version));
        }
        let stages: Vec<Alias> = self.stages.keys().cloned().collect();
        for stage in stages {
            let holder = self.holder(&stage);
            if holder.as_ref() != self.shown.get(&stage) {
                match &holder {
                    Some(version) => self.shown.insert(stage.clone(), version.clone()),
                    None => self.shown.remove(&stage),
                };
                self.note(tag, Happened::Pointed(stage, holder));
            }
        }
        for version in away {
            self.archived.insert(version.clone());
            self.note(tag, Happened::Archived(version));
        }
    }

    /// The version to which the stage was assigned last, among those that hold it.
    fn holder(&self, stage: &Alias) -> Option<Version> {
        let stage = self.stages.get(stage).filter(|_| !self.deprecated)?;
        let registered = |(commit, (at, _)): (&Oid, &(usize, String))| {
            let version = self.commits.get(commit)?.first()?;
            self.versions.get(version).filter(|found| found.active).map(|_| (*at, version))
        };
        stage.holders.iter().filter_map(registered).max().map(|(_, version)| version.clone())
    }

    fn note(&mut self, tag: &Tag, what: Happened) {
        let (time, actor, told_by) = (tag.time, tag.author.clone(), tag.name.clone());
        self.happenings.push(Happening { time, actor, told_by, what });
    }
}

fn own(version: &semver::Version) -> Result<Version, String> {
    version.to_string().parse().map_err(|_| {
        format!("{version} has build metadata; versions that differ only there are the same")
    })
}

fn elsewhere(version: &Version, known: &Registration) -> String {
    format!("{version} is at the commit {} already, by {}", short(known.commit), known.tag)
}

/// A name of GTO's as names are written here: in small letters, `-` for `/` and `:`.
pub(super) fn fitted(name: &str) -> String {
    name.to_ascii_lowercase().replace(['/', ':'], "-")
}

/// The first digits of a commit.
pub(super) fn short(commit: Oid) -> String {
    commit.to_string().chars().take(8).collect()
}
