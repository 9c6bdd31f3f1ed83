//! One model's answers.

use super::classes::{ClassColumns, indices};
use super::rows::Rows;
use crate::domain::error::{Error, Result};
use crate::gates::Scores;

/// The probability of each class, and as the answer the class with the highest; of equals the
/// first.
pub(super) fn of_probabilities(
    rows: &mut Rows,
    columns: &ClassColumns,
    classes: &[String],
) -> Result<Scores> {
    let names = columns.in_order(classes, rows.source())?;
    let (count, width) = (rows.count(), classes.len());
    let mut probabilities = vec![0.0; count * width];
    for (class, name) in names.iter().enumerate() {
        for (row, value) in rows.numbers(name)?.into_iter().enumerate() {
            probabilities[row * width + class] = value;
        }
    }
    let values = probabilities.chunks_exact(width.max(1)).map(highest).collect();
    Ok(Scores { values, probabilities: Some(probabilities) })
}

/// The index of the highest; NaN where one of them is no number.
fn highest(row: &[f64]) -> f64 {
    if row.iter().any(|p| p.is_nan()) {
        return f64::NAN;
    }
    let mut best = 0;
    for (class, p) in row.iter().enumerate() {
        if *p > row[best] {
            best = class;
        }
    }
    best as f64
}

/// The class that is answered.
pub(super) fn of_classes(rows: &mut Rows, column: &str, classes: &[String]) -> Result<Scores> {
    let source = rows.source().to_owned();
    let unknown = |level: &str| {
        Error::input(format!(
            "column `{column}` of {source} answers `{}`, which is no class",
            level.escape_debug()
        ))
        .hint(format!("the classes are: {}", classes.join(", ")))
    };
    Ok(indices(&rows.take(column)?, classes, unknown)?.into())
}
