//! `gates:` of the configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::absolute::Absolute;
use super::calibration::Calibration;
use super::churn::Churn;
use super::custom::Custom;
use super::digest::DigestMatch;
use super::expectations::Expectation;
use super::fairness::Fairness;
use super::gate::Gate;
use super::improvement::Improvement;
use super::latency::Latency;
use super::leakage::Leakage;
use super::method::Resampling;
use super::non_inferiority::NonInferiority;
use super::signature::SignatureMatch;
use super::size::SizeLimit;
use super::slices::Slicing;
use super::superiority::Superiority;
use crate::domain::error::{Error, Result};
use crate::domain::metric::Task;
use crate::stats::Metric;

/// Settings of every gate.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Gates {
    /// Bounds on the challenger's own metrics.
    #[serde(default, deserialize_with = "written")]
    pub absolute: Option<Vec<Absolute>>,
    /// Better than the champion by a number, without statistics.
    #[serde(default, deserialize_with = "written")]
    pub improvement: Option<Vec<Improvement>>,
    /// Shown to be better than the champion.
    #[serde(default, deserialize_with = "written")]
    pub superiority: Option<Vec<Superiority>>,
    /// Shown to be no worse than the champion by more than a margin.
    #[serde(default, deserialize_with = "written")]
    pub non_inferiority: Option<Vec<NonInferiority>>,
    /// No group of rows is served badly.
    #[serde(default, deserialize_with = "written")]
    pub slices: Option<Vec<Slicing>>,
    /// Groups of people are decided about alike.
    #[serde(default, deserialize_with = "written")]
    pub fairness: Option<Vec<Fairness>>,
    /// Probabilities come true as often as they say.
    #[serde(default, deserialize_with = "written")]
    pub calibration: Option<Vec<Calibration>>,
    /// Not too many decisions change.
    #[serde(default, deserialize_with = "written")]
    pub churn: Option<Churn>,
    /// Takes and gives what the champion does.
    #[serde(default, deserialize_with = "written")]
    pub signature: Option<SignatureMatch>,
    /// The package is not too large.
    #[serde(default, deserialize_with = "written")]
    pub size: Option<SizeLimit>,
    /// The stored bytes are the registered ones.
    #[serde(default, deserialize_with = "written")]
    pub digest: Option<DigestMatch>,
    /// Answers its sample request fast enough.
    #[serde(default, deserialize_with = "written")]
    pub latency: Option<Latency>,
    /// The test data holds no row of the training data.
    #[serde(default, deserialize_with = "written")]
    pub leakage: Option<Leakage>,
    /// Metrics are what earlier versions let expect.
    #[serde(default, deserialize_with = "written")]
    pub expectations: Option<Vec<Expectation>>,
    /// Programs that judge.
    #[serde(default, deserialize_with = "written")]
    pub custom: Option<Vec<Custom>>,
}

/// A gate whose key is written with nothing behind it gets its defaults: it must not be switched
/// off by accident.
fn written<'de, D, T>(deserializer: D) -> std::result::Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(|value| Some(value.unwrap_or_default()))
}

impl Gates {
    /// With the data that the package was trained on, by name, where `leakage` names no other.
    #[must_use]
    pub fn with_data(mut self, data: &BTreeMap<String, PathBuf>) -> Self {
        let train = data.get("train");
        if let Some(leakage) = self.leakage.as_mut().filter(|leakage| leakage.train.is_empty()) {
            leakage.train.extend(train.cloned());
        }
        self
    }

    /// Checks every value.
    ///
    /// # Errors
    /// The first value that is wrong, by its key.
    pub fn checked(self) -> Result<Self> {
        check_each("gates.absolute", self.absolute.as_deref(), Absolute::check)?;
        check_each("gates.improvement", self.improvement.as_deref(), Improvement::check)?;
        check_each("gates.superiority", self.superiority.as_deref(), Superiority::check)?;
        check_each(
            "gates.non-inferiority",
            self.non_inferiority.as_deref(),
            NonInferiority::check,
        )?;
        check_each("gates.slices", self.slices.as_deref(), Slicing::check)?;
        check_each("gates.fairness", self.fairness.as_deref(), Fairness::check)?;
        check_each("gates.calibration", self.calibration.as_deref(), Calibration::check)?;
        if let Some(churn) = &self.churn {
            churn.check("gates.churn")?;
        }
        if let Some(size) = &self.size {
            size.check("gates.size")?;
        }
        if let Some(latency) = &self.latency {
            latency.check("gates.latency")?;
        }
        if let Some(leakage) = &self.leakage {
            leakage.check("gates.leakage")?;
        }
        check_each("gates.expectations", self.expectations.as_deref(), Expectation::check)?;
        check_each("gates.custom", self.custom.as_deref(), Custom::check)?;
        different_names(self.custom.as_deref().unwrap_or_default())?;
        Ok(self)
    }

    /// The metric that matters most: that of the first gate which compares the models, else of the
    /// first bound, else the task's usual one.
    pub fn main_metric(&self, task: Task) -> Metric {
        let superiority = self.superiority.iter().flatten().map(|g| g.metric);
        let non_inferiority = self.non_inferiority.iter().flatten().map(|g| g.metric);
        let improvement = self.improvement.iter().flatten().map(|g| g.metric);
        let absolute = self.absolute.iter().flatten().filter_map(|g| g.metric.parse().ok());
        let mut asked = superiority.chain(non_inferiority).chain(improvement).chain(absolute);
        asked.find(|metric| metric.suits(task)).unwrap_or(match task {
            Task::Binary => Metric::ROC_AUC,
            Task::Multiclass => Metric::ACCURACY,
            Task::Regression => Metric::RMSE,
        })
    }

    /// The columns of the predictions that gates look at groups of, each once.
    pub fn columns(&self) -> Vec<String> {
        let sliced = self.slices.iter().flatten().flat_map(|gate| &gate.columns);
        let compared = self.fairness.iter().flatten().map(|gate| &gate.column);
        let mut names: Vec<String> = Vec::new();
        for name in sliced.chain(compared) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    /// Every configured gate, in the order of the documentation.
    pub fn all(&self) -> Vec<Box<dyn Gate>> {
        let mut gates: Vec<Box<dyn Gate>> = Vec::new();
        add(&mut gates, self.absolute.iter().flatten());
        add(&mut gates, self.improvement.iter().flatten());
        add(&mut gates, self.superiority.iter().flatten());
        add(&mut gates, self.non_inferiority.iter().flatten());
        add(&mut gates, self.slices.iter().flatten());
        add(&mut gates, self.fairness.iter().flatten());
        add(&mut gates, self.calibration.iter().flatten());
        add(&mut gates, self.churn.iter());
        add(&mut gates, self.signature.iter());
        add(&mut gates, self.size.iter());
        add(&mut gates, self.digest.iter());
        add(&mut gates, self.latency.iter());
        add(&mut gates, self.leakage.iter());
        add(&mut gates, self.expectations.iter().flatten());
        add(&mut gates, self.custom.iter().flatten());
        gates
    }
}

fn add<'a, G: Gate + Clone + 'static>(
    gates: &mut Vec<Box<dyn Gate>>,
    more: impl Iterator<Item = &'a G>,
) {
    gates.extend(more.map(|gate| Box::new(gate.clone()) as Box<dyn Gate>));
}

fn check_each<T>(
    key: &str,
    gates: Option<&[T]>,
    check: impl Fn(&T, &str) -> Result<()>,
) -> Result<()> {
    match gates {
        None => Ok(()),
        Some([]) => Err(Error::config(format!("`{key}` is empty"))
            .hint("give a list, such as [{metric: roc-auc, …}], or remove the key")),
        Some(gates) => gates.iter().try_for_each(|gate| check(gate, key)),
    }
}

/// Answers are told apart by their names.
fn different_names(gates: &[Custom]) -> Result<()> {
    let twice = |(i, gate): (usize, &Custom)| gates[..i].iter().any(|g| g.name == gate.name);
    match gates.iter().enumerate().find(|pair| twice(*pair)) {
        None => Ok(()),
        Some((_, gate)) => {
            let name = gate.name.escape_debug();
            Err(Error::config(format!("`gates.custom` has two programs named `{name}`"))
                .hint("give each its own name"))
        }
    }
}

/// An error for a number that is not finite.
pub(super) fn finite(key: &str, value: Option<f64>) -> Result<()> {
    match value {
        Some(number) if !number.is_finite() => {
            Err(Error::config(format!("`{key}` is {number}")).hint("give a finite number"))
        }
        _ => Ok(()),
    }
}

/// An error for a margin below 0, or resampling that gives no interval.
pub(super) fn margin(key: &str, margin: f64, resampling: &Resampling) -> Result<()> {
    if !(margin.is_finite() && margin >= 0.0) {
        return Err(Error::config(format!("`{key}.margin` is {margin}"))
            .hint("give a number of 0 or more, in the metric's own unit"));
    }
    resampling.check(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(yaml: &str) -> Result<Gates> {
        let gates: Gates =
            serde_saphyr::from_str(yaml).map_err(|e| Error::config(e.to_string()))?;
        gates.checked()
    }

    #[test]
    fn a_key_with_nothing_behind_it_is_no_way_to_switch_a_gate_off() {
        assert_eq!(parse("signature:\ndigest:\n").map(|g| g.all().len()).ok(), Some(2));
        assert!(parse("absolute:\n").is_err());
        assert!(parse("absolute: []\n").is_err());
        assert!(parse("size:\n").is_err());
        assert_eq!(parse("{}").map(|g| g.all().len()).ok(), Some(0));
    }

    #[test]
    fn the_training_data_of_the_package_is_that_of_leakage_unless_it_names_its_own() {
        let data = BTreeMap::from([("train".to_owned(), PathBuf::from("/x/train.csv"))]);
        let train = |yaml: &str| {
            let gates: Gates = serde_saphyr::from_str(yaml).expect("reads");
            gates.with_data(&data).checked().map(|gates| gates.leakage.expect("is there").train)
        };
        let of_package = train("leakage: {test: [t.csv]}").expect("has both");
        assert_eq!(of_package, [PathBuf::from("/x/train.csv")]);
        let own = train("leakage: {train: [a.csv, b.csv], test: [t.csv]}").expect("has both");
        assert_eq!(own, [PathBuf::from("a.csv"), PathBuf::from("b.csv")]);
        assert!(train("leakage: {max-share: 0.1}").is_err());
    }

    #[test]
    fn bad_values_are_named_by_their_key() {
        let cases = [
            ("absolute: [{metric: roc-auc}]", "gates.absolute"),
            ("absolute: [{metric: roc-auc, min: .nan}]", "gates.absolute.min"),
            ("absolute: [{metric: roc-auc, min: 0.9, max: 0.1}]", "gates.absolute.min"),
            ("absolute: [{metric: '', min: 0.9}]", "gates.absolute.metric"),
            ("absolute: [{metric: roc-auc, min: 0.9, warn-below: 0.8}]", "warn-below"),
            ("improvement: [{metric: rmse, min: .inf}]", "gates.improvement.min"),
            ("superiority: [{metric: auc, margin: -0.1}]", "gates.superiority.margin"),
            ("superiority: [{metric: auc, resamples: 5}]", "gates.superiority.resamples"),
            ("non-inferiority: [{metric: auc, margin: 0.1, level: 95}]", "level"),
            ("non-inferiority: [{metric: auc}]", "margin"),
            ("superiority: [{metric: f1, method: delong}]", "which is not for f1"),
            ("superiority: [{metric: auc, method: bonett-price}]", "which is not for roc-auc"),
            ("superiority: [{metric: auc, method: delong, seed: 1}]", "resamples nothing"),
            ("superiority: [{metric: auc, method: exact}]", "exact"),
            ("absolute: [{metric: auc, min: 0.5, level: 95}]", "gates.absolute.level"),
            ("absolute: [{metric: auc, min: 0.5, level: 0.9, source: package}]", "no rows"),
            ("non-inferiority: [{metric: acu, margin: 0.1}]", "`acu` is not a metric"),
            ("size: {max: 0}", "gates.size.max"),
            ("colour: {}", "colour"),
            ("latency:", "gates.latency"),
            ("slices: [{metric: auc}]", "gates.slices"),
            ("fairness: [{column: sex, criterion: parity}]", "parity"),
            ("fairness: [{column: sex, criterion: equalised-odds}]", "no `max`"),
            ("calibration: [{measure: ece}]", "gates.calibration"),
            ("churn:", "gates.churn"),
            ("latency: {p99: 5ms, requests: 100}", "gates.latency.requests"),
            ("leakage: {train: [a.csv]}", "no `test`"),
            ("leakage: {train: [a], test: [b], max-share: 2}", "gates.leakage.max-share"),
            ("expectations: [{metric: auc}]", "gates.expectations"),
            ("expectations: [{metric: auc, deviations: -1}]", "gates.expectations.deviations"),
            ("expectations: [{metric: auc, deviations: 3, last: 1}]", "gates.expectations.last"),
            ("custom: [{name: a, command: []}]", "gates.custom.command"),
            ("custom: [{name: a, command: [b]}, {name: a, command: [c]}]", "named `a`"),
        ];
        for (yaml, part) in cases {
            let message = parse(yaml).expect_err(yaml).to_string();
            assert!(message.contains(part), "{yaml}: {message}");
        }
    }
}
