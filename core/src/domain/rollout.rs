//! A rollout: how a candidate takes over an endpoint, step by step.

use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::version::Version;

/// The steps of a rollout, with what each asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Plan {
    /// Share of live requests (0–100) copied to the candidate before it answers any; 0 skips the
    /// mirror step.
    pub mirror: u8,
    /// Weights (1–100) of the candidate, ascending; the last is 100.
    pub steps: Vec<u8>,
    /// Shortest stay in a step, in milliseconds.
    pub bake_ms: u64,
    /// Requests that the candidate must have seen in a step.
    pub min_requests: u64,
    /// Longest stay in a step, in milliseconds; then the step is inconclusive.
    pub step_timeout_ms: u64,
    /// What is healthy.
    pub limits: Limits,
}

/// Bounds that the analysis between steps holds the candidate to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Limits {
    /// Largest share of failed requests (0–1).
    pub max_error_rate: f64,
    /// By how much the share of failed requests may lie above the stable version's (0–1); a rollout
    /// of before there was this bound has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_error_increase: Option<f64>,
    /// Largest ratio of the candidate's p99 latency to the stable version's.
    pub max_latency_ratio: f64,
    /// Latency (ms, p99) below which the ratio is not looked at.
    pub latency_floor_ms: f64,
    /// Largest Jensen-Shannon distance (base 2, 0–1) between the predictions of both versions.
    pub max_prediction_shift: f64,
}

/// Where a rollout stands; each step is recorded before it is acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, tag = "stage")]
pub enum Stage {
    /// Load the candidate and prove that it answers.
    Prove,
    /// Copy live requests to it.
    Mirror,
    /// Let it answer this share of the requests.
    Weight {
        /// Percent, 1–100.
        percent: u8,
    },
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Prove => f.write_str("prove"),
            Self::Mirror => f.write_str("mirror"),
            Self::Weight { percent } => write!(f, "{percent} %"),
        }
    }
}

/// Answer of the analysis of one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Analysis {
    /// pass, fail or inconclusive.
    pub verdict: super::verdict::Verdict,
    /// In plain words, with the numbers.
    pub reasons: Vec<String>,
    /// Requests that the candidate saw in this step.
    pub requests: u64,
    /// How many of them it failed.
    pub errors: u64,
    /// The candidate's p99 latency in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99_ms: Option<f64>,
    /// The stable version's p99 latency in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stable_p99_ms: Option<f64>,
    /// Jensen-Shannon distance of the predictions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prediction_shift: Option<f64>,
}

/// A version with the digest that pins it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pinned {
    /// The version.
    pub version: Version,
    /// Its package digest.
    pub digest: Digest,
}

/// The state that a rollout ended in, or is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RolloutState {
    /// Under way or interrupted: `deploy --resume` carries on.
    Progressing,
    /// Waiting for evidence: `deploy --resume` carries on.
    Paused,
    /// The candidate serves everything.
    Finished,
    /// The traffic went back.
    RolledBack,
}

impl RolloutState {
    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Progressing => "progressing",
            Self::Paused => "paused",
            Self::Finished => "finished",
            Self::RolledBack => "rolled-back",
        }
    }
}
