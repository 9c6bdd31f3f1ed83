//! Profiles of several data sets into the profile of all their rows.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::column_sketch::ColumnSketch;
use super::part::same_names;
use super::segments::MAX_SEGMENTS;
use crate::domain::error::{Error, Result};
use crate::domain::profile::{
    ColumnProfile, ColumnValues, PROFILE_VERSION, Profile, Segment, Segments,
};

/// A profile and where it is from, for messages.
#[derive(Debug, Clone)]
pub struct Named {
    /// The file.
    pub source: String,
    /// Its profile.
    pub profile: Profile,
}

/// Puts profiles together. Counts, sums and extremes are those of one reading of all rows; so are
/// the levels of categories and the values of numbers while every value is known. Distributions
/// are right to within the error that they state.
///
/// # Errors
/// No profile; other columns, kinds, roles or segments in one of them.
pub fn merge(profiles: &[Named]) -> Result<Profile> {
    let Some((first, rest)) = profiles.split_first() else {
        return Err(Error::usage("no profile is named").hint("give at least one"));
    };
    rest.iter().try_for_each(|other| agree(first, other))?;
    let names = first.profile.columns.iter();
    let columns: Vec<ColumnProfile> = names
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|column| merged(column, &all(profiles, |p| &p.columns, &column.name)))
        .collect();
    Ok(Profile {
        profile_version: PROFILE_VERSION,
        rows: profiles.iter().map(|p| p.profile.rows).sum(),
        drop_rare: profiles.iter().filter_map(|p| p.profile.drop_rare).max(),
        columns,
        segments: segments(profiles)?,
    })
}

fn all<'a>(
    profiles: &'a [Named],
    columns: impl Fn(&'a Profile) -> &'a [ColumnProfile],
    name: &str,
) -> Vec<&'a ColumnProfile> {
    let find = |p: &'a Named| columns(&p.profile).iter().find(|c| c.name == name);
    profiles.iter().filter_map(find).collect()
}

fn merged(like: &ColumnProfile, parts: &[&ColumnProfile]) -> ColumnProfile {
    if let [only] = parts {
        return (*only).clone();
    }
    let mut sketch = ColumnSketch::default();
    parts.iter().for_each(|part| sketch.merge(part));
    sketch.finish(like.name.clone(), like.role, None)
}

fn agree(first: &Named, other: &Named) -> Result<()> {
    let names = |p: &Named| p.profile.columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    same_names((first.source.as_ref(), &names(first)), (other.source.as_ref(), &names(other)))?;
    for column in &first.profile.columns {
        let Some(beside) = other.profile.column(&column.name) else { continue };
        let (one, two) = (&first.source, &other.source);
        if column.role != beside.role {
            return Err(Error::input(format!(
                "column `{}` plays another part in {two} than in {one}",
                column.name
            ))
            .hint("make the profiles with the same --label and --prediction"));
        }
        let number = |c: &ColumnProfile| matches!(c.values, ColumnValues::Number(_));
        let told = |c: &ColumnProfile| c.count + c.infinite() > 0;
        if number(column) != number(beside) && told(column) && told(beside) {
            let (numbers, text) = if number(column) { (one, two) } else { (two, one) };
            return Err(Error::input(format!(
                "column `{}` holds numbers in {numbers} and text in {text}",
                column.name
            ))
            .hint("make the profiles with the same --categories"));
        }
    }
    let by = |p: &Named| p.profile.segments.as_ref().map(|s| s.by.clone());
    if by(first) != by(other) {
        let (one, two) = (&first.source, &other.source);
        return Err(Error::input(format!("{two} has other segments than {one}"))
            .hint("make the profiles with the same --by"));
    }
    Ok(())
}

fn segments(profiles: &[Named]) -> Result<Option<Segments>> {
    let all: Vec<&Segments> = profiles.iter().filter_map(|p| p.profile.segments.as_ref()).collect();
    let Some(first) = all.first() else { return Ok(None) };
    let mut by_name: BTreeMap<&str, Vec<&Segment>> = BTreeMap::new();
    for segment in all.iter().flat_map(|s| &s.segments) {
        by_name.entry(&segment.name).or_default().push(segment);
    }
    if by_name.len() > MAX_SEGMENTS {
        return Err(Error::input(format!(
            "column `{}` has more than {MAX_SEGMENTS} values",
            first.by
        ))
        .hint("take a column with fewer values for the segments"));
    }
    let segments = by_name.into_par_iter().map(|(name, parts)| segment(name, &parts)).collect();
    let other = all.iter().map(|s| s.other).sum();
    Ok(Some(Segments { by: first.by.clone(), segments, other }))
}

/// One segment out of those of the same name.
fn segment(name: &str, parts: &[&Segment]) -> Segment {
    let columns = parts.first().map(|p| &*p.columns).unwrap_or_default();
    let column = |like: &ColumnProfile| {
        let find = |s: &&'_ Segment| s.columns.iter().position(|c| c.name == like.name);
        let found = parts.iter().filter_map(|s| Some(&s.columns[find(s)?])).collect::<Vec<_>>();
        merged(like, &found)
    };
    Segment {
        name: name.to_owned(),
        rows: parts.iter().map(|p| p.rows).sum(),
        columns: columns.iter().map(column).collect(),
    }
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
