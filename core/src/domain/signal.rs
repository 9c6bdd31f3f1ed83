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
    /// No change of its own level that adaptive windowing tells.
    Adwin,
    /// No change of its own level that Page-Hinkley tells.
    PageHinkley,
    /// No rise of wrong answers that the drift detection method tells.
    Ddm,
}

impl Basis {
    /// The word used in JSON and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Threshold => "threshold",
            Self::History => "history",
            Self::Preset => "preset",
            Self::Adwin => "adwin",
            Self::PageHinkley => "page-hinkley",
            Self::Ddm => "ddm",
        }
    }

    /// Whether it is a detector, which tells a change once and takes the new level from then on.
    pub fn is_detector(self) -> bool {
        matches!(self, Self::Adwin | Self::PageHinkley | Self::Ddm)
    }

    /// Whether the signal is held to its own earlier values.
    pub fn is_past(self) -> bool {
        self == Self::History || self.is_detector()
    }
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
    fn a_basis_is_written_as_it_is_called() {
        let all = [Basis::Threshold, Basis::History, Basis::Preset];
        let detectors = [Basis::Adwin, Basis::PageHinkley, Basis::Ddm];
        for basis in all.into_iter().chain(detectors) {
            let text = format!("\"{}\"", basis.as_str());
            assert_eq!(serde_json::to_string(&basis).expect("JSON"), text);
            assert_eq!(serde_json::from_str::<Basis>(&text).expect("a basis"), basis);
            assert_eq!(basis.is_detector(), detectors.contains(&basis));
        }
        assert!(Basis::History.is_past() && !Basis::Preset.is_past());
    }

    #[test]
    fn names_are_stable() {
        assert_eq!(Signal::name_of(SignalKind::Drift, Some("AGE"), "psi"), "drift.AGE.psi");
        assert_eq!(
            Signal::name_of(SignalKind::Performance, None, "roc-auc"),
            "performance.roc-auc"
        );
    }
}
