//! One metric over groups of rows, and the two models side by side.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::outcome::{MetricPair, SliceRow, Slices};
use crate::domain::metric::{Direction, Metrics, Task};
use crate::gates::Predictions;
use crate::gates::evidence::MIN_ROWS;
use crate::gates::gain_in_group;
use crate::gates::groups::{Group, Grouping, split};
use crate::stats::{Metric, Sample, decimal, measure, measure_all};

/// Groups of the table: as the gate `slices` makes them.
const GROUPING: Grouping = Grouping { quantiles: 4, min_rows: MIN_ROWS, most: 1000 };

/// Groups whose gain gets an interval: those that a report shows.
const WITH_INTERVAL: usize = 40;

/// The metric over each value of each slice column, what hurts most first; none when there are no
/// slice columns.
pub(super) fn slices(predictions: &Predictions, metric: Metric) -> Option<Slices> {
    if predictions.columns.is_empty() {
        return None;
    }
    let found = split(&predictions.columns, &GROUPING);
    let rows: Vec<Option<(SliceRow, &Group)>> = found
        .groups
        .par_iter()
        .map(|group| Some((slice(predictions, metric, group)?, group)))
        .collect();
    let left_out = found.small + found.beyond + rows.iter().filter(|row| row.is_none()).count();
    let mut rows: Vec<(SliceRow, &Group)> = rows.into_iter().flatten().collect();
    rows.sort_by(|(a, _), (b, _)| hurt(metric, a, b));
    rows.iter_mut().take(WITH_INTERVAL).par_bridge().for_each(|(row, group)| {
        let of = predictions.subset(&group.rows);
        row.interval = gain_in_group(metric, &of).ok().filter(|_| row.gain.is_some());
    });
    Some(Slices { metric, rows: rows.into_iter().map(|(row, _)| row).collect(), left_out })
}

fn slice(predictions: &Predictions, metric: Metric, group: &Group) -> Option<SliceRow> {
    let rows = predictions.subset(&group.rows);
    let challenger = measure(metric, rows.challenger()).ok()?;
    let champion = rows.champion().and_then(|sample| measure(metric, sample).ok());
    Some(SliceRow {
        column: group.column.clone(),
        level: group.level.clone(),
        rows: group.rows.len(),
        challenger,
        champion,
        gain: champion.map(|champion| gain(metric.direction(), challenger, champion)),
        interval: None,
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
    let task = predictions.task;
    let challenger = values(task, predictions.challenger());
    let champion = predictions.champion().map(|sample| values(task, sample)).unwrap_or_default();
    Metric::of_task(task)
        .map(|metric| MetricPair {
            name: metric.name().to_owned(),
            direction: Some(metric.direction()),
            challenger: challenger.get(&metric).copied(),
            champion: champion.get(&metric).copied(),
        })
        .filter(|pair| pair.challenger.is_some() || pair.champion.is_some())
        .collect()
}

fn values(task: Task, sample: Sample<'_>) -> BTreeMap<Metric, f64> {
    let all = measure_all(Metric::of_task(task), sample).unwrap_or_default();
    all.into_iter().filter_map(|(metric, value)| Some((metric, value.ok()?))).collect()
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
