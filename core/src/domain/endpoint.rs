//! What an endpoint serves and what was observed of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rollout::Pinned;

/// How requests are shared out. Slots are named by their version.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Traffic {
    /// Percent of the requests by slot; sums to 100, or is empty while nothing is served.
    pub weights: BTreeMap<String, u8>,
    /// Slot that gets copies, and the percent of requests copied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirror: Option<Mirror>,
}

/// A slot that gets copies of requests; its answers are thrown away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Mirror {
    /// The slot.
    pub slot: String,
    /// Percent of the requests copied, 1–100.
    pub percent: u8,
}

/// State of an endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EndpointStatus {
    /// Address for requests.
    pub url: String,
    /// The model that it serves, once it serves one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Loaded versions by slot name.
    pub slots: BTreeMap<String, SlotStatus>,
    /// How requests are shared out.
    pub traffic: Traffic,
}

/// State of one slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SlotStatus {
    /// What is loaded.
    pub pinned: Pinned,
    /// It answers.
    pub healthy: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Times that it was started again after it died.
    #[serde(default)]
    pub restarts: u64,
}

/// Counters of one slot since it was loaded. They only grow; subtract two to get a window.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SlotCounters {
    /// Requests given to the slot, mirrored ones included.
    pub requests: u64,
    /// Requests that it failed.
    pub errors: u64,
    /// Counts of latencies in the buckets of [`latency_buckets_ms`], then one for all above.
    pub latency: Vec<u64>,
    /// Counts of predictions in bins of the first output: see [`prediction_bin`].
    pub predictions: Vec<u64>,
    /// Counts of predicted categories, for outputs that are text.
    #[serde(default)]
    pub categories: BTreeMap<String, u64>,
}

/// Upper bounds (ms) of the latency buckets: 48 steps of 35 %, 0.05 ms to
/// about 60 s.
pub fn latency_buckets_ms() -> Vec<f64> {
    (0..48).map(|i| 0.05 * 1.35f64.powi(i)).collect()
}

/// Number of prediction bins: values below −1, 100 bins over −1 … 2 (so that a probability has
/// bins 0.03 wide), above 2 by magnitude in 20 logarithmic bins, and one for anything else.
pub const PREDICTION_BINS: usize = 122;

/// The bin of a prediction, `0..PREDICTION_BINS`.
pub fn prediction_bin(value: f64) -> usize {
    if !value.is_finite() {
        PREDICTION_BINS - 1
    } else if value < -1.0 {
        0
    } else if value < 2.0 {
        1 + (((value + 1.0) / 3.0 * 100.0) as usize).min(99)
    } else {
        101 + ((value / 2.0).log10() * 2.0).clamp(0.0, 19.0) as usize
    }
}
