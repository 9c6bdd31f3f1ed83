//! Where models, versions, aliases and events are kept.

use serde::Serialize;

use crate::domain::digest::Digest;
use crate::domain::error::Result;
use crate::domain::event::What;
use crate::domain::name::{Alias, ModelName};
use crate::domain::package::Format;
use crate::domain::record::{DamagedModel, LoggedEvent, ModelRecord, ModelSummary, VersionRecord};
use crate::domain::reference::ModelRef;
use crate::domain::version::{Bump, Version};

/// Who acts, and why. Goes into every event.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// Who or what acts.
    pub actor: String,
    /// Address of the CI run.
    pub run: Option<String>,
    /// The event that led to this.
    pub cause: Option<Digest>,
}

/// Which version a registration wants.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// This one.
    Exactly(Version),
    /// The next after the highest.
    Next(Bump),
}

/// A request to register a package.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The model.
    pub model: ModelName,
    /// Which version.
    pub wanted: Wanted,
    /// Package digest.
    pub digest: Digest,
    /// Where the bytes are.
    pub uri: String,
    /// The model's format.
    pub format: Format,
    /// Sum of the file sizes in bytes.
    pub bytes: u64,
    /// Commit of the training code.
    pub commit: Option<String>,
    /// Who acts.
    pub origin: Origin,
}

/// Answer to a registration.
#[derive(Debug, Clone)]
pub struct RegisterOutcome {
    /// The version.
    pub record: VersionRecord,
    /// False when the same package was registered before.
    pub created: bool,
}

/// What a promotion expects the alias to point at.
#[derive(Debug, Clone)]
pub enum Expected {
    /// Whatever it is when the promotion begins; it must not move in between.
    Current,
    /// Nothing.
    Nothing,
    /// This version.
    Version(Version),
}

/// A request to move an alias.
#[derive(Debug, Clone)]
pub struct Promotion {
    /// The model.
    pub model: ModelName,
    /// The alias.
    pub alias: Alias,
    /// Where to.
    pub version: Version,
    /// Where from.
    pub expected: Expected,
    /// Who acts.
    pub origin: Origin,
}

/// Answer to a promotion.
#[derive(Debug, Clone)]
pub struct PromoteOutcome {
    /// Where the alias pointed before.
    pub previous: Option<Version>,
    /// False when it pointed there already; nothing was written then.
    pub moved: bool,
    /// The `promoted` event, when one was written.
    pub event: Option<Digest>,
}

/// An event to append that changes no state of its own (validated, monitored, rollout, retrain).
#[derive(Debug, Clone)]
pub struct Entry {
    /// The model.
    pub model: ModelName,
    /// What happened.
    pub what: What,
    /// Only when the newest event still has this id, else [`crate::domain::error::ErrorKind::Conflict`].
    pub only_after: Option<Digest>,
    /// Who acts.
    pub origin: Origin,
}

/// What a backend can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Capabilities {
    /// Moving an alias is one atomic compare-and-swap.
    pub compare_and_swap: bool,
    /// A version can never be changed, not even by going around this program.
    pub immutable: bool,
    /// History is chained and can be verified.
    pub verifiable_history: bool,
    /// What to know, in plain words.
    pub notes: Vec<String>,
}

/// Every model of a registry.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Listing {
    /// Those that can be read, by name.
    pub models: Vec<ModelSummary>,
    /// The others, by name.
    pub damaged: Vec<DamagedModel>,
}

/// Answer of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Verification {
    /// Everything holds.
    pub verified: bool,
    /// Events checked.
    pub events: u64,
    /// What does not hold, in plain words.
    pub problems: Vec<String>,
}

/// Where models, versions, aliases and events are kept.
///
/// Promises, held by [`crate::conformance::registry`]: a version never changes its digest; the same
/// package registered again gives the same version; concurrent registrations get distinct
/// versions; a promotion whose expectation no longer holds is a conflict and writes nothing; every
/// change is an event, and events are complete and in order.
pub trait Registry: Send + Sync {
    /// What this backend can do.
    fn capabilities(&self) -> Capabilities;
    /// All models, by name. One that is damaged is an error of the kind `Integrity`.
    fn models(&self) -> Result<Vec<ModelSummary>>;
    /// As [`Registry::models`], with those that are damaged beside the others, where each model has a
    /// history of its own; where one history holds them all, damage is an error.
    fn list(&self) -> Result<Listing> {
        self.models().map(|models| Listing { models, damaged: Vec::new() })
    }
    /// One model with its versions. Unknown: not found.
    fn model(&self, name: &ModelName) -> Result<ModelRecord>;
    /// The version that a reference means. Unknown: not found, with what there is in the hint.
    fn resolve(&self, reference: &ModelRef) -> Result<VersionRecord>;
    /// Registers a package.
    fn register(&self, registration: &Registration) -> Result<RegisterOutcome>;
    /// Moves an alias.
    fn promote(&self, promotion: &Promotion) -> Result<PromoteOutcome>;
    /// Puts a version away, or takes it out again. A version that an alias points at cannot be put
    /// away. Asked twice, the second does nothing.
    fn set_archived(
        &self,
        model: &ModelName,
        version: &Version,
        archived: bool,
        origin: &Origin,
    ) -> Result<VersionRecord>;
    /// Appends an event.
    fn record(&self, entry: &Entry) -> Result<LoggedEvent>;
    /// Whether [`Registry::adopt`] would take over this history, asked before a byte is sent: a model
    /// that went another way here is a conflict, and what this registry cannot show is refused.
    fn may_adopt(&self, history: &[LoggedEvent]) -> Result<()>;
    /// Takes over another registry's events of one model as they are: `history` begins with the
    /// model's first, and what is here already is passed over. Gives the number of events that were
    /// new. A model that went another way here is a conflict, and nothing is taken over then; after
    /// a failure half-way, the next try goes on. [`What::Copied`] is to follow.
    fn adopt(&self, history: &[LoggedEvent]) -> Result<u64>;
    /// Does what a write of this model that broke off left undone, where a write has parts: events
    /// that are there and are not shown in the system's own objects yet. By default there are none.
    fn finish(&self, model: &ModelName) -> Result<()> {
        let _ = model;
        Ok(())
    }
    /// The model's events, oldest first. Unknown model: not found.
    fn history(&self, model: &ModelName) -> Result<Vec<LoggedEvent>>;
    /// Checks the whole history of the registry against its state.
    fn verify(&self) -> Result<Verification>;
    /// As [`Registry::verify`], of one model; of all where one history holds them all.
    fn verify_model(&self, model: &ModelName) -> Result<Verification> {
        let _ = model;
        self.verify()
    }
    /// Proves that this process may write, before anything is uploaded.
    fn check_writable(&self) -> Result<()>;
}
