//! `monitor.detectors`, and which detector a rule of `monitor.signals` may name.

use schemars::JsonSchema;
use serde::Deserialize;

use super::defaults::{out_of_bounds, positive};
use super::monitoring::{Limit, SignalRule};
use crate::domain::error::{Error, Result};

/// Fewest standard deviations of `ddm`: one is what its level holds already.
const FEWEST_DEVIATIONS: f64 = 1.0;

/// A detector of changes in a signal's own values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detector {
    /// Adaptive windowing, over the values as they are.
    Adwin,
    /// Page-Hinkley, over the values in standard deviations of those before them.
    PageHinkley,
    /// The drift detection method, over wrong answers.
    Ddm,
}

impl Detector {
    /// All, in the order of the documents.
    pub const ALL: [Self; 3] = [Self::Adwin, Self::PageHinkley, Self::Ddm];

    /// The word used in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Adwin => "adwin",
            Self::PageHinkley => "page-hinkley",
            Self::Ddm => "ddm",
        }
    }

    /// The detector of this name.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|detector| detector.as_str() == text)
    }
}

/// `monitor.detectors:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawDetectors {
    /// Adaptive windowing.
    pub adwin: Option<RawAdwin>,
    /// Page-Hinkley over standardised values.
    pub page_hinkley: Option<RawPageHinkley>,
    /// Wrong answers.
    pub ddm: Option<RawDdm>,
}

/// `monitor.detectors.adwin:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawAdwin {
    /// Chance of a false alarm that the bound is made for (0–1); 0.002 when left out.
    pub delta: Option<f64>,
}

/// `monitor.detectors.page-hinkley:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawPageHinkley {
    /// Deviation that is allowed for, in standard deviations; 0.5 when left out.
    pub allowance: Option<f64>,
    /// Cumulated deviation that is a change, in standard deviations; 5 when left out.
    pub threshold: Option<f64>,
}

/// `monitor.detectors.ddm:`
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawDdm {
    /// Standard deviations above the lowest error rate that are a change; 3 when left out.
    pub deviations: Option<f64>,
}

/// Settings of the detectors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detectors {
    /// Chance of a false alarm that ADWIN's bound is made for, between 0 and 1.
    pub delta: f64,
    /// Deviation that Page-Hinkley allows for, in standard deviations; not negative.
    pub allowance: f64,
    /// Cumulated deviation that is a change to Page-Hinkley, in standard deviations; positive.
    pub threshold: f64,
    /// Standard deviations above the lowest error rate that are a change to DDM; at least 1.
    pub deviations: f64,
}

pub(super) fn detectors(raw: RawDetectors) -> Result<Detectors> {
    let (adwin, ddm) = (raw.adwin.unwrap_or_default(), raw.ddm.unwrap_or_default());
    let page_hinkley = raw.page_hinkley.unwrap_or_default();
    let key = |name: &str| format!("monitor.detectors.{name}");
    let delta = adwin.delta.unwrap_or(0.002);
    if !(delta > 0.0 && delta < 1.0) {
        return Err(out_of_bounds(
            &key("adwin.delta"),
            delta,
            "above 0 and below 1, such as 0.002",
        ));
    }
    let allowance = page_hinkley.allowance.unwrap_or(0.5);
    if !(allowance >= 0.0 && allowance.is_finite()) {
        let expected = "0 or more standard deviations, such as 0.5";
        return Err(out_of_bounds(&key("page-hinkley.allowance"), allowance, expected));
    }
    let threshold = positive(&key("page-hinkley.threshold"), page_hinkley.threshold, 5.0)?;
    let deviations = ddm.deviations.unwrap_or(3.0);
    if !(deviations >= FEWEST_DEVIATIONS && deviations.is_finite()) {
        let expected = "1 or more standard deviations, such as 3";
        return Err(out_of_bounds(&key("ddm.deviations"), deviations, expected));
    }
    Ok(Detectors { delta, allowance, threshold, deviations })
}

/// Checks what a rule is held to besides numbers. `key` names the rule's entry.
pub(super) fn check(key: &str, rule: &SignalRule) -> Result<()> {
    let (metric, ddm) = (&rule.metric, Some(Limit::Detector(Detector::Ddm)));
    let side = match rule.above == ddm {
        true => Some("above"),
        false => (rule.below == ddm && metric != "accuracy").then_some("below"),
    };
    if let Some(side) = side {
        let error = Error::config(format!("{key} has `{side}: ddm` for {metric}"));
        return Err(error.hint(
            "ddm counts wrong answers: it is for `{metric: accuracy, below: ddm}`; take adwin or \
             page-hinkley",
        ));
    }
    let is_past = |limit: Option<Limit>| !matches!(limit, None | Some(Limit::Value(_)));
    if is_past(rule.above) && is_past(rule.below) && rule.above != rule.below {
        let error = Error::config(format!("{key} holds {metric} to its past in two ways"));
        return Err(error.hint("give `above` and `below` the same, or one of them a number"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_have_defaults_and_their_bounds_are_checked() {
        let usual = Detectors { delta: 0.002, allowance: 0.5, threshold: 5.0, deviations: 3.0 };
        assert_eq!(detectors(RawDetectors::default()).expect("defaults"), usual);
        let refused = |raw: RawDetectors, said: &str| {
            let error = detectors(raw).expect_err(said);
            assert!(error.to_string().contains(said), "{error}");
        };
        for delta in [0.0, 1.0, -0.1, f64::NAN] {
            let adwin = Some(RawAdwin { delta: Some(delta) });
            refused(RawDetectors { adwin, ..Default::default() }, "adwin.delta");
        }
        let of = |allowance, threshold| RawDetectors {
            page_hinkley: Some(RawPageHinkley { allowance, threshold }),
            ..Default::default()
        };
        refused(of(Some(-0.5), None), "page-hinkley.allowance");
        refused(of(None, Some(0.0)), "page-hinkley.threshold");
        assert_eq!(detectors(of(Some(0.0), None)).expect("no allowance").allowance, 0.0);
        for deviations in [0.9, f64::INFINITY] {
            let ddm = Some(RawDdm { deviations: Some(deviations) });
            refused(RawDetectors { ddm, ..Default::default() }, "ddm.deviations");
        }
    }

    #[test]
    fn names_are_those_of_the_configuration() {
        assert!(Detector::ALL.iter().all(|d| Detector::named(d.as_str()) == Some(*d)));
        assert_eq!(Detector::named("page_hinkley"), None);
    }
}
