//! Two data sets, column by column.

use std::path::PathBuf;

use rayon::prelude::*;

use super::asked::{self, Asked};
use super::column::{Looked, Settings, look_with_confidence, without_numbers};
use super::complete::{Rows, complete, only};
use super::outcome::CompareOutcome;
use super::settle::{All, CORRELATED, settle};
use super::side::{Only, Side};
use super::times::Done;
use super::{profiles, rows, times};
use crate::config::valid::MonitorConfig;
use crate::data::{Values, spare};
use crate::domain::drift::ColumnKind;
use crate::domain::error::Result;
use crate::domain::profile::ColumnRole;
use crate::stats::drift::presets::Preset;

/// Rows up to which those that repeat are counted without being asked.
const COUNTED: u64 = 200_000;

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
    if now.rows() == 0 {
        return Ok(all);
    }
    let settings = settings(before, now, input);
    let (names, current) = (before.names(), now.names());
    let kept = match input.preset {
        Preset::AzureMl => {
            Some(complete((before, now), &names, &current, input, &mut all.findings)?)
        }
        _ => None,
    };
    let look = Look { before, now, current: &current, input, settings, kept };
    let columns: Vec<Column> =
        names.par_iter().map(|name| look.column(name)).collect::<Result<_>>()?;
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

/// Both sides, and how their columns are looked at.
struct Look<'a> {
    before: &'a Side,
    now: &'a Side,
    /// Columns of the current data.
    current: &'a [String],
    input: &'a CompareInput<'a>,
    settings: Settings,
    /// The rows that are looked at; none: all.
    kept: Option<Rows>,
}

impl Look<'_> {
    /// A column of the baseline.
    fn column(&self, name: &String) -> Result<Column> {
        let Self { before, now, input, settings, .. } = self;
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
        if !self.current.contains(name) {
            return Ok(Column::Compared(gone(name, kind(&a), role)));
        }
        let b = now.column(name)?;
        let looked = match judged((before, &a), (now, &b), name, input) {
            Done::LeftOut(why) => {
                let hashes = settings.hashed.then(|| (rows::hashes(&a), rows::hashes(&b)));
                return Ok(Column::Times { why, hashes });
            }
            Done::Changed(why) => vec![without_numbers(name, kind(&a), role, &why)],
            Done::Compared => self.compared(name, role, &a, &b),
        };
        spare::give(a);
        spare::give(b);
        Ok(Column::Compared(looked))
    }

    fn compared(&self, name: &str, role: ColumnRole, a: &Values, b: &Values) -> Vec<Looked> {
        match &self.kept {
            None => look_with_confidence(name, role, a, b, &self.settings),
            Some((left, right)) => {
                let (a, b) = (only(a, left), only(b, right));
                look_with_confidence(name, role, &a, &b, &self.settings)
            }
        }
    }
}

/// A column that the current data does not have; labels may come later.
fn gone(name: &str, kind: ColumnKind, role: ColumnRole) -> Vec<Looked> {
    let why = "missing-column: the current data does not have it";
    match role {
        ColumnRole::Label => Vec::new(),
        _ => vec![without_numbers(name, kind, role, why)],
    }
}

/// Whether a column that both have is compared. Who names it as categories, as the prediction or as
/// the label wants it to be.
pub(super) fn judged(
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
