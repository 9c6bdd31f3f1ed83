//! The first look: counts and extremes of several columns at once.

use std::fmt::Write as _;

use super::column::{Column, Source};
use super::quote::largest;
use super::scope::Scope;

/// Columns: the part `s`, its rows `n`, and of each column `i` the values that are not null `c{i}`.
/// Of numbers, besides: `nan{i}`, `plus{i}`, `minus{i}`, `zeros{i}`, `negative{i}`, and the
/// extremes of the usable ones `lo{i}` and `hi{i}`; of text the lengths `lo{i}`, `hi{i}` and
/// `total{i}`.
pub fn survey(scope: Scope<'_>, columns: &[&Column]) -> String {
    let mut text = format!("SELECT {} AS s, COUNT(*) AS n", scope.part());
    for (i, column) in columns.iter().enumerate() {
        let _ = write!(text, ",\n  COUNT(v{i}) AS c{i}");
        if column.is_number() {
            numbers(&mut text, column, i);
        } else {
            let _ = write!(
                text,
                ", MIN(LENGTH(v{i})) AS lo{i}, MAX(LENGTH(v{i})) AS hi{i}, \
                 CAST(SUM(LENGTH(v{i})) AS BIGINT) AS total{i}"
            );
        }
    }
    let within = scope.by.map_or("", |_| " WHERE s IS NOT NULL");
    let _ = write!(text, "\nFROM {}{within}{}", scope.rows(columns), scope.grouped(&[]));
    text
}

fn numbers(text: &mut String, column: &Column, i: usize) {
    let usable = column.usable(&format!("v{i}"));
    let mut count = |name: &str, condition: &str| {
        let _ = write!(text, ", COUNT(CASE WHEN {condition} THEN 1 END) AS {name}{i}");
    };
    count("zeros", &format!("v{i} = 0e0"));
    if column.source == Source::Float {
        count("nan", &format!("isnan(v{i})"));
        count("plus", &format!("v{i} > {} AND NOT isnan(v{i})", largest()));
        count("minus", &format!("v{i} < -{} AND NOT isnan(v{i})", largest()));
        count("negative", &format!("v{i} < 0e0 AND {usable}"));
        for (function, name) in [("MIN", "lo"), ("MAX", "hi")] {
            let _ = write!(text, ", {function}(CASE WHEN {usable} THEN v{i} END) AS {name}{i}");
        }
    } else {
        count("negative", &format!("v{i} < 0e0"));
        let _ = write!(text, ", MIN(v{i}) AS lo{i}, MAX(v{i}) AS hi{i}");
    }
}
