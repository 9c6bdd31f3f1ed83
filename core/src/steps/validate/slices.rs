//! One metric over groups of rows, and the two models side by side.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::outcome::{MetricPair, SliceRow, Slices};
use crate::data::{Categories, Values};
use crate::domain::metric::{Direction, Metrics};
use crate::gates::Predictions;
use crate::gates::evidence::MIN_ROWS;
use crate::stats::{Metric, decimal, measure};

/// The metric over each value of each slice column, what hurts most first; none when there are no
/// slice columns.
pub(super) fn slices(predictions: &Predictions, metric: Metric) -> Option<Slices> {
    if predictions.columns.is_empty() {
        return None;
    }
    let mut out = Slices { metric, rows: Vec::new(), left_out: 0 };
    for column in &predictions.columns {
        let Values::Category(categories) = &column.values else { continue };
        for (code, level) in categories.levels.iter().enumerate() {
            match slice(predictions, metric, &rows_of(categories, code as u32)) {
                Some(row) => {
                    out.rows.push(SliceRow {
                        column: column.name.clone(),
                        level: level.clone(),
                        ..row
                    });
                }
                None => out.left_out += 1,
            }
        }
    }
    out.rows.sort_by(|a, b| hurt(metric, a, b));
    Some(out)
}

fn rows_of(categories: &Categories, code: u32) -> Vec<usize> {
    let rows = categories.codes.iter().enumerate();
    rows.filter(|(_, c)| **c == code).map(|(i, _)| i).collect()
}

fn slice(predictions: &Predictions, metric: Metric, rows: &[usize]) -> Option<SliceRow> {
    if rows.len() < MIN_ROWS {
        return None;
    }
    let group = predictions.subset(rows);
    let challenger = measure(metric, group.challenger()).ok()?;
    let champion = group.champion().and_then(|sample| measure(metric, sample).ok());
    Some(SliceRow {
        column: String::new(),
        level: String::new(),
        rows: rows.len(),
        challenger,
        champion,
        gain: champion.map(|champion| gain(metric.direction(), challenger, champion)),
    })
}

/// By how much the challenger is better.
pub(super) fn gain(direction: Direction, challenger: f64, champion: f64) -> f64 {
    match direction {
        Direction::HigherIsBetter => decimal::difference(challenger, champion),
        Direction::LowerIsBetter => decimal::difference(champion, challenger),
    }
}

/// Largest loss against the champion first; without a champion, the worst value first.
fn hurt(metric: Metric, a: &SliceRow, b: &SliceRow) -> Ordering {
    let goodness = |row: &SliceRow| match metric.direction() {
        Direction::HigherIsBetter => row.challenger,
        Direction::LowerIsBetter => -row.challenger,
    };
    match (a.gain, b.gain) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a_gain, b_gain) => b_gain
            .is_some()
            .cmp(&a_gain.is_some())
            .then_with(|| goodness(a).total_cmp(&goodness(b))),
    }
}

/// Every metric of the task that has a value on the predictions.
pub(super) fn computed(predictions: &Predictions) -> Vec<MetricPair> {
    Metric::of_task(predictions.task)
        .map(|metric| MetricPair {
            name: metric.name().to_owned(),
            direction: Some(metric.direction()),
            challenger: measure(metric, predictions.challenger()).ok(),
            champion: predictions.champion().and_then(|sample| measure(metric, sample).ok()),
        })
        .filter(|pair| pair.challenger.is_some() || pair.champion.is_some())
        .collect()
}

/// The metrics of the packages.
pub(super) fn packaged(challenger: &Metrics, champion: Option<&Metrics>) -> Vec<MetricPair> {
    let names: BTreeSet<&String> =
        challenger.keys().chain(champion.into_iter().flat_map(|m| m.keys())).collect();
    names
        .into_iter()
        .map(|name| MetricPair {
            name: name.clone(),
            direction: name.parse::<Metric>().ok().map(Metric::direction),
            challenger: challenger.get(name).copied(),
            champion: champion.and_then(|m| m.get(name).copied()),
        })
        .collect()
}
