//! Whether a column holds numbers or categories, where that could be seen either way.

use serde::Serialize;

use crate::stats::drift::profile::{BinNames, Bins};

/// Distinct values up to which whole numbers may be codes of categories.
const FEW: usize = 20;

/// A kind that was guessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct GuessedKind {
    /// The column.
    pub column: String,
    /// What it was taken for: `number`, or `time`, which is not compared.
    pub kind: &'static str,
    /// What speaks for it, and against.
    pub why: String,
    /// The option that says otherwise.
    pub option: String,
}

/// Numbers of few distinct whole values may be codes: that they were taken as numbers is said.
pub(super) fn guess(column: &str, bins: Option<&Bins>) -> Option<GuessedKind> {
    let BinNames::Values(values) = &bins?.names else { return None };
    let whole = values.iter().all(|x| x.fract() == 0.0);
    (whole && (3..=FEW).contains(&values.len())).then(|| GuessedKind {
        column: column.to_owned(),
        kind: "number",
        why: format!("it holds {} distinct whole numbers", values.len()),
        option: format!("--categories {column}"),
    })
}
