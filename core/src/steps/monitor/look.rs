//! Each column of the current data compared with the baseline's, one column after the other, so that
//! no more than the columns that are being looked at are in memory.

use std::borrow::Cow;

use rayon::prelude::*;

use super::align::{Now, Pair, holds_times_now, pair};
use crate::config::valid::MonitorConfig;
use crate::data::profile::counts_by_name;
use crate::data::{Categories, Column, Columns, Values, spare};
use crate::domain::error::Result;
use crate::domain::profile::{ColumnProfile, ColumnRole, ColumnValues, Profile};
use crate::stats::drift::confidence::{compare_confidence, name_of};
use crate::stats::drift::profile::{Comparison, Current, compare};

/// A column of the baseline and what became of it.
#[derive(Debug, Clone)]
pub(super) struct Seen<'a> {
    pub(super) baseline: Cow<'a, ColumnProfile>,
    /// Whether the current data has the column.
    pub(super) present: bool,
    /// How both compare; none where they cannot be compared.
    pub(super) found: Option<Comparison>,
}

/// What was seen of the current data.
#[derive(Debug, Default)]
pub(super) struct Looked<'a> {
    /// The columns, once for all rows, or once for each of the parts that were asked for.
    pub(super) seen: Vec<Vec<Seen<'a>>>,
    /// Columns that hold times now and are not compared.
    pub(super) times: Vec<String>,
}

/// Which rows are looked at together.
#[derive(Clone, Copy)]
pub(super) enum Rows<'a> {
    All,
    /// Those at these places, each part for itself.
    Parts(&'a [Vec<usize>]),
}

impl Rows<'_> {
    fn count(self) -> usize {
        match self {
            Self::All => 1,
            Self::Parts(parts) => parts.len(),
        }
    }

    fn each<T>(self, values: &Values, look: impl Fn(&Values) -> T) -> Vec<T> {
        match self {
            Self::All => vec![look(values)],
            Self::Parts(parts) => parts.iter().map(|places| look(&values.at(places))).collect(),
        }
    }
}

/// Looks at every column of the baseline; at none where there is no row.
///
/// # Errors
/// Data that cannot be read.
pub(super) fn look<'a>(
    baseline: &'a Profile,
    current: &dyn Columns,
    joined: Option<&'a Column>,
    rows: Rows<'_>,
    config: &MonitorConfig,
) -> Result<Looked<'a>> {
    let pairs = match current.rows() {
        0 => Vec::new(),
        _ => pair(baseline, current, joined, config),
    };
    let all: Vec<Looked<'a>> =
        pairs.par_iter().map(|pair| one(pair, current, rows, config)).collect::<Result<_>>()?;
    let mut looked = Looked { seen: vec![Vec::new(); rows.count()], times: Vec::new() };
    for one in all {
        looked.times.extend(one.times);
        looked.seen.iter_mut().zip(one.seen).for_each(|(all, seen)| all.extend(seen));
    }
    Ok(looked)
}

fn one<'a>(
    pair: &Pair<'a>,
    current: &dyn Columns,
    rows: Rows<'_>,
    config: &MonitorConfig,
) -> Result<Looked<'a>> {
    let column = match &pair.current {
        Now::Missing => None,
        Now::Joined(column) => Some(Cow::Borrowed(*column)),
        Now::Named(name) => current.look(name)?,
    };
    let Some(column) = column else {
        let lost = Seen { baseline: Cow::Borrowed(pair.baseline), present: false, found: None };
        return Ok(Looked { seen: vec![vec![lost]; rows.count()], times: Vec::new() });
    };
    if holds_times_now(pair.baseline, current, &column) {
        let times = vec![column.name.clone()];
        return Ok(Looked { seen: vec![Vec::new(); rows.count()], times });
    }
    let seen = rows.each(&column.values, |values| beside(pair.baseline, values, config));
    if let Cow::Owned(column) = column {
        spare::give(column.values);
    }
    Ok(Looked { seen, times: Vec::new() })
}

/// A column, and of predictions that are probabilities their confidence.
fn beside<'a>(
    baseline: &'a ColumnProfile,
    values: &Values,
    config: &MonitorConfig,
) -> Vec<Seen<'a>> {
    let found = compared(baseline, values);
    let mut seen = vec![Seen { baseline: Cow::Borrowed(baseline), present: true, found }];
    if let Values::Number(numbers) = values {
        seen.extend(confidence(baseline, &Current::Numbers(numbers), config));
    }
    seen
}

/// The confidence of predictions, beside the predictions themselves.
pub(super) fn confidence<'a>(
    baseline: &ColumnProfile,
    current: &Current<'_>,
    config: &MonitorConfig,
) -> Option<Seen<'a>> {
    let wanted = baseline.role == ColumnRole::Prediction
        && !config.ignore.contains(&name_of(&baseline.name));
    let (derived, found) = wanted.then(|| compare_confidence(baseline, current)).flatten()?;
    Some(Seen { baseline: Cow::Owned(derived), present: true, found: Some(found) })
}

pub(super) fn compared(baseline: &ColumnProfile, values: &Values) -> Option<Comparison> {
    let nothing = is_all_null(values);
    match (&baseline.values, values) {
        (ColumnValues::Number(_), Values::Number(numbers)) => {
            compare(baseline, &Current::Numbers(numbers))
        }
        (ColumnValues::Number(_), Values::Category(c)) if nothing => {
            compare(baseline, &Current::Numbers(&vec![f64::NAN; c.codes.len()]))
        }
        (ColumnValues::Number(_), Values::Category(_)) => None,
        (ColumnValues::Category(_), values) => {
            let levels = as_categories(values);
            let counts = counts_by_name(&levels);
            let nulls = levels.codes.len() as u64 - counts.values().sum::<u64>();
            compare(baseline, &Current::Levels { counts: &counts, nulls })
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
