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
    /// `null-rate-current`, `out-of-range`, `new-categories`, `not-told-apart`; only those that
    /// apply.
    pub metrics: BTreeMap<String, f64>,
    /// Most by which a metric may differ from that of all values, by its name; those that are exact
    /// are not named.
    #[serde(default)]
    pub errors: BTreeMap<String, f64>,
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

/// A measure by name, with what exactly it is: tools of the same name differ by base, bins and
/// smoothing, so the definition stands beside every number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Definition {
    /// Name, such as `jensen-shannon`.
    pub measure: &'static str,
    /// Formula, bins and smoothing in a line.
    pub text: &'static str,
}

/// On which side of its threshold a measure means drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// A distance.
    Above,
    /// A p-value.
    Below,
}

/// One measure of one column.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Measured {
    /// Name of the measure.
    pub measure: &'static str,
    /// Its value; none where it is not defined on this column.
    pub value: Option<f64>,
    /// The threshold that it was held to; none where it is only shown.
    pub threshold: Option<f64>,
    /// The side of the threshold that means drift.
    pub side: Side,
    /// Whether the value lies there.
    pub fired: bool,
    /// What exactly was computed.
    pub definition: &'static str,
}

impl Measured {
    /// A measure that is held to no threshold.
    pub fn shown(definition: Definition, value: Option<f64>) -> Self {
        let Definition { measure, text } = definition;
        let value = value.filter(|v| v.is_finite());
        Self { measure, value, threshold: None, side: Side::Above, fired: false, definition: text }
    }

    /// A measure held to a threshold; one without a value does not fire.
    pub fn judged(definition: Definition, value: Option<f64>, side: Side, threshold: f64) -> Self {
        let fired = value.is_some_and(|v| match side {
            Side::Above => v > threshold,
            Side::Below => v < threshold,
        });
        Self { threshold: Some(threshold), side, fired, ..Self::shown(definition, value) }
    }

    /// The same with a threshold that counts as crossed when it is met.
    #[must_use]
    pub fn at_least(mut self) -> Self {
        let met = self.value.zip(self.threshold).is_some_and(|(v, t)| v >= t);
        self.fired = self.side == Side::Above && met;
        self
    }

    /// What fired, in plain words with a stable code first: `psi-above-threshold: …`.
    pub fn reason(&self) -> String {
        let (name, side) = match self.side {
            Side::Above => (self.measure, "above"),
            Side::Below => (self.measure, "below"),
        };
        let value = self.value.unwrap_or(f64::NAN);
        let value = match self.side {
            Side::Above => format!("{value:.3}"),
            Side::Below => format!("{value:.2e}"),
        };
        let limit = format!("{:.4}", self.threshold.unwrap_or(f64::NAN));
        let limit = limit.trim_end_matches('0').trim_end_matches('.');
        format!("{name}-{side}-threshold: {name} {value} is {side} {limit}")
    }
}
