//! What was seen of both sides becomes the answer: which columns drifted, whether the data set did,
//! and in which order all is told.

use super::column::Looked;
use super::correlation::{self, CorrelationChange, Sampled};
use super::kinds::{self, GuessedKind};
use super::outcome::{CompareOutcome, ComparedColumn};
use super::rows;
use super::run::CompareInput;
use super::summary::{summary, too_few};
use crate::config::valid::MonitorConfig;
use crate::domain::drift::{ColumnKind, DriftStatus, Side};
use crate::stats::drift::presets::{self, Compared, Preset, Rule, Thresholds};

/// Numeric columns whose correlations are looked at.
pub(super) const CORRELATED: usize = 100;

/// What was seen of both sides.
#[derive(Default)]
pub(super) struct All {
    pub(super) looked: Vec<Looked>,
    pub(super) findings: Vec<String>,
    pub(super) guessed: Vec<GuessedKind>,
    /// Of each row, column by column, where they are counted.
    pub(super) hashes: Vec<(Vec<u64>, Vec<u64>)>,
}

/// Decides the columns and the data set, and completes the outcome.
pub(super) fn settle(
    input: &CompareInput<'_>,
    (baseline_rows, rows): (u64, u64),
    All { mut looked, mut findings, guessed, hashes }: All,
) -> CompareOutcome {
    let config = input.config;
    let own = input.preset == Preset::Outerloop;
    let rule = if own { Rule::Columns(config.min_columns) } else { input.preset.rule() };
    findings.extend(rows::finding(hashes));
    let correlations = correlations(&mut looked, &mut findings, config.significance);
    let mut compared: Vec<Compared> =
        looked.iter_mut().map(|l| std::mem::take(&mut l.compared)).collect();
    presets::data_set(&mut compared, &thresholds(config), rule);
    let needed = if own { config.min_rows } else { 1 };
    let few = too_few((baseline_rows, rows), needed);
    let enough = few.is_none();
    if own {
        compared.iter_mut().for_each(count_as_drift);
    }
    let drift = holds(&compared, rule);
    let comparable =
        compared.iter().any(|c| c.drifted || c.measures.iter().any(|m| m.value.is_some()));
    let status = match (enough && comparable, drift) {
        (false, _) => DriftStatus::Inconclusive,
        (true, true) => DriftStatus::Drift,
        (true, false) => DriftStatus::Ok,
    };
    let mut outcome = CompareOutcome {
        preset: input.preset,
        status,
        baseline_rows,
        rows,
        columns: Vec::with_capacity(looked.len()),
        bins: Default::default(),
        findings,
        correlations,
        guessed,
        rule: in_words(rule),
        summary: Vec::new(),
    };
    for (looked, compared) in looked.into_iter().zip(compared) {
        outcome.add(looked, compared, enough);
    }
    outcome.columns.sort_by(|a, b| rank(b).total_cmp(&rank(a)).then_with(|| a.name.cmp(&b.name)));
    outcome.summary = summary(&outcome, few);
    outcome
}

/// Correlations that changed, of the first [`CORRELATED`] numeric columns.
fn correlations(
    looked: &mut [Looked],
    findings: &mut Vec<String>,
    significance: f64,
) -> Vec<CorrelationChange> {
    let sampled: Vec<Sampled> = looked.iter_mut().filter_map(|l| l.sampled.take()).collect();
    if sampled.len() > CORRELATED {
        let all = sampled.len();
        findings.push(format!("correlations: only those of the first {CORRELATED} of {all} numeric columns were looked at"));
    }
    let few = &sampled[..sampled.len().min(CORRELATED)];
    correlation::changes(few, significance)
}

/// The default preset takes a lost column and another type for drift; the peers stop or say nothing.
fn count_as_drift(column: &mut Compared) {
    let broken = |n: &String| n.starts_with("missing-column") || n.starts_with("type-changed");
    let (fired, notes): (Vec<String>, Vec<String>) =
        std::mem::take(&mut column.notes).into_iter().partition(broken);
    column.drifted |= !fired.is_empty();
    column.reasons.extend(fired);
    column.notes = notes;
}

impl CompareOutcome {
    fn add(&mut self, looked: Looked, compared: Compared, enough: bool) {
        if looked.kind == ColumnKind::Number {
            self.guessed.extend(kinds::guess(&looked.name, compared.bins.as_ref()));
        }
        let mut reasons = if enough { compared.reasons } else { Vec::new() };
        reasons.extend(compared.notes);
        if let Some(bins) = compared.bins {
            self.bins.insert(looked.name.clone(), bins);
        }
        self.columns.push(ComparedColumn {
            name: looked.name,
            kind: looked.kind,
            role: looked.role,
            metrics: looked.metrics,
            errors: Default::default(),
            measures: compared.measures,
            drifted: enough && compared.drifted,
            reasons,
        });
    }
}

fn holds(columns: &[Compared], rule: Rule) -> bool {
    let drifted = columns.iter().filter(|c| c.drifted).count();
    match rule {
        Rule::Columns(least) => drifted as u64 >= least,
        Rule::Share(least) => drifted as f64 / columns.len().max(1) as f64 >= least,
    }
}

/// When the data set drifts.
pub(super) fn in_words(rule: Rule) -> String {
    match rule {
        Rule::Columns(1) => "the data set drifts when a column does".to_owned(),
        Rule::Columns(least) => format!("the data set drifts when {least} columns do"),
        Rule::Share(least) => {
            format!("the data set drifts when {:.0} % of its columns do", least * 100.0)
        }
    }
}

fn thresholds(config: &MonitorConfig) -> Thresholds {
    Thresholds {
        psi: config.psi,
        jensen_shannon: config.jensen_shannon,
        ks: config.ks,
        wasserstein: config.wasserstein,
        null_rate: config.null_rate,
        out_of_range: config.out_of_range,
        new_categories: config.new_categories,
        significance: config.significance,
    }
}

/// Drifted ones first, of these the ones without numbers, then by how far the measure that decides
/// is from its threshold.
fn rank(column: &ComparedColumn) -> f64 {
    let far = column.measures.iter().filter_map(|m| {
        let (value, threshold) = m.value.zip(m.threshold)?;
        let far = match m.side {
            Side::Above => value / threshold.max(1e-12),
            Side::Below => threshold / value.max(1e-12),
        };
        Some(far.clamp(0.0, 1e6))
    });
    let far = far.fold(0.0, f64::max);
    match (column.drifted, column.measures.is_empty()) {
        (true, true) => 3e6,
        (true, false) => 1e6 + far,
        (false, _) => far.min(1e6),
    }
}
