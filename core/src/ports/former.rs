//! A registry of another kind that a team moves out of: what happened in it, and its files.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::import::Brought;
use super::store::Progress;
use crate::domain::error::Result;
use crate::domain::name::{Alias, ModelName};
use crate::domain::version::Version;

/// What happened to a model in its former registry, in this program's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// A version was registered.
    Registered(Version),
    /// An alias points at this version from now on, or at nothing.
    Pointed(Alias, Option<Version>),
    /// A version was put away.
    Archived(Version),
    /// A version was taken out again.
    Restored(Version),
}

/// One thing that happened, when, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// When.
    pub time: Timestamp,
    /// Who did it.
    pub actor: String,
    /// What says so there, such as the name of a tag.
    pub told_by: String,
    /// What happened.
    pub what: Happened,
}

/// Something that cannot be taken over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Left {
    /// The model, as its former registry calls it.
    pub model: String,
    /// What is left, such as a tag or a version.
    pub what: String,
    /// Why, in plain words.
    pub why: String,
}

/// A model of a former registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerModel {
    /// What it is called from now on.
    pub name: ModelName,
    /// What its former registry calls it.
    pub called: String,
    /// All that happened to it, in order. What is added later comes last.
    pub happenings: Vec<Happening>,
}

/// All that a former registry holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holdings {
    /// The models, by name.
    pub models: Vec<FormerModel>,
    /// What cannot be taken over, whatever is done.
    pub left: Vec<Left>,
}

/// A registry of another kind, which is only read.
pub trait FormerRegistry: Send + Sync {
    /// All models with what happened to them.
    ///
    /// # Errors
    /// There is no such registry, or it cannot be read.
    fn holdings(&self) -> Result<Holdings>;

    /// Proves, without reading them, that the files of a version can be brought.
    ///
    /// # Errors
    /// Not found where they are not there; input where what is there can be no package.
    fn look(&self, model: &ModelName, version: &Version) -> Result<()>;

    /// Brings the files of a version into the folder `into`, which is there and empty.
    ///
    /// # Errors
    /// As [`FormerRegistry::look`]; integrity where bytes are not what they should be.
    fn bring(
        &self,
        model: &ModelName,
        version: &Version,
        into: &Path,
        progress: Progress<'_>,
    ) -> Result<Brought>;
}
