//! What monitoring found: per column, with the numbers and their definition.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::profile::ColumnRole;

/// Answer of monitoring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriftStatus {
    /// The data looks like the baseline.
    Ok,
    /// It does not.
    Drift,
    /// Too little data to say.
    Inconclusive,
}

impl DriftStatus {
    /// The word used in JSON and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Drift => "drift",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// What kind of values a column has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnKind {
    /// Numbers.
    Number,
    /// Categories.
    Category,
}

/// One column, before and now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ColumnDrift {
    /// Column name.
    pub name: String,
    /// Numbers or categories.
    pub kind: ColumnKind,
    /// What part it plays.
    pub role: ColumnRole,
    /// Metric values by name: `psi`, `jensen-shannon`, `total-variation`, `ks`, `ks-p-value`,
    /// `wasserstein-normed`, `chi-squared`, `chi-squared-p-value`, `null-rate-baseline`,
    /// `null-rate-current`, `out-of-range`, `new-categories`; only those that apply.
    pub metrics: BTreeMap<String, f64>,
    /// Whether any signal fired.
    pub drifted: bool,
    /// What fired, in plain words; stable code first: `psi-above-threshold: …`.
    pub reasons: Vec<String>,
}

/// A metric of performance on labelled rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Performance {
    /// Metric name.
    pub metric: String,
    /// Value on the labelled rows.
    pub value: f64,
    /// Lower confidence bound.
    pub low: f64,
    /// Upper confidence bound.
    pub high: f64,
    /// Labelled rows.
    pub rows: u64,
    /// The value in the package, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<f64>,
}
