//! Current data assessed against a baseline profile: per column and as a whole.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rayon::prelude::*;

use super::awaited::{self, Awaited};
use super::look::{Rows, Seen, compared, confidence, look};
use super::signals;
use crate::config::valid::MonitorConfig;
use crate::data::{Column, Columns, Values, index};
use crate::domain::drift::{ColumnDrift, ColumnKind, DriftStatus};
use crate::domain::error::Result;
use crate::domain::profile::{ColumnProfile, ColumnRole, ColumnValues, Profile};
use crate::stats::drift::profile::{Bins, Comparison, Current, compare};
use crate::steps::compare::remarks::{self, Remarked};
use crate::steps::compare::summary::{NOTHING, too_few};

/// What the comparison of a table with a baseline gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The answer.
    pub status: DriftStatus,
    /// Rows of the baseline.
    pub baseline_rows: u64,
    /// Rows looked at.
    pub rows: u64,
    /// Which side has too few rows for an answer, in plain words.
    pub few: Option<String>,
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

/// Compares the current data with `baseline`.
///
/// A distance above its threshold counts only when the test of the same column is significant
/// after Holm's correction over all columns: a threshold alone alarms on small windows, a test
/// alone on large ones. With fewer rows than `min-rows` on either side nothing fires and the answer
/// is inconclusive; so it is when no column can be compared.
///
/// # Errors
/// Data that cannot be read.
pub fn assess(
    baseline: &Profile,
    current: &dyn Columns,
    config: &MonitorConfig,
) -> Result<Assessment> {
    assess_beside(baseline, current, None, config)
}

/// The same with labels that were joined to the rows, where the data itself has none.
pub(super) fn assess_beside(
    baseline: &Profile,
    current: &dyn Columns,
    joined: Option<&Column>,
    config: &MonitorConfig,
) -> Result<Assessment> {
    let rows = current.rows() as u64;
    let labels = awaited::enough(joined, config);
    let mut looked = look(baseline, current, labels, Rows::All, config)?;
    let seen = looked.seen.pop().unwrap_or_default();
    let mut judged = judged(seen, (baseline.rows, rows), config);
    judged.summary.extend(looked.times.iter().map(|name| {
        let name = name.escape_debug();
        format!("times: `{name}` holds times and is not compared; the profile has numbers of it, make it again")
    }));
    let names = current.names();
    let awaited = Awaited::beside(baseline, config, &names, joined).filter(|_| rows > 0);
    Ok(judged.awaiting(awaited))
}

/// The same for each of some parts of the rows by itself.
///
/// # Errors
/// Data that cannot be read.
pub(super) fn assess_parts(
    baseline: &Profile,
    current: &dyn Columns,
    parts: &[Vec<usize>],
    config: &MonitorConfig,
) -> Result<Vec<Assessment>> {
    let looked = look(baseline, current, None, Rows::Parts(parts), config)?;
    let rows = parts.iter().map(|places| places.len() as u64);
    let judged = |(seen, rows)| judged(seen, (baseline.rows, rows), config);
    Ok(looked.seen.into_iter().zip(rows).map(judged).collect())
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
    let rows = match &joined.values {
        Values::Number(values) => values.len(),
        Values::Category(categories) => categories.codes.len(),
    };
    let ignored = config.ignore.contains(&label.name);
    let found = compared(label, &joined.values);
    let seen = || Seen { baseline: Cow::Borrowed(label), present: true, found };
    (!ignored).then(|| judged(vec![seen()], (baseline.rows, rows as u64), config))
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
    let seen = columns.par_iter().flat_map_iter(|column| of_profile(column, current, config));
    let judged = judged(seen.collect(), (baseline.rows, current.rows), config);
    let there = |name: &str| current.rows == 0 || current.column(name).is_some();
    judged.awaiting(Awaited::of(baseline, config, there))
}

fn of_profile<'a>(
    column: &'a ColumnProfile,
    current: &Profile,
    config: &MonitorConfig,
) -> Vec<Seen<'a>> {
    let now = current.column(&column.name);
    let found = now.and_then(|now| compare(column, &Current::Profile(now)));
    let confidence = now.and_then(|now| confidence(column, &Current::Profile(now), config));
    let seen = Seen { baseline: Cow::Borrowed(column), present: now.is_some(), found };
    [seen].into_iter().chain(confidence).collect()
}

fn judged(seen: Vec<Seen<'_>>, (before, rows): (u64, u64), config: &MonitorConfig) -> Assessment {
    let few = too_few((before, rows), config.min_rows);
    let found: Vec<Option<Comparison>> = seen.iter().map(|seen| seen.found.clone()).collect();
    let tests = signals::significant(&found, config.significance);
    let mut bins = BTreeMap::new();
    let mut columns: Vec<ColumnDrift> = Vec::with_capacity(seen.len());
    for (seen, tests) in seen.into_iter().zip(tests) {
        let mut column = drift_of(&seen, tests, config);
        if few.is_some() {
            column.drifted = false;
            column.reasons.clear();
        }
        if let Some(drawn) = seen.found.and_then(|f| f.bins) {
            bins.insert(column.name.clone(), drawn);
        }
        columns.push(column);
    }
    columns.sort_by(|a, b| rank(b).total_cmp(&rank(a)).then_with(|| a.name.cmp(&b.name)));
    let status = status(&columns, few.is_none(), config);
    let summary = summary(status, &columns, (rows, &few), config);
    let awaited = None;
    Assessment { status, baseline_rows: before, rows, few, columns, bins, summary, awaited }
}

fn status(columns: &[ColumnDrift], enough: bool, config: &MonitorConfig) -> DriftStatus {
    let compared = |c: &ColumnDrift| c.drifted || has_distance(&c.metrics);
    let drifted = columns.iter().filter(|c| c.drifted).count() as u64;
    if !enough || !columns.iter().any(compared) {
        DriftStatus::Inconclusive
    } else if drifted >= config.min_columns {
        DriftStatus::Drift
    } else {
        DriftStatus::Ok
    }
}

fn drift_of(seen: &Seen<'_>, tests: signals::Significant, config: &MonitorConfig) -> ColumnDrift {
    let (baseline, found) = (&*seen.baseline, seen.found.as_ref());
    let mut reasons = match (seen.present, found) {
        (false, _) => vec!["missing-column: the current data does not have it".to_owned()],
        (true, None) => vec!["type-changed: it held numbers and holds text now".to_owned()],
        (true, Some(found)) => signals::fired(found, tests, config, &baseline.name),
    };
    let drifted = !reasons.is_empty();
    reasons.extend(found.map(signals::noticed).unwrap_or_default());
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
    (rows, few): (u64, &Option<String>),
    config: &MonitorConfig,
) -> Vec<String> {
    let drifted: Vec<&ColumnDrift> = columns.iter().filter(|c| c.drifted).collect();
    let remarked: Vec<Remarked<'_>> = columns.iter().map(remarked).collect();
    let (some, all) = (drifted.len(), remarks::compared(&remarked));
    let mut lines = vec![match status {
        DriftStatus::Inconclusive => few.clone().unwrap_or_else(|| NOTHING.to_owned()),
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
