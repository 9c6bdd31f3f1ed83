//! Current rows against the rows of a baseline, by a preset of measures, in the place of the profile.

use std::path::PathBuf;

use super::align::{label, label_names};
use super::assess::Assessment;
use super::awaited::Awaited;
use super::judge::SCHEMA;
use super::span::Selected;
use crate::config::valid::MonitorConfig;
use crate::domain::drift::{ColumnDrift, DriftStatus, Measured, Side};
use crate::domain::error::Result;
use crate::domain::profile::{ColumnRole, ColumnValues, Profile};
use crate::domain::signal::{Basis, Signal, SignalKind, SignalVerdict};
use crate::stats::drift::presets::Preset;
use crate::steps::compare::summary::too_few;
use crate::steps::compare::{self, Asked, CompareInput, ComparedColumn};

/// The rows of a baseline, and whose rules are followed.
#[derive(Debug, Clone)]
pub struct Against {
    /// Files, folders or patterns.
    pub baseline: Vec<PathBuf>,
    /// Whose measures and thresholds.
    pub preset: Preset,
    /// Columns of those files that are no part of the profile.
    pub ignore: Vec<String>,
}

/// What the comparison gave, and the preset's numbers as signals. The current data is read again;
/// `selected` has those of its rows that count.
///
/// # Errors
/// Data that cannot be read.
pub(super) fn assess(
    against: &Against,
    current: &[PathBuf],
    selected: &Selected,
    profile: &Profile,
    config: &MonitorConfig,
) -> Result<(Assessment, Vec<Signal>)> {
    let names = profile.columns.iter().filter(|c| matches!(c.values, ColumnValues::Category(_)));
    let categories: Vec<String> = names.map(|c| c.name.clone()).collect();
    let compared = compare::run(&CompareInput {
        baseline: &against.baseline,
        current,
        categories: &categories,
        asked: Asked::default(),
        only: selected.only.as_ref(),
        config: &named(against, profile, config),
        preset: against.preset,
        more: false,
    })?;
    let conclusive = compared.status != DriftStatus::Inconclusive;
    let signals = compared.columns.iter().flat_map(|c| signals(c, conclusive)).collect();
    let columns = compared.columns.into_iter().map(|c| ColumnDrift {
        name: c.name,
        kind: c.kind,
        role: c.role,
        metrics: c.metrics,
        errors: c.errors,
        drifted: c.drifted,
        reasons: c.reasons,
    });
    let mut summary = compared.summary;
    summary.push(format!("by the preset {}: {}", against.preset.as_str(), compared.rule));
    let assessment = Assessment {
        status: compared.status,
        baseline_rows: compared.baseline_rows,
        rows: compared.rows,
        few: too_few((compared.baseline_rows, compared.rows), 1),
        columns: columns.collect(),
        bins: compared.bins,
        summary,
        awaited: None,
    };
    let names = selected.data.names();
    let there = |name: &str| selected.data.rows() == 0 || label(&names, name, config).is_some();
    Ok((assessment.awaiting(Awaited::of(profile, config, there)), signals))
}

/// The settings with the names of the profile's prediction and label, and with what is no part of
/// the comparison left out.
fn named(against: &Against, profile: &Profile, config: &MonitorConfig) -> MonitorConfig {
    let mut config = config.clone();
    let label = label_names(profile, &config).first().map(|name| (*name).to_owned());
    config.ignore.extend(against.ignore.iter().chain(&config.time).chain(&config.id).cloned());
    config.label = label;
    let known = profile.columns.iter().find(|c| c.role == ColumnRole::Prediction);
    if let Some(known) = known {
        config.prediction.get_or_insert_with(|| known.name.clone());
    }
    config
}

/// The numbers of a column that decide, as signals.
fn signals(column: &ComparedColumn, conclusive: bool) -> Vec<Signal> {
    let kind = match column.role {
        ColumnRole::Prediction => SignalKind::Prediction,
        ColumnRole::Feature | ColumnRole::Label => SignalKind::Drift,
    };
    let decides = |m: &&Measured| m.threshold.is_some();
    if column.measures.is_empty() {
        return vec![broken(column)];
    }
    column.measures.iter().filter(decides).map(|m| signal(column, kind, m, conclusive)).collect()
}

/// A column that is missing or changed its type: the peers' presets only mention it.
fn broken(column: &ComparedColumn) -> Signal {
    let drifted = column.drifted;
    Signal {
        name: Signal::name_of(SignalKind::Quality, Some(&column.name), SCHEMA),
        kind: SignalKind::Quality,
        column: Some(column.name.clone()),
        metric: SCHEMA.to_owned(),
        value: drifted.then_some(1.0),
        low: None,
        high: None,
        above: drifted.then_some(0.0),
        below: None,
        basis: Basis::Preset,
        verdict: if drifted { SignalVerdict::Breach } else { SignalVerdict::Inconclusive },
        why: column.reasons.join("; "),
    }
}

fn signal(
    column: &ComparedColumn,
    kind: SignalKind,
    measured: &Measured,
    conclusive: bool,
) -> Signal {
    let breach = measured.fired && column.drifted;
    let (verdict, why) = match (conclusive && measured.value.is_some(), breach) {
        (false, _) => (SignalVerdict::Inconclusive, "too little to say".to_owned()),
        (true, true) => (SignalVerdict::Breach, column.reasons.join("; ")),
        (true, false) => (SignalVerdict::Ok, String::new()),
    };
    Signal {
        name: Signal::name_of(kind, Some(&column.name), measured.measure),
        kind,
        column: Some(column.name.clone()),
        metric: measured.measure.to_owned(),
        value: measured.value,
        low: None,
        high: None,
        above: measured.threshold.filter(|_| measured.side == Side::Above),
        below: measured.threshold.filter(|_| measured.side == Side::Below),
        basis: Basis::Preset,
        verdict,
        why,
    }
}
