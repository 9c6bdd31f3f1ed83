//! What was counted, as the profile of a column.

use super::ask::changed;
use super::look::Seen;
use super::rounds::Distributed;
use crate::domain::error::{Error, Result};
use crate::domain::profile::{
    CategoryProfile, ColumnProfile, ColumnRole, ColumnValues, Distinct, Level, MAX_CATEGORIES,
};
use crate::sql::{Column, Spelling};
use crate::stats::sketch::counted::{Facts, of_counts, of_facts};
use crate::stats::sketch::levels::LevelSketch;

/// A column of numbers that are all known.
pub(super) fn few(
    column: &Column,
    role: ColumnRole,
    seen: &Seen,
    counts: &[(f64, u64)],
) -> Result<ColumnProfile> {
    if counts.iter().map(|(_, n)| n).sum::<u64>() != seen.count {
        return Err(changed());
    }
    let (numbers, distinct) = of_counts(counts);
    Ok(profile(column, role, seen, distinct, ColumnValues::Number(numbers)))
}

/// A column of numbers that were counted in steps.
pub(super) fn many(
    column: &Column,
    role: ColumnRole,
    seen: &Seen,
    counted: Distributed,
) -> ColumnProfile {
    let (numbers, distinct) = of_facts(&Facts {
        min: seen.min,
        max: seen.max,
        zeros: seen.zeros,
        negative: seen.negative,
        distinct: seen.distinct,
        shifted: counted.shifted,
        points: counted.known.points,
    });
    profile(column, role, seen, distinct, ColumnValues::Number(numbers))
}

/// A column of categories: all of them, or the most frequent.
pub(super) fn categories(
    column: &Column,
    role: ColumnRole,
    seen: &Seen,
    mut names: Vec<(String, u64)>,
) -> Result<ColumnProfile> {
    let told: u64 = names.iter().map(|(_, n)| n).sum();
    let all = seen.distinct <= MAX_CATEGORIES as u64;
    if told > seen.count || (all && told != seen.count) {
        return Err(changed());
    }
    if all {
        let mut sketch = LevelSketch::default();
        names.iter().for_each(|(name, n)| sketch.add(name, *n));
        let (levels, distinct) = sketch.finish();
        return Ok(profile(column, role, seen, distinct, ColumnValues::Category(levels)));
    }
    if column.spelling() != Spelling::Name {
        return Err(Error::input(format!(
            "column `{}` has {} distinct values, too many for categories",
            column.name, seen.distinct
        ))
        .hint("leave it out of --categories, or out of the profile with --ignore"));
    }
    names.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let levels = names.into_iter().map(|(name, count)| Level { name, count }).collect();
    let (other, lengths) = (seen.count - told, seen.lengths);
    let values = CategoryProfile { levels, other, undercount: 0, lengths };
    let distinct = Distinct { count: seen.distinct, error: 0.0, registers: None };
    Ok(profile(column, role, seen, distinct, ColumnValues::Category(values)))
}

fn profile(
    column: &Column,
    role: ColumnRole,
    seen: &Seen,
    distinct: Distinct,
    values: ColumnValues,
) -> ColumnProfile {
    ColumnProfile {
        name: column.name.clone(),
        role,
        count: seen.count,
        nulls: seen.rows - seen.count - seen.nan - seen.plus - seen.minus,
        nan: seen.nan,
        plus_infinite: seen.plus,
        minus_infinite: seen.minus,
        distinct,
        values,
    }
}
