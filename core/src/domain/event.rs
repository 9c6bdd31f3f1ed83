//! Events: everything that happens to a model, chained by hash.
//!
//! The id of an event is the SHA-256 of its canonical JSON, and each event carries the id of the
//! one before it, so that no event can be changed, dropped or put in without the chain breaking.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::alert::Alert;
use super::canonical;
use super::digest::Digest;
use super::drift::{DriftStatus, Performance};
use super::error::Result;
use super::name::{Alias, EndpointName, ModelName};
use super::retrain::Reason;
use super::rollout::{Analysis, Pinned, Plan, Stage};
use super::signal::Signal;
use super::verdict::{Finding, Verdict};
use super::version::Version;
use super::window::{Chunk, Labels, Span};

/// One thing that happened to a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Event {
    /// The model.
    pub model: ModelName,
    /// Place in the model's history, from 1.
    pub sequence: u64,
    /// Id of the event before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Digest>,
    /// When it was written.
    pub time: Timestamp,
    /// Who or what did it.
    pub actor: String,
    /// Address of the CI run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The event that led to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Digest>,
    /// What happened.
    pub what: What,
}

impl Event {
    /// The id: SHA-256 of the canonical JSON.
    ///
    /// # Errors
    /// A number that JSON cannot carry.
    pub fn id(&self) -> Result<Digest> {
        Ok(Digest::of(&canonical::to_bytes(self)?))
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "type", content = "data")]
pub enum What {
    /// A package became a version.
    Registered(Registered),
    /// The gates were run.
    Validated(Validated),
    /// An alias was moved.
    Promoted(Promoted),
    /// An alias was taken back and points at nothing.
    Withdrawn(Withdrawn),
    /// A candidate began to take over an endpoint.
    RolloutStarted(RolloutStarted),
    /// A step is about to be taken, or was judged.
    RolloutStep(RolloutStep),
    /// The candidate serves everything.
    RolloutFinished(RolloutEnded),
    /// The traffic went back.
    RolloutRolledBack(RolloutEnded),
    /// Live data was compared with the baseline.
    Monitored(Monitored),
    /// An alert that opened or closed was told to somebody, or is about to be.
    Notified(Notified),
    /// A retraining was asked for.
    RetrainRequested(RetrainRequested),
    /// A version was put away.
    Archived(VersionOnly),
    /// A version was taken out again.
    Restored(VersionOnly),
    /// The history up to here was taken over from another registry.
    Copied(Copied),
}

impl What {
    /// The event's type as in JSON.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Registered(_) => "registered",
            Self::Validated(_) => "validated",
            Self::Promoted(_) => "promoted",
            Self::Withdrawn(_) => "withdrawn",
            Self::RolloutStarted(_) => "rollout-started",
            Self::RolloutStep(_) => "rollout-step",
            Self::RolloutFinished(_) => "rollout-finished",
            Self::RolloutRolledBack(_) => "rollout-rolled-back",
            Self::Monitored(_) => "monitored",
            Self::Notified(_) => "notified",
            Self::RetrainRequested(_) => "retrain-requested",
            Self::Archived(_) => "archived",
            Self::Restored(_) => "restored",
            Self::Copied(_) => "copied",
        }
    }
}

/// Data of `registered`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Registered {
    /// The new version.
    pub version: Version,
    /// Package digest.
    pub digest: Digest,
    /// Where the bytes are.
    pub uri: String,
    /// The model's format.
    pub format: super::package::Format,
    /// Sum of the file sizes in bytes.
    pub bytes: u64,
    /// Commit of the training code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// Data of `validated`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Validated {
    /// The challenger.
    pub version: Version,
    /// The champion that it was compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Version>,
    /// All gates together.
    pub verdict: Verdict,
    /// Each gate.
    pub findings: Vec<Finding>,
    /// Digest of the verdict file: what was judged, by what, and how it can be judged again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict_file: Option<Digest>,
}

/// Data of `promoted`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Promoted {
    /// The alias that moved.
    pub alias: Alias,
    /// Where it points now.
    pub version: Version,
    /// Where it pointed before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Version>,
}

/// Data of `withdrawn`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Withdrawn {
    /// The alias that points at nothing now.
    pub alias: Alias,
    /// Where it pointed before.
    pub previous: Version,
}

/// Data of `rollout-started`. The event's id is the rollout's id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RolloutStarted {
    /// The endpoint.
    pub endpoint: EndpointName,
    /// What is to take over.
    pub candidate: Pinned,
    /// What serves now, and is gone back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stable: Option<Pinned>,
    /// The steps.
    pub plan: Plan,
}

/// Data of `rollout-step`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RolloutStep {
    /// The rollout.
    pub rollout: Digest,
    /// The endpoint.
    pub endpoint: EndpointName,
    /// The step.
    pub stage: Stage,
    /// Missing: written ahead, the step is about to be taken. Present: how it was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub analysis: Option<Analysis>,
}

/// Data of `rollout-finished` and `rollout-rolled-back`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RolloutEnded {
    /// The rollout.
    pub rollout: Digest,
    /// The endpoint.
    pub endpoint: EndpointName,
    /// What serves now; missing when nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<Pinned>,
    /// Why, in plain words.
    pub reason: String,
}

/// Data of `monitored`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Monitored {
    /// The version whose baseline was compared with.
    pub version: Version,
    /// The answer.
    pub status: DriftStatus,
    /// Rows looked at.
    pub rows: u64,
    /// Digest of the data looked at, so that the same window is not counted twice.
    pub window: Digest,
    /// Columns that drifted.
    pub drifted: Vec<String>,
    /// The answer in plain words.
    pub summary: Vec<String>,
    /// Performance on labelled rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub performance: Vec<Performance>,
    /// Every number that was looked at, with what it was held to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<Signal>,
    /// The alerts that are open after this window, and those that it closed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<Alert>,
    /// Which rows were looked at, where a column of times decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// The parts of the window, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chunks: Vec<Chunk>,
    /// How labels that came later were joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Labels>,
}

impl Monitored {
    /// Whether only the performance was measured, of rows that were monitored before.
    pub fn is_labels_alone(&self) -> bool {
        self.labels.as_ref().is_some_and(|labels| labels.alone)
    }

    /// The signal of this name.
    pub fn signal(&self, name: &str) -> Option<&Signal> {
        self.signals.iter().find(|s| s.name == name)
    }
}

/// Data of `copied`: every event before it came from another registry as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Copied {
    /// The registry that the events came from.
    pub from: String,
    /// Where the bytes of each version are from now on.
    pub uris: BTreeMap<Version, String>,
}

/// Data of `notified`: how telling the changed alerts of a `monitored` event went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Notified {
    /// The `monitored` event whose alerts changed.
    pub of: Digest,
    /// How far it is.
    pub state: NotifiedState,
    /// By what: `slack`, `teams`, `cloudevents`.
    pub by: String,
}

/// How far a notification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotifiedState {
    /// It is being sent again; nobody else should for a while.
    Sending,
    /// It was taken.
    Sent,
    /// It was not; the next monitoring sends it again.
    Failed,
}

impl NotifiedState {
    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }
}

/// Data of `retrain-requested`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RetrainRequested {
    /// The version that is to be replaced.
    pub version: Version,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Digest of the evidence: the same evidence triggers once.
    pub evidence: Digest,
    /// What was triggered: `command`, and later `github`, `azure-pipelines` …
    pub trigger: String,
}

/// Data of `archived` and `restored`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct VersionOnly {
    /// The version.
    pub version: Version,
}
