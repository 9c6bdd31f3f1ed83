//! What belongs to a window of data besides its rows: its span of time, its parts, its labels.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::digest::Digest;

/// A part of a window: rows of a span of time, or so many rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Chunk {
    /// Name: the beginning of its span of time, or the numbers of its rows.
    pub name: String,
    /// Rows.
    pub rows: u64,
    /// Columns that drifted; none where there were too few rows to say.
    pub drifted: Vec<String>,
    /// Whether there were rows enough to say.
    pub conclusive: bool,
    /// The largest PSI of its columns, and the column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<(String, f64)>,
    /// PSI of the columns that moved most in any part of the window, so that each can be followed
    /// through all of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub psi: BTreeMap<String, f64>,
}

/// The part of the data that was looked at, by a column of times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Span {
    /// The column.
    pub column: String,
    /// Rows before this are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Rows from this on are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The newest row that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<Timestamp>,
    /// Rows before and after.
    pub outside: u64,
    /// Rows without a time.
    pub without: u64,
}

/// How the labels that came later were joined to the predictions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Labels {
    /// Digest of the label files.
    pub digest: Digest,
    /// Labels that found their prediction.
    pub matched: u64,
    /// Labels that found none.
    pub unmatched: u64,
    /// Ids that came twice, in the labels or in the predictions; none of their rows count.
    pub twice: u64,
    /// Only the performance was measured, as the data was monitored before.
    pub alone: bool,
}
