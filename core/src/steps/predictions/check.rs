//! Columns whose every value must make sense before anything is measured.

use crate::data::{Categories, Values};
use crate::domain::error::{Error, Result};

/// Weights: finite, 0 or more, and not all 0.
pub(super) fn weights(weights: &[f64], column: &str, source: &str) -> Result<()> {
    let bad = |w: &f64| !w.is_finite() || *w < 0.0;
    if let Some(row) = weights.iter().position(bad) {
        return Err(Error::input(format!(
            "the weight in column `{column}` of {source}, row {}, is {}",
            row + 1,
            weights[row]
        ))
        .hint("a weight is a finite number, 0 or more; give a row that must not count 0"));
    }
    if !weights.is_empty() && weights.iter().all(|w| *w == 0.0) {
        return Err(Error::input(format!("all weights in column `{column}` of {source} are 0"))
            .hint("a weight says how much a row counts; at least one row must count"));
    }
    Ok(())
}

/// The group of each row.
///
/// # Errors
/// A row without a group.
pub(super) fn clusters(values: Values, column: &str, source: &str) -> Result<Vec<u32>> {
    let Values::Category(categories) = values else { return Ok(Vec::new()) };
    match categories.codes.iter().position(|c| *c == Categories::NULL) {
        None => Ok(categories.codes),
        Some(row) => {
            Err(Error::input(format!("column `{column}` of {source} is empty in row {}", row + 1))
                .hint("`cluster` needs a group for every row"))
        }
    }
}

/// The id of each row, with no id twice.
///
/// # Errors
/// A row without an id; two rows with one.
pub(super) fn ids(values: Values, column: &str, source: &str) -> Result<Categories> {
    let Values::Category(ids) = values else { return Ok(Categories::default()) };
    let mut first = vec![usize::MAX; ids.levels.len()];
    for (row, code) in ids.codes.iter().enumerate() {
        let Some(seen) = first.get_mut(*code as usize) else {
            let message = format!("column `{column}` of {source} is empty in row {}", row + 1);
            return Err(Error::input(message).hint("every row needs an id"));
        };
        if *seen != usize::MAX {
            let id = ids.levels[*code as usize].escape_debug();
            return Err(Error::input(format!(
                "the id `{id}` stands twice in column `{column}` of {source}: in rows {} and {}",
                *seen + 1,
                row + 1
            ))
            .hint(
                "keep one row an id; if it is a group of rows, such as a customer, name it as \
                 `cluster` instead",
            ));
        }
        *seen = row;
    }
    Ok(ids)
}
