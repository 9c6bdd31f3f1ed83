//! Values with their counts. Columns of every answer: the column's number `c`, the part `s`.

use super::column::Column;
use super::scope::{Scope, together};

/// How many distinct usable values each column has: `n`.
pub fn distinct(scope: Scope<'_>, columns: &[(usize, &Column)]) -> String {
    together(columns.iter().map(|(c, column)| {
        format!(
            "SELECT {c} AS c, {} AS s, COUNT(DISTINCT v0) AS n FROM {} WHERE {}{}",
            scope.part(),
            scope.rows(&[column]),
            scope.within(&column.usable("v0")),
            scope.grouped(&[])
        )
    }))
}

/// Numbers whose counts are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Numbers<'a> {
    /// The column's number in the answer.
    pub place: usize,
    /// The column.
    pub column: &'a Column,
    /// Only values with at least so many rows.
    pub least: u64,
}

/// Distinct numbers `x` with their counts `n`.
pub fn numbers(scope: Scope<'_>, columns: &[Numbers<'_>]) -> String {
    together(columns.iter().map(|Numbers { place, column, least }| {
        let frequent = match least {
            0 | 1 => String::new(),
            least => format!(" HAVING COUNT(*) >= {least}"),
        };
        format!(
            "SELECT {place} AS c, {} AS s, v0 AS x, COUNT(*) AS n FROM {} WHERE {}{}{frequent}",
            scope.part(),
            scope.rows(&[column]),
            scope.within(&column.usable("v0")),
            scope.grouped(&["v0"])
        )
    }))
}

/// Names whose counts are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Levels<'a> {
    /// The column's number in the answer.
    pub place: usize,
    /// The column.
    pub column: &'a Column,
    /// The most frequent so many of each part; none: all.
    pub most: Option<usize>,
}

/// Distinct names `x` with their counts `n`.
pub fn levels(scope: Scope<'_>, columns: &[Levels<'_>]) -> String {
    together(columns.iter().map(|Levels { place, column, most }| {
        let counts = format!(
            "SELECT {} AS s, v0 AS x, COUNT(*) AS n FROM {} WHERE {}{}",
            scope.part(),
            scope.rows(&[column]),
            scope.within(&column.usable("v0")),
            scope.grouped(&["v0"])
        );
        match most {
            None => format!("SELECT {place} AS c, s, x, n FROM ({counts}) AS g"),
            Some(most) => format!(
                "SELECT {place} AS c, s, x, n FROM (SELECT s, x, n, ROW_NUMBER() OVER \
                 (PARTITION BY s ORDER BY n DESC, x) AS r FROM ({counts}) AS g) AS h WHERE r <= {most}"
            ),
        }
    }))
}
