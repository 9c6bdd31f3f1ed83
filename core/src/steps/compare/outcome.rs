//! What the comparison of two data sets gave.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{CorrelationChange, GuessedKind};
use crate::domain::drift::{ColumnKind, DriftStatus, Measured};
use crate::domain::profile::ColumnRole;
use crate::stats::drift::presets::Preset;
use crate::stats::drift::profile::Bins;

/// One column of both data sets.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ComparedColumn {
    /// Column name.
    pub name: String,
    /// Numbers or categories.
    pub kind: ColumnKind,
    /// What part it plays.
    pub role: ColumnRole,
    /// Every number by name; only those that apply.
    pub metrics: BTreeMap<String, f64>,
    /// Most by which a number may differ from that of all values, by its name, where a profile
    /// stands in for data; those that are exact are not named.
    pub errors: BTreeMap<String, f64>,
    /// Every measure with its definition and, where it decides, its threshold.
    pub measures: Vec<Measured>,
    /// Whether it drifted.
    pub drifted: bool,
    /// What fired and what is worth a look, in plain words, a stable code first.
    pub reasons: Vec<String>,
}

/// Two data sets, compared.
#[derive(Debug, Clone, PartialEq)]
pub struct CompareOutcome {
    /// Whose rules were followed.
    pub preset: Preset,
    /// The answer.
    pub status: DriftStatus,
    /// Rows of the baseline.
    pub baseline_rows: u64,
    /// Rows of the current data.
    pub rows: u64,
    /// Every column, what drifted most first.
    pub columns: Vec<ComparedColumn>,
    /// The distributions by column name, to draw.
    pub bins: BTreeMap<String, Bins>,
    /// What was seen of the data set as a whole, a stable code first.
    pub findings: Vec<String>,
    /// Correlations that changed, the largest change first.
    pub correlations: Vec<CorrelationChange>,
    /// Kinds of columns that could be read otherwise.
    pub guessed: Vec<GuessedKind>,
    /// When the data set drifts, in words.
    pub rule: String,
    /// The answer in plain words.
    pub summary: Vec<String>,
}

impl CompareOutcome {
    /// Names of the columns that drifted; none while the answer is inconclusive.
    pub fn drifted(&self) -> Vec<String> {
        self.columns.iter().filter(|c| c.drifted).map(|c| c.name.clone()).collect()
    }
}
