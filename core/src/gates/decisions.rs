//! What a model decides: the class that it answers.

use super::evidence::{Predictions, Scores};
use crate::domain::metric::Task;
use crate::domain::verdict::{Finding, Verdict};
use crate::stats::Undefined;

/// The index of the class that each row is answered with: of a binary task 1 where the score is at
/// or above the threshold, of a multiclass task the answer. A regression decides nothing.
pub(super) fn decisions(predictions: &Predictions, scores: &Scores) -> Vec<f64> {
    match predictions.task {
        Task::Binary => {
            let decide = |score: &f64| f64::from(*score >= predictions.threshold);
            scores.values.iter().map(decide).collect()
        }
        Task::Multiclass | Task::Regression => scores.values.clone(),
    }
}

/// The first label or score that is no finite number: NaN would count as a decision.
pub(super) fn unusable(predictions: &Predictions, models: &[&Scores]) -> Option<Undefined> {
    if predictions.rows() == 0 {
        return Some(Undefined::NoRows);
    }
    let find = |what: &'static str, values: &[f64]| {
        let row = values.iter().position(|v| !v.is_finite())?;
        Some(Undefined::NotFinite { what, row: row + 1, value: values[row] })
    };
    find("label", &predictions.labels)
        .or_else(|| models.iter().find_map(|scores| find("score", &scores.values)))
        .or_else(|| {
            let odd = |label: &f64| *label != 0.0 && *label != 1.0;
            let row = predictions.labels.iter().position(odd)?;
            let value = predictions.labels[row];
            (predictions.task == Task::Binary)
                .then_some(Undefined::NotBinary { row: row + 1, value })
        })
}

/// The finding for a gate that needs predictions and has none.
pub(super) fn no_predictions(gate: &str, subject: &str) -> Box<Finding> {
    let message = format!("{subject} cannot be judged without predictions");
    Box::new(
        Finding::new(gate, "no-predictions", Verdict::Inconclusive, message)
            .subject(subject)
            .hint("give --predictions FILE, or `predictions.path`"),
    )
}

/// The finding for a gate that needs the champion's scores and has none.
pub(super) fn no_champion_scores(gate: &str, subject: &str, predictions: &Predictions) -> Finding {
    let column = &predictions.champion_column;
    let message = format!("{} has no scores of the champion", predictions.source);
    Finding::new(gate, "no-champion-scores", Verdict::Inconclusive, message)
        .subject(subject)
        .hint(format!("score the same rows with the champion into a column `{column}`"))
}

/// The finding for rows that are too few.
pub(super) fn too_few(gate: &str, subject: &str, source: &str, why: &str) -> Finding {
    let message = format!("{source}: too few to judge by: {why}");
    Finding::new(gate, "too-few-rows", Verdict::Inconclusive, message)
        .subject(subject)
        .hint("give more labelled rows")
}
