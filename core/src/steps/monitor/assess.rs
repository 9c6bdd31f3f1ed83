//! A table assessed against a baseline profile: per column and as a whole. Pure.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rayon::prelude::*;

use super::align::{Pair, pair, times_now};
use super::awaited::{self, Awaited};
use super::signals;
use crate::config::valid::MonitorConfig;
use crate::data::profile::counts_by_name;
use crate::data::{Categories, Column, Table, Values, index};
use crate::domain::drift::{ColumnDrift, ColumnKind, DriftStatus};
use crate::domain::profile::{ColumnProfile, ColumnRole, ColumnValues, Profile};
use crate::stats::drift::profile::{Bins, Comparison, Current, compare};
use crate::steps::compare::remarks::{self, Remarked};

/// What the comparison of a table with a baseline gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The answer.
    pub status: DriftStatus,
    /// Rows of the baseline.
    pub baseline_rows: u64,
    /// Rows looked at.
    pub rows: u64,
    /// Every column of the baseline that was looked at, what drifted most first.
    pub columns: Vec<ColumnDrift>,
    /// The shares behind the distances by column name, to draw.
    pub bins: BTreeMap<String, Bins>,
    /// The answer in plain words.
    pub summary: Vec<String>,
    /// Labels that are not there yet.
    pub awaited: Option<Awaited>,
}

impl Assessment {
    /// Names of the columns that drifted; none while the answer is inconclusive.
    pub fn drifted(&self) -> Vec<String> {
        self.columns.iter().filter(|c| c.drifted).map(|c| c.name.clone()).collect()
    }

    /// The same with labels that are not there yet, and a line that says so.
    pub(super) fn awaiting(mut self, awaited: Option<Awaited>) -> Self {
        self.summary.extend(awaited.iter().map(Awaited::line));
        self.awaited = awaited;
        self
    }
}

/// Compares `table` with `baseline`.
///
/// A distance above its threshold counts only when the test of the same column is significant
/// after Holm's correction over all columns: a threshold alone alarms on small windows, a test
/// alone on large ones. With fewer rows than `min-rows` nothing fires and the answer is
/// inconclusive; so it is when no column can be compared.
pub fn assess(baseline: &Profile, table: &Table, config: &MonitorConfig) -> Assessment {
    assess_beside(baseline, table, None, config)
}

/// The same with labels that were joined to the rows, where the table itself has none.
pub(super) fn assess_beside(
    baseline: &Profile,
    table: &Table,
    joined: Option<&Column>,
    config: &MonitorConfig,
) -> Assessment {
    let rows = table.rows as u64;
    let labels = awaited::enough(joined, config);
    let pairs = if rows == 0 { Vec::new() } else { pair(baseline, table, labels, config) };
    let seen = |pair: &Pair<'_>| (pair.current.is_some(), compared(pair));
    let found: Vec<(bool, Option<Comparison>)> = pairs.par_iter().map(seen).collect();
    let columns = pairs.iter().map(|pair| pair.baseline);
    let mut judged = judged(columns.zip(found).collect(), (baseline.rows, rows), config);
    let beside = |name: &&str| {
        let mut named = config.ignore.iter().chain(&config.time).chain(&config.id);
        !named.any(|other| other == name)
    };
    let times = times_now(baseline, table).into_iter().filter(beside);
    judged.summary.extend(times.map(|name| {
        let name = name.escape_debug();
        format!("times: `{name}` holds times and is not compared; the profile has numbers of it, make it again")
    }));
    judged.awaiting(Awaited::beside(baseline, config, table, joined).filter(|_| rows > 0))
}

/// The joined labels alone, against those of the baseline; none where there are too few of them,
/// or the baseline has none.
pub(super) fn assess_labels(
    baseline: &Profile,
    joined: &Column,
    config: &MonitorConfig,
) -> Option<Assessment> {
    let label = baseline.columns.iter().find(|c| c.role == ColumnRole::Label)?;
    let joined = awaited::enough(Some(joined), config)?;
    let pair = Pair { baseline: label, current: Some(joined) };
    let rows = match &joined.values {
        Values::Number(values) => values.len(),
        Values::Category(categories) => categories.codes.len(),
    };
    let ignored = config.ignore.contains(&label.name);
    (!ignored).then(|| {
        judged(vec![(label, (true, compared(&pair)))], (baseline.rows, rows as u64), config)
    })
}

/// Compares the profile `current` with `baseline`, by the same rules. Columns are paired by name.
pub fn assess_profile(baseline: &Profile, current: &Profile, config: &MonitorConfig) -> Assessment {
    let kept = |c: &&ColumnProfile| {
        let there = c.role != ColumnRole::Label || current.column(&c.name).is_some();
        let mut beside = config.ignore.iter().chain(&config.time).chain(&config.id);
        let left_out = beside.any(|name| *name == c.name) || index::is_index(&c.name);
        current.rows > 0 && there && !left_out
    };
    let columns: Vec<&ColumnProfile> = baseline.columns.iter().filter(kept).collect();
    let seen = |column: &&ColumnProfile| {
        let now = current.column(&column.name);
        (now.is_some(), now.and_then(|now| compare(column, &Current::Profile(now))))
    };
    let found: Vec<(bool, Option<Comparison>)> = columns.par_iter().map(seen).collect();
    let judged =
        judged(columns.into_iter().zip(found).collect(), (baseline.rows, current.rows), config);
    let there = |name: &str| current.rows == 0 || current.column(name).is_some();
    judged.awaiting(Awaited::of(baseline, config, there))
}

/// A column of the baseline, whether the current data has it, and how they compare.
type Seen<'a> = (&'a ColumnProfile, (bool, Option<Comparison>));

fn judged(seen: Vec<Seen<'_>>, (before, rows): (u64, u64), config: &MonitorConfig) -> Assessment {
    let found: Vec<Option<Comparison>> = seen.iter().map(|(_, (_, f))| f.clone()).collect();
    let enough = rows > 0 && rows >= config.min_rows;
    let tests = signals::significant(&found, config.significance);
    let mut bins = BTreeMap::new();
    let mut columns: Vec<ColumnDrift> = Vec::with_capacity(seen.len());
    for (((baseline, (present, _)), found), tests) in seen.iter().zip(found).zip(tests) {
        let mut column = drift_of((baseline, *present), found.as_ref(), tests, config);
        if !enough {
            column.drifted = false;
            column.reasons.clear();
        }
        if let Some(drawn) = found.and_then(|f| f.bins) {
            bins.insert(column.name.clone(), drawn);
        }
        columns.push(column);
    }
    columns.sort_by(|a, b| rank(b).total_cmp(&rank(a)).then_with(|| a.name.cmp(&b.name)));
    let status = status(&columns, enough, config);
    let summary = summary(status, &columns, rows, config);
    let awaited = None;
    Assessment { status, baseline_rows: before, rows, columns, bins, summary, awaited }
}

fn status(columns: &[ColumnDrift], enough: bool, config: &MonitorConfig) -> DriftStatus {
    let compared = |c: &ColumnDrift| c.drifted || !c.metrics.is_empty();
    let drifted = columns.iter().filter(|c| c.drifted).count() as u64;
    if !enough || !columns.iter().any(compared) {
        DriftStatus::Inconclusive
    } else if drifted >= config.min_columns {
        DriftStatus::Drift
    } else {
        DriftStatus::Ok
    }
}

fn compared(pair: &Pair<'_>) -> Option<Comparison> {
    let values = &pair.current?.values;
    let nothing = is_all_null(values);
    match (&pair.baseline.values, values) {
        (ColumnValues::Number(_), Values::Number(numbers)) => {
            compare(pair.baseline, &Current::Numbers(numbers))
        }
        (ColumnValues::Number(_), Values::Category(c)) if nothing => {
            compare(pair.baseline, &Current::Numbers(&vec![f64::NAN; c.codes.len()]))
        }
        (ColumnValues::Number(_), Values::Category(_)) => None,
        (ColumnValues::Category(_), values) => {
            let levels = as_categories(values);
            let counts = counts_by_name(&levels);
            let nulls = levels.codes.len() as u64 - counts.values().sum::<u64>();
            compare(pair.baseline, &Current::Levels { counts: &counts, nulls })
        }
    }
}

fn is_all_null(values: &Values) -> bool {
    match values {
        Values::Number(v) => v.iter().all(|x| x.is_nan()),
        Values::Category(c) => c.codes.iter().all(|code| *code == Categories::NULL),
    }
}

fn as_categories(values: &Values) -> Cow<'_, Categories> {
    match values {
        Values::Category(categories) => Cow::Borrowed(categories),
        Values::Number(numbers) => Cow::Owned(Categories::of_numbers(numbers)),
    }
}

fn drift_of(
    (baseline, present): (&ColumnProfile, bool),
    found: Option<&Comparison>,
    tests: signals::Significant,
    config: &MonitorConfig,
) -> ColumnDrift {
    let mut reasons = match (present, found) {
        (false, _) => vec!["missing-column: the current data does not have it".to_owned()],
        (true, None) => vec!["type-changed: it held numbers and holds text now".to_owned()],
        (true, Some(found)) => signals::fired(found, tests, config, &baseline.name),
    };
    let drifted = !reasons.is_empty();
    reasons.extend(found.and_then(signals::noticed));
    reasons.extend(found.filter(|_| !drifted).map(all_null).unwrap_or_default());
    ColumnDrift {
        name: baseline.name.clone(),
        kind: kind(baseline),
        role: baseline.role,
        metrics: found.map(|f| f.metrics.clone()).unwrap_or_default(),
        errors: found.map(|f| f.errors.clone()).unwrap_or_default(),
        drifted,
        reasons,
    }
}

fn kind(column: &ColumnProfile) -> ColumnKind {
    match column.values {
        ColumnValues::Number(_) => ColumnKind::Number,
        ColumnValues::Category(_) => ColumnKind::Category,
    }
}

/// Drifted ones first, of these the ones without numbers (missing, another type), then by PSI.
fn rank(column: &ColumnDrift) -> f64 {
    let distance = column.metrics.get("psi").copied().unwrap_or(0.0).clamp(0.0, 1e6);
    match (column.drifted, column.metrics.is_empty()) {
        (true, true) => 3e6,
        (true, false) => 1e6 + distance,
        (false, _) => distance,
    }
}

fn remarked(column: &ColumnDrift) -> Remarked<'_> {
    Remarked {
        name: &column.name,
        drifted: column.drifted,
        compared: has_distance(&column.metrics),
        reasons: &column.reasons,
    }
}

fn has_distance(metrics: &BTreeMap<String, f64>) -> bool {
    ["psi", "jensen-shannon", "ks"].iter().any(|name| metrics.contains_key(*name))
}

/// Said of a column that holds nothing on a side, where that is no drift.
fn all_null(found: &Comparison) -> Vec<String> {
    let sides = [("null-rate-baseline", "baseline"), ("null-rate-current", "current data")];
    let empty = |key: &str| found.metrics.get(key).is_some_and(|rate| *rate >= 1.0);
    let said = |(_, side)| format!("all-null: no value of the {side} is there");
    sides.into_iter().filter(|(key, _)| empty(key)).map(said).collect()
}

fn summary(
    status: DriftStatus,
    columns: &[ColumnDrift],
    rows: u64,
    config: &MonitorConfig,
) -> Vec<String> {
    let drifted: Vec<&ColumnDrift> = columns.iter().filter(|c| c.drifted).collect();
    let remarked: Vec<Remarked<'_>> = columns.iter().map(remarked).collect();
    let (some, all, needed) = (drifted.len(), remarks::compared(&remarked), config.min_rows);
    let mut lines = vec![match status {
        DriftStatus::Inconclusive if rows < needed || rows == 0 => {
            format!("too-few-rows: {rows} rows, at least {needed} are needed")
        }
        DriftStatus::Inconclusive => "no column of the baseline could be compared".to_owned(),
        DriftStatus::Drift => format!("{some} of {all} columns drifted over {rows} rows"),
        DriftStatus::Ok if some > 0 => format!(
            "{some} of {all} columns drifted over {rows} rows; {} would be drift",
            config.min_columns
        ),
        DriftStatus::Ok => format!("none of {all} columns drifted over {rows} rows"),
    }];
    let worst = |c: &&ColumnDrift| match c.role {
        ColumnRole::Feature => format!("{}: {}", c.name, c.reasons.join("; ")),
        ColumnRole::Prediction => format!("{} (prediction): {}", c.name, c.reasons.join("; ")),
        ColumnRole::Label => format!("{} (label): {}", c.name, c.reasons.join("; ")),
    };
    lines.extend(drifted.iter().take(20).map(worst));
    if some > 20 {
        lines.push(format!("and {} more columns", some - 20));
    }
    lines.extend(remarks::lines(&remarked));
    lines
}
