//! What the comparison of one column gave.

use super::super::profile::Bins;
use crate::domain::drift::{Definition, Measured};

/// One column, compared.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Compared {
    /// The measures that decide first; only those that apply.
    pub measures: Vec<Measured>,
    /// Whether the column drifts; `false` until `undecided` is settled.
    pub drifted: bool,
    /// What fired, in plain words, a stable code first.
    pub reasons: Vec<String>,
    /// What is worth a look and no drift by itself, a stable code first.
    pub notes: Vec<String>,
    /// Shares of both sides over the same bins, to draw.
    pub bins: Option<Bins>,
    /// What the decision over all columns still needs.
    pub undecided: Option<Undecided>,
}

/// What the default preset needs to decide once all columns are known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Undecided {
    /// P-values before the correction.
    pub tests: Tests,
    /// Share of the values that are missing or infinite, in the baseline and now.
    pub null_rates: Option<(f64, f64)>,
    /// Share of the current values beyond the baseline's range.
    pub out_of_range: Option<f64>,
    /// Share of the current values in categories that the baseline does not have, beyond the share
    /// that was to be expected.
    pub novel: Option<f64>,
    /// New categories, the most frequent first.
    pub new: Vec<String>,
}

/// P-values that nothing has changed, each for one kind of change.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tests {
    /// Of the values' distribution.
    pub shape: Option<f64>,
    /// Of the share of missing values.
    pub nulls: Option<f64>,
    /// Of the range.
    pub range: Option<f64>,
    /// Of the categories.
    pub novelty: Option<f64>,
}

impl Compared {
    /// The value of a measure.
    pub fn value(&self, measure: &str) -> Option<f64> {
        self.measures.iter().find(|m| m.measure == measure)?.value
    }

    /// Appends a measure that is shown and decides nothing.
    pub(super) fn show(&mut self, definition: Definition, value: Option<f64>) {
        self.measures.push(Measured::shown(definition, value));
    }

    /// Appends the measure that decides; a value beyond the threshold is drift.
    pub(super) fn judge(&mut self, measured: Measured) {
        if measured.fired {
            self.reasons.push(measured.reason());
        }
        self.drifted |= measured.fired;
        self.measures.push(measured);
    }
}
