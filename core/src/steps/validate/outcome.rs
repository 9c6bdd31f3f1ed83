//! What a validation gives.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::verdict_file::VerdictFile;
use crate::domain::digest::Digest;
use crate::domain::metric::Direction;
use crate::domain::package::Provenance;
use crate::domain::record::VersionRecord;
use crate::domain::verdict::{Finding, Interval, Verdict};
use crate::gates::Dropped;
use crate::report::models::Models;
use crate::stats::Metric;

/// Everything that was found, for the reports.
#[derive(Debug, Clone)]
pub struct Validation {
    /// All gates together.
    pub verdict: Verdict,
    /// Each gate.
    pub findings: Vec<Finding>,
    /// The version that was judged.
    pub challenger: VersionRecord,
    /// The version that it was compared with.
    pub champion: Option<VersionRecord>,
    /// Where the challenger came from.
    pub provenance: Provenance,
    /// Metrics of both models side by side.
    pub metrics: Vec<MetricPair>,
    /// What both models answer on the predictions.
    pub models: Option<Models>,
    /// Groups of rows, what hurts most first.
    pub slices: Option<Slices>,
    /// The predictions that were looked at.
    pub predictions: Option<PredictionsSeen>,
    /// The verdict with everything that it follows from.
    pub verdict_file: VerdictFile,
    /// When it was recorded.
    pub time: Timestamp,
    /// Id of the `validated` event.
    pub event: Digest,
}

/// A predictions file that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PredictionsSeen {
    /// Path as given.
    pub source: String,
    /// Rows.
    pub rows: u64,
    /// Digests of the bytes of everything that was looked at, by what it is.
    pub digests: BTreeMap<String, Digest>,
    /// Rows that were not used, and why.
    pub dropped: Vec<Dropped>,
}

/// A metric of both models; missing where it has no value.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricPair {
    /// The metric's name.
    pub name: String,
    /// Which way is better, where known.
    pub direction: Option<Direction>,
    /// The challenger's value.
    pub challenger: Option<f64>,
    /// The champion's value.
    pub champion: Option<f64>,
}

/// One metric over groups of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Slices {
    /// The metric.
    pub metric: Metric,
    /// The groups, what hurts most first.
    pub rows: Vec<SliceRow>,
    /// Groups that are too small to be judged, or on which the metric has no value.
    pub left_out: usize,
}

/// One group of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceRow {
    /// The column.
    pub column: String,
    /// The value that all rows of the group have there.
    pub level: String,
    /// Number of rows.
    pub rows: usize,
    /// The challenger's value.
    pub challenger: f64,
    /// The champion's value, where it has scores.
    pub champion: Option<f64>,
    /// By how much the challenger is better, whatever the metric's direction.
    pub gain: Option<f64>,
    /// The 95 % interval of the gain, of the groups that hurt most.
    pub interval: Option<Interval>,
}

/// The answer of `validate`.
#[derive(Debug, Clone)]
pub struct ValidateOutcome {
    /// Everything that was found.
    pub validation: Validation,
    /// The summary as Markdown.
    pub markdown: String,
    /// The report as one HTML page.
    pub html: String,
}
