//! Labels of a binary task: 0/1, true/false, or any text with a positive one named.

use super::rows::Rows;
use crate::data::{Categories, Values};
use crate::domain::error::{Error, Result};

/// The labels as 0 and 1. Numbers stay as they are: what is neither 0 nor 1 is for the gates to
/// refuse.
pub(super) fn binary(rows: &mut Rows, column: &str, positive: Option<&str>) -> Result<Vec<f64>> {
    match rows.take(column)? {
        Values::Number(numbers) => Ok(numbers),
        Values::Category(levels) => of_levels(&levels, column, rows.source(), positive),
    }
}

fn of_levels(
    categories: &Categories,
    column: &str,
    source: &str,
    positive: Option<&str>,
) -> Result<Vec<f64>> {
    let values = categories.levels.iter().map(|level| {
        value_of(level, positive).ok_or_else(|| {
            let level = level.escape_debug();
            Error::input(format!("column `{column}` of {source} holds the label `{level}`")).hint(
                "use 0 and 1 or true and false, or name the positive label in \
                 `predictions.positive`",
            )
        })
    });
    let values: Vec<f64> = values.collect::<Result<_>>()?;
    if let Some(positive) = positive
        && !categories.levels.iter().any(|level| same(level, positive))
    {
        let message =
            format!("column `{column}` of {source} never holds the positive label `{positive}`");
        return Err(
            Error::input(message).hint(format!("it holds: {}", categories.levels.join(", ")))
        );
    }
    let value = |code: &u32| values.get(*code as usize).copied().unwrap_or(f64::NAN);
    Ok(categories.codes.iter().map(value).collect())
}

fn value_of(level: &str, positive: Option<&str>) -> Option<f64> {
    match positive {
        Some(positive) => Some(f64::from(same(level, positive))),
        None => match level.to_ascii_lowercase().as_str() {
            "0" | "false" => Some(0.0),
            "1" | "true" => Some(1.0),
            _ => None,
        },
    }
}

/// Whether a label is the positive one; `1` and `1.0` are the same.
fn same(level: &str, positive: &str) -> bool {
    level == positive || level.parse::<f64>().ok().is_some_and(|a| positive.parse::<f64>() == Ok(a))
}
