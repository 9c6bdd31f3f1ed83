//! Verdicts and the findings behind them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The answer of a gate, or of all of them. Missing, NaN, infinite, zero rows or a gate that did
/// not run is never a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Good enough.
    Pass,
    /// Good enough, with something to look at.
    Warn,
    /// Not enough evidence either way.
    Inconclusive,
    /// Not good enough.
    Fail,
    /// The gate could not run.
    Error,
}

impl Verdict {
    /// The verdict of several findings together: the worst of them. No findings at all are
    /// inconclusive, because nothing was shown.
    pub fn of(findings: &[Finding]) -> Self {
        let rank = |v: Self| match v {
            Self::Pass => 0,
            Self::Warn => 1,
            Self::Inconclusive => 2,
            Self::Fail => 3,
            Self::Error => 4,
        };
        findings.iter().map(|f| f.verdict).max_by_key(|v| rank(*v)).unwrap_or(Self::Inconclusive)
    }

    /// The word used in JSON and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Confidence level, such as 0.95.
    pub level: f64,
}

/// A figure behind a finding: one group, one bin, one percentile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Figure {
    /// What was measured, such as `region=north`.
    pub what: String,
    /// The value.
    pub value: f64,
    /// What it is compared with, such as the champion's value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<f64>,
    /// Rows that it was measured on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// The interval of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
}

impl Figure {
    /// A value by its name.
    pub fn new(what: impl Into<String>, value: f64) -> Self {
        Self { what: what.into(), value, against: None, rows: None, interval: None }
    }

    /// Sets what the value is compared with.
    #[must_use]
    pub fn against(mut self, value: Option<f64>) -> Self {
        self.against = value.filter(|v| v.is_finite());
        self
    }

    /// Sets the number of rows behind the value.
    #[must_use]
    pub fn rows(mut self, rows: usize) -> Self {
        self.rows = Some(rows as u64);
        self
    }

    /// Sets the interval of the value.
    #[must_use]
    pub fn interval(mut self, interval: impl Into<Option<Interval>>) -> Self {
        self.interval = interval.into().filter(|i| i.low.is_finite() && i.high.is_finite());
        self
    }
}

/// Most figures that a finding carries into the history.
pub const MAX_FIGURES: usize = 20;

/// What one gate found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Finding {
    /// The gate's id, such as `non-inferiority`.
    pub gate: String,
    /// Stable kebab-case code of this finding, such as `below-minimum`.
    pub code: String,
    /// The answer.
    pub verdict: Verdict,
    /// The answer in plain words, with the numbers in it.
    pub message: String,
    /// What the gate looked at, such as a metric's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The measured value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The bound or margin it was compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<f64>,
    /// The interval of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// What would have passed, or what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The figures behind the answer, those that matter most first; at most [`MAX_FIGURES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Figure>,
}

impl Finding {
    /// A finding without numbers.
    pub fn new(
        gate: impl Into<String>,
        code: impl Into<String>,
        verdict: Verdict,
        message: impl Into<String>,
    ) -> Self {
        Self {
            gate: gate.into(),
            code: code.into(),
            verdict,
            message: message.into(),
            subject: None,
            value: None,
            bound: None,
            interval: None,
            hint: None,
            evidence: Vec::new(),
        }
    }

    /// Names what the gate looked at.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Sets the measured value; one that is not finite cannot be written to the history and is left
    /// out.
    #[must_use]
    pub fn value(mut self, value: f64) -> Self {
        self.value = Some(value).filter(|v| v.is_finite());
        self
    }

    /// Sets the bound that the value was compared with.
    #[must_use]
    pub fn bound(mut self, bound: f64) -> Self {
        self.bound = Some(bound).filter(|b| b.is_finite());
        self
    }

    /// Sets the interval of the value.
    #[must_use]
    pub fn interval(mut self, interval: Interval) -> Self {
        let finite = interval.low.is_finite() && interval.high.is_finite();
        self.interval = finite.then_some(interval);
        self
    }

    /// Adds the figures behind the answer; those that are not finite cannot be written to the
    /// history and are left out.
    #[must_use]
    pub fn evidence(mut self, figures: impl IntoIterator<Item = Figure>) -> Self {
        let finite = figures.into_iter().filter(|figure| figure.value.is_finite());
        self.evidence = finite.take(MAX_FIGURES).collect();
        self
    }

    /// Says what would have passed, or what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
