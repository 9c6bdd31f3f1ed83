//! Labels that come later, joined by id to the predictions of this and earlier windows.

use std::collections::HashMap;
use std::path::PathBuf;

use super::align::{label_names, prediction};
use crate::config::valid::MonitorConfig;
use crate::data::read::{digest, read};
use crate::data::{Column, Columns, ReadOptions, Table, Values};
use crate::domain::error::{Error, Result};
use crate::domain::profile::{ColumnRole, Profile};
use crate::domain::window::Labels;

/// Labels with the predictions that they found.
pub(super) struct Joined {
    pub(super) labels: Labels,
    /// The true answers as they were read, one a match.
    pub(super) truth: Column,
    /// The predictions, one a match.
    pub(super) scores: Column,
}

/// Where labels and predictions are.
pub(super) struct Sources<'a> {
    pub(super) labels: &'a [PathBuf],
    /// The window, and those before it that are kept.
    pub(super) predictions: Vec<&'a dyn Columns>,
}

/// Joins. An id that comes twice, on either side, counts for nothing.
///
/// # Errors
/// No `monitor.id`; a file without the column of ids, of labels or of predictions; no id at all
/// that is on both sides.
pub(super) fn join(
    sources: &Sources<'_>,
    baseline: &Profile,
    config: &MonitorConfig,
) -> Result<Joined> {
    let id = config.id.as_deref().ok_or_else(|| {
        Error::config("--labels needs the column that identifies each row")
            .hint("name it in `monitor.id` of outerloop.yaml; it must be in both files")
    })?;
    let categories = vec![id.to_owned()];
    let options = ReadOptions { categories, text: config.text, ..ReadOptions::default() };
    let table = read(sources.labels, &options)?;
    let truth = truth(&table, baseline, config)?;
    let (labelled, twice_here) = places(&table, id)?;
    let mut scored: HashMap<String, Option<(usize, usize)>> = HashMap::new();
    for (part, table) in sources.predictions.iter().enumerate().filter(|(_, t)| t.rows() > 0) {
        let (found, _) = each(*table, id)?;
        for (row, name) in found {
            scored.entry(name).and_modify(|place| *place = None).or_insert(Some((part, row)));
        }
    }
    let (mut rows, mut pairs, mut unmatched, mut twice) = (Vec::new(), Vec::new(), 0, twice_here);
    for (name, row) in labelled {
        match scored.get(&name) {
            None => unmatched += 1,
            Some(None) => twice += 1,
            Some(Some(place)) => {
                rows.push(row);
                pairs.push(*place);
            }
        }
    }
    if pairs.is_empty() && table.rows > 0 {
        return Err(Error::input(format!(
            "no `{id}` of {} is the `{id}` of a prediction",
            table.source
        ))
        .hint("labels are joined to the window's rows, and of an endpoint to its kept windows"));
    }
    let matched = pairs.len() as u64;
    let labels =
        Labels { digest: digest(sources.labels)?, matched, unmatched, twice, alone: false };
    let scores = scores(&pairs, &sources.predictions, baseline, config)?;
    Ok(Joined {
        labels,
        truth: Column { name: truth.name.clone(), values: truth.values.at(&rows) },
        scores,
    })
}

/// What was joined, in words.
pub(super) fn note(labels: &Labels) -> String {
    let Labels { matched, unmatched, twice, .. } = labels;
    format!("labels: {matched} matched a prediction, {unmatched} did not, {twice} ids came twice")
}

fn truth<'a>(table: &'a Table, baseline: &Profile, config: &MonitorConfig) -> Result<&'a Column> {
    let names = label_names(baseline, config);
    let found = names.iter().find_map(|name| table.column(name));
    found.ok_or_else(|| match names.first() {
        Some(name) => match table.require(name) {
            Err(e) => e,
            Ok(_) => Error::internal("a column is there and is not"),
        },
        None => Error::config("--labels needs the column of the true answer")
            .hint("name it in `monitor.label` of outerloop.yaml"),
    })
}

/// The row of each id that comes once, in the order of the rows, and how many ids come more often.
fn places(table: &Table, id: &str) -> Result<(Vec<(String, usize)>, u64)> {
    let (all, _) = each(table, id)?;
    let mut times: HashMap<String, usize> = HashMap::new();
    for (_, name) in &all {
        *times.entry(name.clone()).or_default() += 1;
    }
    let twice = times.values().filter(|n| **n > 1).count() as u64;
    let once = all.into_iter().filter(|(_, name)| times.get(name) == Some(&1));
    Ok((once.map(|(row, name)| (name, row)).collect(), twice))
}

/// Every row that has an id, and how many have none.
fn each(current: &dyn Columns, id: &str) -> Result<(Vec<(usize, String)>, usize)> {
    let column = current.require(id)?;
    let rows = current.rows();
    let Values::Category(ids) = &column.values else {
        return Err(Error::internal(format!("`{id}` was read as numbers")));
    };
    let named: Vec<(usize, String)> =
        (0..rows).filter_map(|row| Some((row, ids.get(row)?.to_owned()))).collect();
    let without = rows - named.len();
    Ok((named, without))
}

/// The predictions at these places as numbers.
fn scores(
    pairs: &[(usize, usize)],
    tables: &[&dyn Columns],
    baseline: &Profile,
    config: &MonitorConfig,
) -> Result<Column> {
    let named = baseline.columns.iter().find(|c| c.role == ColumnRole::Prediction);
    let name = named.map_or("prediction", |c| c.name.as_str());
    let mut columns = Vec::with_capacity(tables.len());
    for table in tables {
        let names = table.names();
        let column = prediction(&names, name, config);
        if table.rows() > 0 && column.is_none() {
            return Err(Error::input(format!("{} has no column of predictions", table.source()))
                .hint("name it in `monitor.prediction` of outerloop.yaml"));
        }
        let column = column.map(|name| table.require(name)).transpose()?;
        let numbers = column.map(|column| super::performance::numbers(&column));
        columns.push(numbers.transpose().map_err(Error::input)?);
    }
    let value = |(part, row): &(usize, usize)| {
        columns[*part].as_ref().and_then(|v| v.get(*row).copied()).unwrap_or(f64::NAN)
    };
    Ok(Column { name: name.to_owned(), values: Values::Number(pairs.iter().map(value).collect()) })
}
