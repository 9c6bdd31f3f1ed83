//! Two data sets, column by column.

use std::path::PathBuf;

use rayon::prelude::*;

use super::asked::{self, Asked};
use super::column::{Looked, Settings, look, without_numbers};
use super::correlation::{self, Sampled};
use super::kinds::GuessedKind;
use super::outcome::{CompareOutcome, ComparedColumn};
use super::remarks::{self, Remarked};
use super::side::{Only, Side};
use super::times::Done;
use super::{kinds, profiles, rows, times};
use crate::config::valid::MonitorConfig;
use crate::data::{Categories, Values, spare};
use crate::domain::drift::{ColumnKind, DriftStatus};
use crate::domain::error::Result;
use crate::domain::profile::ColumnRole;
use crate::stats::drift::presets::{self, Compared, Preset, Rule, Thresholds, complete_rows};

/// Numeric columns whose correlations are looked at.
const CORRELATED: usize = 100;
/// Rows up to which those that repeat are counted without being asked.
const COUNTED: u64 = 200_000;
/// Columns named in the summary.
const NAMED: usize = 20;
/// What is said where no column has a number.
pub(super) const NOTHING: &str = "no column of the baseline could be compared";

/// Two data sets, and how to compare them.
#[derive(Debug)]
pub struct CompareInput<'a> {
    /// Data to compare with: files, folders or patterns.
    pub baseline: &'a [PathBuf],
    /// Data to compare.
    pub current: &'a [PathBuf],
    /// Those of its rows that are compared; none: all.
    pub only: Option<&'a Only>,
    /// Columns that are categories: numeric ones, and those of times, which are left out else.
    pub categories: &'a [String],
    /// Thresholds and columns.
    pub config: &'a MonitorConfig,
    /// Which of these columns were named on the command line.
    pub asked: Asked<'a>,
    /// Whose rules are followed.
    pub preset: Preset,
    /// Whether every measure is worked out, not only those that decide.
    pub more: bool,
}

/// Compares two data sets exactly, all values of both.
///
/// # Errors
/// Data that cannot be read; a baseline without rows.
pub fn run(input: &CompareInput<'_>) -> Result<CompareOutcome> {
    if profiles::any(input) {
        return profiles::run(input);
    }
    let options = times::read_options(input);
    let (before, now) = rayon::join(
        || Side::open(input.baseline, &options, None),
        || Side::open(input.current, &options, input.only),
    );
    let (before, now) = (before?, now?);
    before.require_rows()?;
    let (mut names, current) = (before.names(), now.names());
    names.extend(current);
    names.extend(options.seen.of(&options.ignore).into_iter().map(str::to_owned));
    asked::check(input, &names.iter().map(String::as_str).collect::<Vec<_>>())?;
    let all = look_at_all(&before, &now, input)?;
    Ok(settle(input, (before.rows(), now.rows()), all))
}

/// What was seen of both sides.
#[derive(Default)]
struct All {
    looked: Vec<Looked>,
    findings: Vec<String>,
    guessed: Vec<GuessedKind>,
    /// Of each row, column by column, where they are counted.
    hashes: Vec<(Vec<u64>, Vec<u64>)>,
}

/// What becomes of one column.
enum Column {
    Compared(Vec<Looked>),
    Times { why: String, hashes: Option<(Vec<u64>, Vec<u64>)> },
}

fn settings(before: &Side, now: &Side, input: &CompareInput<'_>) -> Settings {
    let columns = before.names().len().min(CORRELATED);
    let pairs = (columns * columns / 2).max(1);
    let hashed = input.more || before.rows().max(now.rows()) <= COUNTED;
    let kept = (1_000_000 / pairs).clamp(1000, 10_000);
    Settings { preset: input.preset, more: input.more, kept, hashed }
}

fn look_at_all(before: &Side, now: &Side, input: &CompareInput<'_>) -> Result<All> {
    let mut all = All::default();
    let settings = settings(before, now, input);
    let (names, current) = (before.names(), now.names());
    if now.rows() == 0 {
        return Ok(all);
    }
    let keep = match input.preset {
        Preset::AzureMl => {
            Some(complete((before, now), &names, &current, input, &mut all.findings)?)
        }
        _ => None,
    };
    let columns: Vec<Column> = names
        .par_iter()
        .map(|name| {
            let role = role(name, input.config);
            let unread = Values::Number(Vec::new());
            let declared = before.declares_times(name) && now.declares_times(name);
            if declared
                && !settings.hashed
                && let Done::LeftOut(why) = judged((before, &unread), (now, &unread), name, input)
            {
                return Ok(Column::Times { why, hashes: None });
            }
            let a = before.column(name)?;
            if !current.contains(name) {
                let kind = kind(&a);
                let gone = "missing-column: the current data does not have it";
                return Ok(Column::Compared(match role {
                    ColumnRole::Label => Vec::new(),
                    _ => vec![without_numbers(name, kind, role, gone)],
                }));
            }
            let b = now.column(name)?;
            let looked = match judged((before, &a), (now, &b), name, input) {
                Done::LeftOut(why) => {
                    let hashes = settings.hashed.then(|| (rows::hashes(&a), rows::hashes(&b)));
                    return Ok(Column::Times { why, hashes });
                }
                Done::Changed(why) => vec![without_numbers(name, kind(&a), role, &why)],
                Done::Compared => match &keep {
                    None => look_with_confidence(name, role, &a, &b, &settings),
                    Some((left, right)) => {
                        let (a, b) = (only(&a, left), only(&b, right));
                        look_with_confidence(name, role, &a, &b, &settings)
                    }
                },
            };
            spare::give(a);
            spare::give(b);
            Ok(Column::Compared(looked))
        })
        .collect::<Result<_>>()?;
    for (name, column) in names.iter().zip(columns) {
        match column {
            Column::Compared(mut looked) => {
                all.hashes.extend(looked.iter_mut().filter_map(|l| l.hashes.take()));
                all.looked.extend(looked);
            }
            Column::Times { why, hashes } => {
                all.hashes.extend(hashes);
                all.guessed.push(times::guessed(name, &why));
            }
        }
    }
    for name in current.iter().filter(|n| !names.contains(n)) {
        all.findings
            .push(format!("new-column: the baseline does not have `{}`", name.escape_debug()));
    }
    if !settings.hashed {
        let rows = before.rows().max(now.rows());
        all.findings.push(format!(
            "rows-not-counted: repeated rows are not counted among {rows}; --all-measures does"
        ));
    }
    Ok(all)
}

/// Whether a column that both have is compared. Who names it as categories, as the prediction or as
/// the label wants it to be.
fn judged(
    (before, a): (&Side, &Values),
    (now, b): (&Side, &Values),
    name: &String,
    input: &CompareInput<'_>,
) -> Done {
    match role(name, input.config) {
        ColumnRole::Feature if !input.categories.contains(name) => {
            times::judge((a, before.declares_times(name)), (b, now.declares_times(name)))
        }
        _ => Done::Compared,
    }
}

fn role(name: &str, config: &MonitorConfig) -> ColumnRole {
    match Some(name) {
        n if n == config.prediction.as_deref() => ColumnRole::Prediction,
        n if n == config.label.as_deref() => ColumnRole::Label,
        _ => ColumnRole::Feature,
    }
}

fn kind(values: &Values) -> ColumnKind {
    match values {
        Values::Number(_) => ColumnKind::Number,
        Values::Category(_) => ColumnKind::Category,
    }
}

/// A prediction that is a probability is also looked at as a confidence: how far it is from ½.
fn look_with_confidence(
    name: &str,
    role: ColumnRole,
    a: &Values,
    b: &Values,
    settings: &Settings,
) -> Vec<Looked> {
    let mut found = vec![look(name, role, a, b, settings)];
    if let (ColumnRole::Prediction, Values::Number(x), Values::Number(y)) = (role, a, b) {
        let probability =
            |values: &[f64]| values.iter().all(|p| p.is_nan() || (0.0..=1.0).contains(p));
        if probability(x) && probability(y) {
            let sure =
                |values: &[f64]| Values::Number(values.iter().map(|p| p.max(1.0 - p)).collect());
            let settings = Settings { kept: 0, hashed: false, ..*settings };
            let name = format!("{name} (confidence)");
            found.push(look(&name, role, &sure(x), &sure(y), &settings));
        }
    }
    found
}

type Rows = (Vec<usize>, Vec<usize>);

/// The rows of either side that have a value in every column that is compared.
fn complete(
    (before, now): (&Side, &Side),
    names: &[String],
    current: &[String],
    input: &CompareInput<'_>,
    findings: &mut Vec<String>,
) -> Result<Rows> {
    let is_compared = |name: &&String| -> Result<bool> {
        if !before.may_hold_times(name) && !now.may_hold_times(name) {
            return Ok(true);
        }
        let (a, b) = (before.column(name)?, now.column(name)?);
        Ok(!matches!(judged((before, &a), (now, &b), name, input), Done::LeftOut(_)))
    };
    let mut shared = Vec::new();
    for name in names.iter().filter(|n| current.contains(n)) {
        if is_compared(&name)? {
            shared.push(name);
        }
    }
    let of = |side: &Side| -> Result<Vec<usize>> {
        let present = |name: &&String| side.column(name).map(|values| present(&values));
        let columns: Vec<Vec<bool>> = shared.par_iter().map(present).collect::<Result<_>>()?;
        Ok(complete_rows(&columns, usize::try_from(side.rows()).unwrap_or(0)))
    };
    let kept = (of(before)?, of(now)?);
    for (side, rows, kept) in
        [("baseline", before.rows(), kept.0.len()), ("current data", now.rows(), kept.1.len())]
    {
        if rows > kept as u64 {
            findings.push(format!("rows-dropped: {kept} of {rows} rows of the {side} have a value in every column; Azure Machine Learning looks at no others"));
        }
    }
    Ok(kept)
}

fn present(values: &Values) -> Vec<bool> {
    match values {
        Values::Number(v) => v.iter().map(|x| x.is_finite()).collect(),
        Values::Category(c) => c.codes.iter().map(|code| *code != Categories::NULL).collect(),
    }
}

fn only(values: &Values, rows: &[usize]) -> Values {
    match values {
        Values::Number(v) => Values::Number(rows.iter().map(|r| v[*r]).collect()),
        Values::Category(c) => Values::Category(Categories {
            levels: c.levels.clone(),
            codes: rows.iter().map(|r| c.codes[*r]).collect(),
        }),
    }
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

fn settle(
    input: &CompareInput<'_>,
    (baseline_rows, rows): (u64, u64),
    All { mut looked, mut findings, guessed, hashes }: All,
) -> CompareOutcome {
    let config = input.config;
    let own = input.preset == Preset::Outerloop;
    let rule = if own { Rule::Columns(config.min_columns) } else { input.preset.rule() };
    findings.extend(repeated(hashes));
    let sampled: Vec<Sampled> = looked.iter_mut().filter_map(|l| l.sampled.take()).collect();
    if sampled.len() > CORRELATED {
        let all = sampled.len();
        findings.push(format!("correlations: only those of the first {CORRELATED} of {all} numeric columns were looked at"));
    }
    let few = &sampled[..sampled.len().min(CORRELATED)];
    let correlations = correlation::changes(few, config.significance);
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

    /// Names of the columns that drifted; none while the answer is inconclusive.
    pub fn drifted(&self) -> Vec<String> {
        self.columns.iter().filter(|c| c.drifted).map(|c| c.name.clone()).collect()
    }
}

fn holds(columns: &[Compared], rule: Rule) -> bool {
    let drifted = columns.iter().filter(|c| c.drifted).count();
    match rule {
        Rule::Columns(least) => drifted as u64 >= least,
        Rule::Share(least) => drifted as f64 / columns.len().max(1) as f64 >= least,
    }
}

fn in_words(rule: Rule) -> String {
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

fn repeated(hashes: Vec<(Vec<u64>, Vec<u64>)>) -> Option<String> {
    let mut all: Option<(Vec<u64>, Vec<u64>)> = None;
    for hashes in hashes {
        let (before, now) =
            all.get_or_insert_with(|| (vec![0; hashes.0.len()], vec![0; hashes.1.len()]));
        rows::add(before, &hashes.0);
        rows::add(now, &hashes.1);
    }
    let (before, now) = all?;
    let (n, m) = (before.len().max(1) as f64, now.len().max(1) as f64);
    let (p, q) = (rows::repeated(before) as f64 / n, rows::repeated(now) as f64 / m);
    (q > p + 0.01).then(|| {
        let (p, q) = (p * 100.0, q * 100.0);
        format!(
            "repeated-rows: {q:.1} % of the rows repeat an earlier one, {p:.1} % of the baseline's"
        )
    })
}

/// Drifted ones first, of these the ones without numbers, then by how far the measure that decides
/// is from its threshold.
fn rank(column: &ComparedColumn) -> f64 {
    let far = column.measures.iter().filter_map(|m| {
        let (value, threshold) = m.value.zip(m.threshold)?;
        let far = match m.side {
            crate::domain::drift::Side::Above => value / threshold.max(1e-12),
            crate::domain::drift::Side::Below => threshold / value.max(1e-12),
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

fn remarked(column: &ComparedColumn) -> Remarked<'_> {
    Remarked {
        name: &column.name,
        drifted: column.drifted,
        compared: column.measures.iter().any(|m| m.value.is_some()),
        reasons: &column.reasons,
    }
}

/// Says which side has too few rows for an answer, the current data first.
pub(super) fn too_few((baseline, current): (u64, u64), least: u64) -> Option<String> {
    let least = least.max(1);
    let said = |rows: u64| {
        let unit = if rows == 1 { "row" } else { "rows" };
        format!("{rows} {unit}, at least {least} are needed")
    };
    if current < least {
        return Some(format!("too-few-rows: {}", said(current)));
    }
    (baseline < least)
        .then(|| format!("too-few-baseline-rows: the baseline has {}", said(baseline)))
}

fn summary(found: &CompareOutcome, few: Option<String>) -> Vec<String> {
    let drifted: Vec<&ComparedColumn> = found.columns.iter().filter(|c| c.drifted).collect();
    let remarked: Vec<Remarked<'_>> = found.columns.iter().map(remarked).collect();
    let (some, all, rows) = (drifted.len(), remarks::compared(&remarked), found.rows);
    let mut lines = vec![match found.status {
        DriftStatus::Inconclusive => few.unwrap_or_else(|| NOTHING.to_owned()),
        DriftStatus::Drift => format!("{some} of {all} columns drifted over {rows} rows"),
        DriftStatus::Ok if some > 0 => {
            format!("{some} of {all} columns drifted over {rows} rows; {}", found.rule)
        }
        DriftStatus::Ok => format!("none of {all} columns drifted over {rows} rows"),
    }];
    lines.extend(
        drifted.iter().take(NAMED).map(|c| format!("{}: {}", c.name, c.reasons.join("; "))),
    );
    if some > NAMED {
        lines.push(format!("and {} more columns", some - NAMED));
    }
    lines.extend(remarks::lines(&remarked));
    lines.extend(found.findings.iter().cloned());
    for change in found.correlations.iter().take(3) {
        let (a, b, kind) = (&change.a, &change.b, change.coefficient);
        let (before, now) = (change.baseline, change.current);
        lines.push(format!(
            "correlation-changed: {kind} of `{a}` and `{b}` is {now:.2}, {before:.2} before"
        ));
    }
    lines
}
