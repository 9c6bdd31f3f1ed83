//! Which rows a query is about: all, or those of each value of a column.

use super::column::Column;
use super::relation::Relation;

/// The rows, as a whole or by the values of a column.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// Where they are.
    pub relation: &'a Relation,
    /// The column whose values part them; rows where it is null are in no part.
    pub by: Option<&'a Column>,
}

impl Scope<'_> {
    /// The rows with these values, named `v0`, `v1` …, and the part `s`.
    pub(super) fn rows(&self, columns: &[&Column]) -> String {
        let values = columns.iter().enumerate().map(|(i, c)| format!("{} AS v{i}", c.value()));
        let part = self.by.map(|by| format!("{} AS s", by.value()));
        let all: Vec<String> = values.chain(part).collect();
        format!("(SELECT {} FROM {}) AS q", all.join(", "), self.relation.text())
    }

    /// The part as an expression; the empty text where there is one part only.
    pub(super) fn part(&self) -> &'static str {
        if self.by.is_some() { "s" } else { "''" }
    }

    /// `condition`, and that the row is in a part.
    pub(super) fn within(&self, condition: &str) -> String {
        match self.by {
            Some(_) => format!("s IS NOT NULL AND {condition}"),
            None => condition.to_owned(),
        }
    }

    /// `GROUP BY` these keys and the part.
    pub(super) fn grouped(&self, keys: &[&str]) -> String {
        let keys: Vec<&str> =
            self.by.map(|_| "s").into_iter().chain(keys.iter().copied()).collect();
        if keys.is_empty() { String::new() } else { format!(" GROUP BY {}", keys.join(", ")) }
    }
}

/// One query of several, whose answers have the same columns.
pub(super) fn together(queries: impl Iterator<Item = String>) -> String {
    queries.collect::<Vec<_>>().join("\nUNION ALL\n")
}
