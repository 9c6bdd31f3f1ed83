//! Performance on the rows that have a label and a prediction.

use super::align;
use crate::config::valid::MonitorConfig;
use crate::data::{Column, Columns, Values};
use crate::domain::drift::Performance;
use crate::domain::error::Result;
use crate::domain::metric::{MONITORED, Metrics};
use crate::domain::profile::{ColumnRole, Profile};
use crate::stats::bootstrap::{Options, estimate};
use crate::stats::{Metric, Sample};

/// Fewest labelled rows that are measured.
const MIN_LABELLED: usize = 30;
/// Rows above which fewer resamples are drawn.
const MANY: usize = 200_000;

/// What was measured, and why something was not.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub(super) performance: Vec<Performance>,
    pub(super) notes: Vec<String>,
}

/// Measures the labelled rows; nothing where there are no labels at all.
///
/// Labels 0 and 1 (or `true` and `false`) with predictions from 0 to 1 are measured as a binary
/// classifier: roc-auc, accuracy at 0.5, brier. Other numbers as a regression: mae, rmse. `metrics`
/// are those of the package.
///
/// # Errors
/// Data that cannot be read.
pub(super) fn measure(
    baseline: &Profile,
    current: &dyn Columns,
    config: &MonitorConfig,
    metrics: &Metrics,
) -> Result<Measured> {
    let named = |role| baseline.columns.iter().find(|c| c.role == role).map_or("", |c| &c.name);
    let names = current.names();
    let label = align::label(&names, named(ColumnRole::Label), config);
    let prediction = align::prediction(&names, named(ColumnRole::Prediction), config);
    let Some((label, prediction)) = label.zip(prediction) else { return Ok(Measured::default()) };
    let (label, prediction) = (current.require(label)?, current.require(prediction)?);
    Ok(of_columns(&label, &prediction, metrics))
}

/// Measures the rows of two columns that have both a label and a prediction.
pub(super) fn of_columns(label: &Column, prediction: &Column, metrics: &Metrics) -> Measured {
    let (labels, scores) = match pairs(label, prediction) {
        Ok(pairs) => pairs,
        Err(note) => return Measured { notes: vec![note], ..Measured::default() },
    };
    if labels.is_empty() {
        return Measured::default();
    }
    if labels.len() < MIN_LABELLED {
        let have = labels.len();
        let note = format!("performance: {have} labelled rows, at least {MIN_LABELLED} are needed");
        return Measured { notes: vec![note], ..Measured::default() };
    }
    let mut measured = Measured::default();
    let sample = sample(&labels, &scores);
    for metric in Metric::of_task(sample.task).filter(|m| MONITORED.contains(&m.name())) {
        match one(metric, sample, metrics) {
            Ok(performance) => measured.performance.push(performance),
            Err(note) => measured.notes.push(note),
        }
    }
    measured
}

fn one(
    metric: Metric,
    sample: Sample<'_>,
    metrics: &Metrics,
) -> std::result::Result<Performance, String> {
    let resamples = if sample.rows() > MANY { 200 } else { 1000 };
    let options = Options { resamples, ..Options::default() };
    let found = estimate(metric, sample, &options)
        .map_err(|why| format!("performance: {metric} has no value: {why}"))?;
    Ok(Performance {
        metric: metric.name().to_owned(),
        value: found.value,
        low: found.interval.low,
        high: found.interval.high,
        rows: sample.rows() as u64,
        baseline: packaged(metric, metrics),
    })
}

fn sample<'a>(labels: &'a [f64], scores: &'a [f64]) -> Sample<'a> {
    let binary = labels.iter().all(|l| *l == 0.0 || *l == 1.0)
        && scores.iter().all(|s| (0.0..=1.0).contains(s));
    if binary { Sample::binary(labels, scores) } else { Sample::regression(labels, scores) }
}

/// The package's value of a metric: the one key whose last part is its name, or of several the one
/// that speaks of test or validation data.
fn packaged(metric: Metric, metrics: &Metrics) -> Option<f64> {
    let same = |key: &str| {
        key.rsplit('.').next().and_then(|last| last.parse().ok()) == Some(metric)
            || key.parse().ok() == Some(metric)
    };
    let keys: Vec<(&String, &f64)> = metrics.iter().filter(|(k, _)| same(k)).collect();
    let held_out = |k: &str| ["test", "valid", "holdout"].iter().any(|w| k.contains(w));
    match keys.as_slice() {
        [(_, value)] => Some(**value),
        several => several.iter().find(|(k, _)| held_out(k)).map(|(_, value)| **value),
    }
}

/// Labels and predictions of the rows that have both.
fn pairs(label: &Column, prediction: &Column) -> std::result::Result<(Vec<f64>, Vec<f64>), String> {
    let (labels, scores) = (numbers(label)?, numbers(prediction)?);
    let both = labels.into_iter().zip(scores).filter(|(l, s)| l.is_finite() && s.is_finite());
    Ok(both.unzip())
}

pub(super) fn numbers(column: &Column) -> std::result::Result<Vec<f64>, String> {
    match &column.values {
        Values::Number(values) => Ok(values.clone()),
        Values::Category(c) => {
            let level = |name: &String| match name.as_str() {
                "true" | "1" => Ok(1.0),
                "false" | "0" => Ok(0.0),
                other => Err(format!(
                    "performance: column `{}` holds `{}`, which is no number",
                    column.name,
                    other.chars().take(40).collect::<String>()
                )),
            };
            let levels: Vec<f64> =
                c.levels.iter().map(level).collect::<std::result::Result<_, _>>()?;
            let value = |code: &u32| levels.get(*code as usize).copied().unwrap_or(f64::NAN);
            Ok(c.codes.iter().map(value).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_measured_is_what_a_policy_may_name() {
        let binary = sample(&[0.0, 1.0], &[0.2, 0.9]).task;
        let regression = sample(&[3.0, 1.5], &[2.0, 7.0]).task;
        let measured = |m: &Metric| m.suits(binary) || m.suits(regression);
        let named = MONITORED.map(|name| name.parse::<Metric>().expect("is a metric"));
        assert!(named.iter().all(measured));
    }
}
