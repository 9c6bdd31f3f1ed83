//! Signals: each number that monitoring looks at, with what it was held to and what that says.

use serde::{Deserialize, Serialize};

/// What a signal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignalKind {
    /// The distribution of a feature or label.
    Drift,
    /// What is wrong with the values themselves: missing, out of range, new, of another type.
    Quality,
    /// The distribution of the model's output.
    Prediction,
    /// How right the model is.
    Performance,
}

impl SignalKind {
    /// The word that a signal's name begins with.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Drift => "drift",
            Self::Quality => "quality",
            Self::Prediction => "prediction",
            Self::Performance => "performance",
        }
    }
}

/// What a signal is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// A number of the configuration, or its default.
    Threshold,
    /// The signal's own earlier values.
    History,
    /// A number that belongs to a preset of measures.
    Preset,
}

/// What a signal says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignalVerdict {
    /// Within its bound.
    Ok,
    /// Beyond its bound.
    Breach,
    /// Not measured, or too little to say.
    Inconclusive,
}

impl SignalVerdict {
    /// The word used in JSON and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Breach => "breach",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// One number that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Signal {
    /// Stable name: `KIND.COLUMN.METRIC`, or `KIND.METRIC` where there is no column.
    pub name: String,
    /// What it is about.
    pub kind: SignalKind,
    /// The column; none for performance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The metric, in the metric's own unit.
    pub metric: String,
    /// The value; none where it could not be measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Lower end of the value's 95 % interval, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// The value must not be above this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
    /// The value must not be below this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
    /// Where the bound comes from.
    pub basis: Basis,
    /// What it says.
    pub verdict: SignalVerdict,
    /// In plain words; empty where the value is simply within its bound.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

impl Signal {
    /// The name of the signal of a metric, with its column where it has one.
    pub fn name_of(kind: SignalKind, column: Option<&str>, metric: &str) -> String {
        let kind = kind.as_str();
        column.map_or_else(|| format!("{kind}.{metric}"), |c| format!("{kind}.{c}.{metric}"))
    }

    /// Whether it is beyond its bound.
    pub fn is_breach(&self) -> bool {
        self.verdict == SignalVerdict::Breach
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_stable() {
        assert_eq!(Signal::name_of(SignalKind::Drift, Some("AGE"), "psi"), "drift.AGE.psi");
        assert_eq!(
            Signal::name_of(SignalKind::Performance, None, "roc-auc"),
            "performance.roc-auc"
        );
    }
}
