//! `evaluate`: every metric of a predictions file with its interval. Needs no registry.

use std::collections::BTreeMap;
use std::path::Path;

use super::predictions::{ByModels, Files, Guess, guess, load, score_guessing};
use crate::config::raw::RawPredictions;
use crate::config::valid::PredictionsConfig;
use crate::domain::error::{Error, Result};
use crate::domain::fetched::Fetched;
use crate::domain::metric::Task;
use crate::gates::{Dropped, Predictions};
use crate::report::models::Models;
use crate::stats::bootstrap::{Estimate, Found, Options, PairedDifference, compare};
use crate::stats::inference::mcnemar::Disagreements;
use crate::stats::inference::paired_shares::bonett_price;
use crate::stats::threshold::{Best, best_for};
use crate::stats::{Metric, Undefined, measure};

/// What to evaluate.
#[derive(Debug, Clone)]
pub struct EvaluateInput {
    /// The predictions files.
    pub files: Files,
    /// What is said of their columns, in the configuration or with options; the rest is guessed.
    pub columns: RawPredictions,
    /// The champion's column was asked for: it must be there.
    pub champion_required: bool,
    /// What to measure; empty: what a report of the task shows.
    pub metrics: Vec<Metric>,
    /// Number of resamples.
    pub resamples: usize,
    /// Confidence level, such as 0.95.
    pub level: f64,
    /// The addresses behind fetched files.
    pub fetched: Fetched,
}

/// The answer of `evaluate`.
#[derive(Debug, Clone)]
pub struct EvaluateOutcome {
    /// Where the rows come from.
    pub source: String,
    /// Rows.
    pub rows: usize,
    /// What both models answer, for the report.
    pub models: Models,
    /// Kind of prediction.
    pub task: Task,
    /// What was guessed, since nobody said it.
    pub guessed: Vec<Guess>,
    /// Rows that were left out, and why.
    pub dropped: Vec<Dropped>,
    /// Each metric of the task that has a value, with its interval where there are enough rows.
    pub metrics: BTreeMap<Metric, f64>,
    /// Intervals of the metrics.
    pub intervals: BTreeMap<Metric, Estimate>,
    /// Challenger − champion, where the file has scores of both.
    pub differences: BTreeMap<Metric, PairedDifference>,
    /// Metrics without a value or an interval, and why.
    pub undefined: BTreeMap<Metric, String>,
    /// In a binary task the threshold that is best for f1, balanced accuracy and mcc on these rows,
    /// and what it gives there. It promises more than it will hold on others.
    pub thresholds: BTreeMap<Metric, Best>,
}

/// Computes every metric of the task on the file's rows.
///
/// # Errors
/// A file or column that cannot be used; no metric of the task has a value.
pub fn run(input: &EvaluateInput) -> Result<EvaluateOutcome> {
    let (columns, guessed) = guess(&input.files, input.columns.clone())?;
    let columns = PredictionsConfig::from_raw(columns, Path::new(""))?;
    judged(load(&input.files, &columns, &[])?, guessed, input)
}

/// Computes every metric of the task on scores that models give to the rows of a data file; the
/// files of `input` are not read.
///
/// # Errors
/// As [`score_guessing`], and as [`run`].
pub fn run_models(by: &ByModels<'_>, input: &EvaluateInput) -> Result<EvaluateOutcome> {
    let (predictions, guessed) = score_guessing(by, input.columns.clone())?;
    judged(predictions, guessed, input)
}

fn judged(
    predictions: Predictions,
    guessed: Vec<Guess>,
    input: &EvaluateInput,
) -> Result<EvaluateOutcome> {
    if input.champion_required && predictions.champion.is_none() && predictions.rows() > 0 {
        let (source, column) = (&predictions.source, &predictions.champion_column);
        return Err(Error::input(format!("{source} has no column `{column}`"))
            .hint("name the column of the champion's scores, or leave it out"));
    }
    let options = Options {
        resamples: input.resamples,
        level: input.level,
        clusters: predictions.clusters.as_deref(),
        ..Options::default()
    };
    let mut out = EvaluateOutcome {
        source: input.fetched.told(&predictions.source),
        rows: predictions.rows(),
        models: Models::of(&predictions),
        task: predictions.task,
        guessed,
        dropped: predictions.dropped.clone(),
        metrics: BTreeMap::new(),
        intervals: BTreeMap::new(),
        differences: BTreeMap::new(),
        undefined: BTreeMap::new(),
        thresholds: thresholds(&predictions),
    };
    let metrics = asked(&input.metrics, predictions.task)?;
    let found = compare(&metrics, predictions.challenger(), predictions.champion(), &options)
        .map_err(|e| Error::from(e).during(predictions.source.clone()))?;
    let mut last = None;
    for found in found {
        let metric = found.metric;
        if let Err(e) = out.add(found, &predictions) {
            out.undefined.insert(metric, e.to_string());
            last = Some(e);
        }
    }
    match last {
        Some(why) if out.metrics.is_empty() => {
            Err(Error::from(why).during(predictions.source.clone()))
        }
        _ => Ok(out),
    }
}

fn asked(metrics: &[Metric], task: Task) -> Result<Vec<Metric>> {
    match metrics.iter().find(|metric| !metric.suits(task)) {
        Some(other) => {
            let known: Vec<&str> = Metric::suiting(task).map(Metric::name).collect();
            Err(Error::usage(format!("`{other}` is no metric of a {task} task"))
                .hint(format!("its metrics are {}", known.join(", "))))
        }
        None if metrics.is_empty() => Ok(Metric::of_task(task).collect()),
        None => Ok(metrics.to_vec()),
    }
}

fn thresholds(predictions: &Predictions) -> BTreeMap<Metric, Best> {
    if predictions.task != Task::Binary {
        return BTreeMap::new();
    }
    let metrics = [Metric::F1, Metric::BALANCED_ACCURACY, Metric::MCC];
    let best = best_for(&metrics, predictions.challenger()).unwrap_or_default();
    best.into_iter().collect()
}

impl EvaluateOutcome {
    fn add(&mut self, found: Found, predictions: &Predictions) -> Result<(), Undefined> {
        let metric = found.metric;
        let value = match &found.estimate {
            Ok(estimate) => estimate.value,
            Err(_) => measure(metric, predictions.challenger())?,
        };
        self.metrics.insert(metric, value);
        self.intervals.insert(metric, found.estimate?);
        if let Some(difference) = found.difference {
            self.differences.insert(metric, better_interval(difference?, predictions));
        }
        Ok(())
    }
}

/// Where two models disagree on few rows, resampling finds too little spread in the difference of
/// their accuracies (docs/statistics.md): the interval is that of Bonett and Price, as the gates'.
fn better_interval(found: PairedDifference, predictions: &Predictions) -> PairedDifference {
    let plain = predictions.weights.is_none() && predictions.clusters.is_none();
    let Some(champion) = predictions.champion().filter(|_| plain) else { return found };
    if found.metric != Metric::ACCURACY || champion.scores == predictions.challenger.values {
        return found;
    }
    let disagreements = Disagreements::between(&predictions.challenger(), &champion);
    match bonett_price(disagreements, found.rows as u64, found.interval.level) {
        Ok(shares) => PairedDifference {
            interval: shares.interval,
            standard_error: shares.standard_error,
            ..found
        },
        Err(_) => found,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn input(file: &Path, task: Task) -> EvaluateInput {
        EvaluateInput {
            files: Files { challenger: file.to_owned(), champion: None, ..Files::default() },
            columns: RawPredictions {
                task: Some(task.to_string()),
                label: Some("y_true".into()),
                score: Some("challenger".into()),
                champion: Some("champion".into()),
                ..RawPredictions::default()
            },
            champion_required: true,
            metrics: Vec::new(),
            resamples: 200,
            level: 0.95,
            fetched: Fetched::default(),
        }
    }

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/eval").join(name)
    }

    #[test]
    fn every_metric_comes_with_interval_and_difference() {
        for (name, task) in [("binary.csv", Task::Binary), ("regression.csv", Task::Regression)] {
            let out = run(&input(&fixture(name), task)).expect("evaluates");
            let metrics = Metric::of_task(task).count();
            assert_eq!(out.metrics.len(), metrics, "{:?}", out.undefined);
            assert_eq!((out.intervals.len(), out.differences.len()), (metrics, metrics));
            for (metric, found) in &out.intervals {
                let inside = found.interval.low..=found.interval.high;
                assert!(inside.contains(&found.value) || *metric == Metric::ECE, "{found:?}");
            }
        }
    }

    #[test]
    fn models_that_never_disagree_on_few_rows_are_not_shown_to_be_alike() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("p.csv");
        let rows: String =
            (0..60).map(|i| format!("{},0.{},0.{}5\n", i % 2, 1 + i % 9, 1 + i % 9)).collect();
        std::fs::write(&file, format!("y_true,challenger,champion\n{rows}")).expect("writes");
        let out = run(&input(&file, Task::Binary)).expect("evaluates");
        let interval = out.differences[&Metric::ACCURACY].interval;
        assert!(interval.low < -0.02 && interval.high > 0.02, "{interval:?}");
    }

    #[test]
    fn metrics_can_be_asked_for_by_name() {
        let ask = |names: &[&str]| {
            let metrics = names.iter().map(|name| name.parse().expect("a metric")).collect();
            run(&EvaluateInput { metrics, ..input(&fixture("binary.csv"), Task::Binary) })
        };
        let out = ask(&["gini", "lift-0.05"]).expect("evaluates");
        assert_eq!(out.metrics.keys().map(|m| m.name()).collect::<Vec<_>>(), ["gini", "lift-0.05"]);
        let best = out.thresholds[&Metric::F1];
        assert!(best.value > 0.94 && best.threshold > 0.0 && best.threshold < 1.0, "{best:?}");
        let error = ask(&["gini", "rmse"]).expect_err("is of another task");
        assert!(error.to_string().contains("`rmse` is no metric of a binary task"), "{error}");
    }

    #[test]
    fn rows_that_show_nothing_are_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("p.csv");
        for text in ["y_true,challenger,champion\n", "y_true,challenger,champion\n1,0.2,0.1\n"] {
            std::fs::write(&file, text).expect("writes");
            assert!(run(&input(&file, Task::Binary)).is_err(), "{text}");
        }
        std::fs::write(&file, "y_true,challenger\n1,0.2\n0,0.1\n").expect("writes");
        let error = run(&input(&file, Task::Binary)).expect_err("has no champion");
        assert!(error.to_string().contains("no column `champion`"));
    }
}
