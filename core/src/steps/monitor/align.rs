//! Which current column belongs to which column of the baseline.

use crate::config::valid::MonitorConfig;
use crate::data::{Column, Columns, ReadOptions, index, nearest};
use crate::domain::error::{Error, Result};
use crate::domain::profile::{ColumnProfile, ColumnRole, ColumnValues, Profile};

/// Name of the model's answer in a request log.
const LOGGED_PREDICTION: &str = "prediction";

/// How to read current data so that it can be compared with `baseline`: what was a category there
/// stays one, also where it is written as numbers.
pub fn read_options(baseline: &Profile, config: &MonitorConfig) -> ReadOptions {
    let category = |c: &&ColumnProfile| matches!(c.values, ColumnValues::Category(_));
    let mut categories: Vec<String> =
        baseline.columns.iter().filter(category).map(|c| c.name.clone()).collect();
    let prediction = baseline.columns.iter().find(|c| c.role == ColumnRole::Prediction);
    if prediction.as_ref().is_some_and(category) {
        categories.extend(config.prediction.clone());
        categories.push(LOGGED_PREDICTION.to_owned());
    }
    // As they are written: ids are no numbers, and times have many forms.
    categories.extend(config.time.iter().chain(&config.id).cloned());
    let (ignore, text) = (config.ignore.clone(), config.text);
    ReadOptions { categories, ignore, text, ..ReadOptions::default() }
}

/// A column of the baseline with the current one.
pub(super) struct Pair<'a> {
    pub(super) baseline: &'a ColumnProfile,
    pub(super) current: Now<'a>,
}

/// Where the current values of a column are.
pub(super) enum Now<'a> {
    /// Nowhere.
    Missing,
    /// In the column of this name.
    Named(String),
    /// In labels that were joined to the rows.
    Joined(&'a Column),
}

/// Pairs the columns of the baseline with the current ones, by name.
///
/// The prediction is also looked for under the configured name and the name that request logs use.
/// Where no feature is found by name and one logged tensor has as many columns (`x.0`, `x.1` …) as
/// the baseline has features, they are taken in order. A label that is not there yet is left out,
/// unless it is among the `joined` ones.
pub(super) fn pair<'a>(
    baseline: &'a Profile,
    current: &dyn Columns,
    joined: Option<&'a Column>,
    config: &MonitorConfig,
) -> Vec<Pair<'a>> {
    let beside = [&config.time, &config.id].map(|name| name.as_deref());
    let names = current.names();
    let left_out = |name: &String| {
        config.ignore.contains(name) || beside.contains(&Some(name)) || index::is_index(name)
    };
    let kept = || baseline.columns.iter().filter(|c| !left_out(&c.name));
    let features: Vec<&ColumnProfile> = kept().filter(|c| c.role == ColumnRole::Feature).collect();
    let by_place = if features.iter().all(|c| !names.contains(&&*c.name)) {
        tensor_columns(&names, features.len())
    } else {
        Vec::new()
    };
    let named = |name: &str| Now::Named(name.to_owned());
    let mut place = 0;
    kept()
        .filter_map(|column| {
            let name = column.name.as_str();
            let current = match column.role {
                ColumnRole::Feature => {
                    place += 1;
                    match by_place.get(place - 1) {
                        _ if names.contains(&name) => named(name),
                        Some(logged) => named(logged),
                        None => Now::Missing,
                    }
                }
                ColumnRole::Prediction => {
                    prediction(&names, name, config).map_or(Now::Missing, named)
                }
                ColumnRole::Label => match label(&names, name, config) {
                    Some(label) => named(label),
                    None => Now::Joined(joined?),
                },
            };
            Some(Pair { baseline: column, current })
        })
        .collect()
}

/// Refuses a `monitor.prediction` that neither the baseline nor the current data has. What an
/// endpoint logged is under its own name, whatever the name in files is.
///
/// # Errors
/// Such a name, with the nearest column.
pub(super) fn check(config: &MonitorConfig, baseline: &Profile, current: &[&str]) -> Result<()> {
    let Some(name) = config.prediction.as_deref().filter(|_| !current.is_empty()) else {
        return Ok(());
    };
    let known = |name: &str| baseline.column(name).is_some() || current.contains(&name);
    let logged = baseline.column(LOGGED_PREDICTION).is_none() && known(LOGGED_PREDICTION);
    if known(name) || logged {
        return Ok(());
    }
    let shown = name.escape_debug();
    let before = baseline.columns.iter().map(|c| c.name.as_str());
    let mut all: Vec<&str> = current.to_vec();
    all.extend(before.filter(|name| !current.contains(name)));
    Err(Error::config(format!(
        "`monitor.prediction` names the column `{shown}`, which neither the baseline nor the current data has"
    ))
    .hint(nearest::hint(name, all)))
}

/// Whether a feature that the baseline holds as numbers holds times now: a profile of an older
/// version has the numbers of times. A time moves on, which is no drift.
pub(super) fn holds_times_now(
    baseline: &ColumnProfile,
    current: &dyn Columns,
    column: &Column,
) -> bool {
    baseline.role == ColumnRole::Feature
        && matches!(baseline.values, ColumnValues::Number(_))
        && baseline.name == column.name
        && current.holds_times(column)
}

/// The current column of predictions, among these names.
pub(super) fn prediction<'a>(
    names: &[&'a str],
    name: &str,
    config: &MonitorConfig,
) -> Option<&'a str> {
    let wanted = config.prediction.as_deref().into_iter().chain([name, LOGGED_PREDICTION]);
    first(names, wanted)
}

/// The current column of true answers, among these names.
pub(super) fn label<'a>(names: &[&'a str], name: &str, config: &MonitorConfig) -> Option<&'a str> {
    first(names, config.label.as_deref().into_iter().chain([name]))
}

fn first<'a, 'b>(names: &[&'a str], mut wanted: impl Iterator<Item = &'b str>) -> Option<&'a str> {
    wanted.find_map(|wanted| names.iter().copied().find(|name| *name == wanted))
}

/// Names under which the column of true answers is looked for, the first one first.
pub(super) fn label_names<'a>(baseline: &'a Profile, config: &'a MonitorConfig) -> Vec<&'a str> {
    let named = baseline.columns.iter().find(|c| c.role == ColumnRole::Label);
    config.label.as_deref().into_iter().chain(named.map(|c| c.name.as_str())).collect()
}

/// The columns `x.0` … `x.{count − 1}` of one tensor; none if there are more, fewer or several.
fn tensor_columns<'a>(names: &[&'a str], count: usize) -> Vec<&'a str> {
    for tensor in names.iter().filter_map(|name| name.strip_suffix(".0")) {
        let named = |i: usize| first(names, [format!("{tensor}.{i}").as_str()].into_iter());
        let columns: Vec<&str> = (0..count).filter_map(named).collect();
        if columns.len() == count && named(count).is_none() {
            return columns;
        }
    }
    Vec::new()
}
