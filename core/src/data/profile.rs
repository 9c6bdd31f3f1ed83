//! Data into the profile that other data is compared with.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::clocks;
use super::column_sketch::counts;
use super::segments::Segmented;
use super::stream::{FieldKind, Gather, Stream};
use super::table::{Categories, Column, Table, Values};
use super::told::tell;
use crate::domain::error::{Error, Result};
use crate::domain::profile::{
    ColumnProfile, ColumnRole, PROFILE_VERSION, Profile, Segment, Segments,
};

/// What the columns of the table are.
#[derive(Debug, Clone, Default)]
pub struct ProfileOptions {
    /// Column of the model's output.
    pub prediction: Option<String>,
    /// Column of the true answer.
    pub label: Option<String>,
    /// Columns to leave out.
    pub ignore: Vec<String>,
    /// Columns that were named as categories: they are kept though they hold times.
    pub categories: Vec<String>,
}

impl ProfileOptions {
    /// The part that the column named `name` plays.
    pub fn role(&self, name: &str) -> ColumnRole {
        if self.prediction.as_deref() == Some(name) {
            ColumnRole::Prediction
        } else if self.label.as_deref() == Some(name) {
            ColumnRole::Label
        } else {
            ColumnRole::Feature
        }
    }

    fn keeps(&self, name: &str) -> bool {
        self.ignore.iter().all(|ignored| ignored != name)
    }
}

/// Profiles every column that is not ignored and holds no times.
///
/// # Errors
/// A table without rows or columns; a prediction or label column that it does not have.
pub fn profile(table: &Table, options: &ProfileOptions) -> Result<Profile> {
    for name in options.prediction.iter().chain(&options.label) {
        table.require(name)?;
    }
    let kept: Vec<&Column> = table.columns.iter().filter(|c| options.keeps(&c.name)).collect();
    let sketched = kept.into_par_iter().map(|column| {
        let mut sketch = Segmented::default();
        sketch.add(&column.values, None);
        let kind = match column.values {
            Values::Number(_) => FieldKind::Number,
            Values::Category(_) => FieldKind::Category,
        };
        (column.name.clone(), sketch, Some(kind))
    });
    let whole = finish(sketched.collect(), table.rows as u64, None, options, &table.source)?;
    let kept = |name: &str| options.categories.iter().any(|c| c == name);
    let (profile, times) = without_times(whole, &table.times, &kept, &table.source)?;
    told(&times, &table.source);
    Ok(profile)
}

/// Profiles every column that is not ignored and holds no times, in one reading and without holding the rows; with
/// `by`, also for the rows of each of its values. That column must be read as categories.
///
/// # Errors
/// As [`profile`] and [`super::read::read`]; a column `by` that does not exist or has too many
/// values.
pub fn profile_stream(
    stream: &Stream,
    options: &ProfileOptions,
    by: Option<&str>,
) -> Result<Profile> {
    let (profile, times) = profile_and_times(stream, options, by)?;
    told(&times, &stream.source());
    Ok(profile)
}

/// As [`profile_stream`], with the names of the columns that were left out as they hold times.
///
/// # Errors
/// As [`profile_stream`].
pub fn profile_and_times(
    stream: &Stream,
    options: &ProfileOptions,
    by: Option<&str>,
) -> Result<(Profile, Vec<String>)> {
    let named = || options.prediction.iter().map(String::as_str).chain(options.label.as_deref());
    if !stream.fields().is_empty() {
        named().chain(by).try_for_each(|name| stream.require(name))?;
    }
    let gathered = stream.gather(&Sketches, by)?;
    let columns: Vec<(String, Segmented)> =
        gathered.columns.into_iter().filter(|(name, _)| options.keeps(name)).collect();
    let known: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    for name in named().chain(by) {
        if gathered.rows > 0 && !known.contains(&name) {
            return Err(Error::input(format!("{} has no column `{name}`", stream.source()))
                .hint(format!("It has: {}", known.join(", "))));
        }
    }
    let declared: HashMap<&str, Option<FieldKind>> =
        stream.fields().iter().map(|f| (f.name.as_str(), f.kind)).collect();
    let kind = |name: &str| declared.get(name).copied().flatten();
    let columns = columns
        .into_iter()
        .map(|(name, sketch)| {
            let kind = kind(&name);
            (name, sketch, kind)
        })
        .collect();
    let whole = finish(columns, gathered.rows, by, options, &stream.source())?;
    let kept = |name: &str| {
        let named = options.categories.iter().chain(&stream.options.categories);
        by == Some(name) || named.into_iter().any(|c| c == name)
    };
    without_times(whole, &stream.times(), &kept, &stream.source())
}

fn without_times(
    whole: Profile,
    declared: &[String],
    kept: &dyn Fn(&str) -> bool,
    source: &str,
) -> Result<(Profile, Vec<String>)> {
    let (profile, times) = clocks::leave_out(whole, declared, kept);
    if profile.columns.is_empty() {
        return Err(Error::input(format!("{source} has no columns but those of times"))
            .hint("a baseline needs data to compare with; name a column of times under `categories` to keep it"));
    }
    Ok((profile, times))
}

fn told(times: &[String], source: &str) {
    for name in times {
        let name = name.escape_debug();
        tell(format!(
            "{source}: column `{name}` holds times, which a profile leaves out; name it under `categories` to keep it"
        ));
    }
}

/// Sketches every column.
struct Sketches;

impl Gather for Sketches {
    type State = Segmented;

    fn begin(&self, _: &str) -> Segmented {
        Segmented::default()
    }

    fn add(&self, sketch: &mut Segmented, values: &Values, by: Option<&Categories>) {
        sketch.add(values, by);
    }
}

type Sketched = Vec<(String, Segmented, Option<FieldKind>)>;

fn finish(
    columns: Sketched,
    rows: u64,
    by: Option<&str>,
    options: &ProfileOptions,
    source: &str,
) -> Result<Profile> {
    if rows == 0 || columns.is_empty() {
        let lacking = if rows == 0 { "rows" } else { "columns" };
        return Err(Error::input(format!("{source} has no {lacking}"))
            .hint("a baseline needs data to compare with"));
    }
    if let (Some(by), Some((_, first, _))) = (by, columns.first()) {
        first.check(by)?;
    }
    let finished: Vec<(ColumnProfile, BTreeMap<String, ColumnProfile>)> =
        columns.into_par_iter().map(|column| finish_column(column, by, options)).collect();
    let segments = by.map(|by| segments_of(by, &finished));
    let columns = finished.into_iter().map(|(whole, _)| whole).collect();
    Ok(Profile { profile_version: PROFILE_VERSION, rows, drop_rare: None, columns, segments })
}

fn finish_column(
    (name, sketch, declared): (String, Segmented, Option<FieldKind>),
    by: Option<&str>,
    options: &ProfileOptions,
) -> (ColumnProfile, BTreeMap<String, ColumnProfile>) {
    let role = options.role(&name);
    let whole = sketch.whole.finish(name.clone(), role, declared);
    let kind = match whole.values {
        crate::domain::profile::ColumnValues::Number(_) => FieldKind::Number,
        crate::domain::profile::ColumnValues::Category(_) => FieldKind::Category,
    };
    let own = by.is_some_and(|by| by == name);
    let segments = sketch.segments.into_iter().filter(|_| !own);
    let finish = |(segment, sketch): (String, super::column_sketch::ColumnSketch)| {
        (segment, sketch.finish(name.clone(), role, Some(kind)))
    };
    (whole, segments.map(finish).collect())
}

/// Column by column and segment by segment, turned over.
fn segments_of(
    by: &str,
    finished: &[(ColumnProfile, BTreeMap<String, ColumnProfile>)],
) -> Segments {
    let mut segments: BTreeMap<&String, Vec<ColumnProfile>> = BTreeMap::new();
    for (name, column) in finished.iter().flat_map(|(_, segments)| segments) {
        segments.entry(name).or_default().push(column.clone());
    }
    let segment = |(name, columns): (&String, Vec<ColumnProfile>)| {
        let rows = columns.first().map_or(0, |c| c.count + c.unusable());
        Segment { name: name.clone(), rows, columns }
    };
    let segments = segments.into_iter().map(segment).collect();
    Segments { by: by.to_owned(), segments, other: 0 }
}

/// Rows of each value of the categories, by name.
pub fn counts_by_name(values: &Categories) -> HashMap<&str, u64> {
    values.levels.iter().map(String::as_str).zip(counts(values)).collect()
}

#[cfg(test)]
#[path = "profile_tests.rs"]
mod tests;
